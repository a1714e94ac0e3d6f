// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/codec.h"

#include <algorithm>

#include "sync/epp/envelope.h"
#include "sync/epp/mapping.h"
#include "sync/epp/xml_reader.h"
#include "sync/epp/xml_writer.h"

namespace eir::sync::epp {
namespace {

constexpr std::string_view kVerbs[] = {"check",  "create", "delete", "info",     "login",
                                       "logout", "poll",   "renew",  "transfer", "update"};
constexpr std::string_view kSessionVerbs[] = {"login", "logout", "poll"};

template <size_t N>
bool among(std::string_view name, const std::string_view (&names)[N]) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

Offender offender_of(const xmlNode* node, Text reason) {
  std::string content = content_of(node);
  if (content.size() > Offender::kContentMax) {
    size_t end = Offender::kContentMax;
    while (end > 0 && (content[end] & 0xC0) == 0x80) --end;
    content.resize(end);
  }
  // A password must not come back.
  if (name_of(node) == "pw" || name_of(node) == "newPW" || name_of(node) == "login") content.clear();
  return {Text(namespace_of(node)), Text(name_of(node)), std::move(content), std::move(reason)};
}

Refusal refusal(ResultCode code, const xmlNode* node = nullptr, Text reason = {}) {
  Refusal out;
  out.code = code;
  if (node) out.offenders.push_back(offender_of(node, std::move(reason)));
  return out;
}

const xmlNode* child(const xmlNode* parent, Tag tag) {
  for (const xmlNode* n = first_element(parent); n; n = next_element(n))
    if (name_of(n) == tag.name && namespace_of(n) == uri_of(tag.ns)) return n;
  return nullptr;
}

/// RFC 5730 §2.6: what the client sent, where it was a transaction identifier at all.
Maybe<Text> cl_trid_of(const xmlNode* command) {
  constexpr size_t kMin = 3, kMax = 64;
  const xmlNode* node = child(command, {Ns::kEpp, "clTRID"});
  if (!node) return std::nullopt;
  Text text = content_of(node);
  // XSD counts characters.
  const auto characters =
      static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
  return characters >= kMin && characters <= kMax ? Maybe<Text>(std::move(text)) : std::nullopt;
}

}  // namespace

base::Result<std::unique_ptr<Codec>, base::Problem> Codec::make(const std::string& schema_directory,
                                                                const Messages& messages, bool validate_output) {
  auto schema = Schema::load(schema_directory);
  if (!schema) return base::Unexpected<base::Problem>(schema.error());
  std::unique_ptr<Codec> out(new Codec(messages));
  out->schema_ = std::move(*schema);
  if (validate_output) out->written_.emplace(*out->schema_);
  return out;
}

base::Result<void, Refusal> Codec::validated(xmlDoc* document) {
  auto invalid = schema_->check(document);
  if (!invalid) return {};
  counters_.not_valid.add();
  Refusal out = refusal(ResultCode::kSyntax, invalid->node, "schema");
  out.detail = std::move(invalid->message);
  return tl::unexpected(std::move(out));
}

/// What no schema of ours can say: which commands there are.
base::Result<void, Refusal> Codec::implemented(const xmlNode* command) {
  const auto refused = [&](ResultCode code, const xmlNode* node, Text reason = {}) {
    counters_.not_implemented.add();
    return tl::unexpected(refusal(code, node, std::move(reason)));
  };
  const xmlNode* verb = first_element(command);
  if (!verb) return {};  // the schema says so
  if (namespace_of(verb) != uri_of(Ns::kEpp) || !among(name_of(verb), kVerbs))
    return refused(ResultCode::kUnknownCommand, verb);
  if (const xmlNode* extension = child(command, {Ns::kEpp, "extension"}))
    if (const xmlNode* first = first_element(extension)) return refused(ResultCode::kUnimplementedExtension, first);
  const xmlNode* object = first_element(verb);
  if (among(name_of(verb), kSessionVerbs) || !object) return {};
  const auto ns = ns_from(namespace_of(object));
  if (!ns || *ns == Ns::kEpp) return refused(ResultCode::kUnimplementedObject, object, "unknown-service");
  if (name_of(object) == name_of(verb) && !HasTag<ObjectCommand>::holds({*ns, name_of(verb)}))
    return refused(ResultCode::kUnimplementedCommand, object);
  return {};
}

base::Result<Frame, Refusal> Codec::read_command(const xmlNode* command, xmlDoc* document) {
  const Maybe<Text> cl_trid = cl_trid_of(command);
  const auto refused = [&](Refusal r) {
    r.cl_trid = cl_trid;
    return tl::unexpected(std::move(r));
  };
  if (auto known = implemented(command); !known) return refused(std::move(known.error()));
  if (auto good = validated(document); !good) return refused(std::move(good.error()));
  Command out;
  XmlReader reader(command);
  const xmlNode* verb = first_element(command);
  if (!read_body(reader, name_of(verb), out.body)) {
    // Valid by the schemas, and <check> holds an <imei:info>.
    counters_.not_valid.add();
    return refused(refusal(ResultCode::kSyntax, first_element(verb), "schema"));
  }
  if (!reader.ok()) {
    counters_.not_valid.add();
    return refused(refusal(ResultCode::kValueSyntax, reader.failed()));
  }
  out.cl_trid = cl_trid;
  return Frame(std::move(out));
}

base::Result<Frame, Refusal> Codec::read(std::string_view xml) {
  counters_.read.add();
  auto document = parser_.parse(xml);
  if (!document) {
    counters_.not_well_formed.add();
    Refusal out = refusal(ResultCode::kSyntax);
    out.detail = to_string(document.error());
    return tl::unexpected(std::move(out));
  }
  const xmlNode* root = xmlDocGetRootElement(document->get());
  const xmlNode* first = first_element(root);
  const bool epp = name_of(root) == "epp" && namespace_of(root) == uri_of(Ns::kEpp);
  if (!epp) {
    counters_.not_valid.add();
    return tl::unexpected(refusal(ResultCode::kSyntax, root, "schema"));
  }
  if (first && namespace_of(first) == uri_of(Ns::kEpp)) {
    if (name_of(first) == "command") return read_command(first, document->get());
    if (name_of(first) == "extension" && first_element(first)) {
      counters_.not_implemented.add();
      return tl::unexpected(refusal(ResultCode::kUnimplementedExtension, first_element(first)));
    }
  }
  if (auto good = validated(document->get()); !good) return tl::unexpected(std::move(good.error()));
  XmlReader reader(root);
  Frame frame = Hello();
  if (name_of(first) == "greeting") read_greeting(reader, frame.emplace<Greeting>());
  if (name_of(first) == "response") read_reply(reader, frame.emplace<Reply>());
  if (!reader.ok()) return tl::unexpected(refusal(ResultCode::kSyntax, reader.failed()));
  return frame;
}

bool Codec::valid(std::string_view xml) {
  const auto document = parser_.parse(xml);
  return document && !schema_->check(document->get());
}

std::string Codec::checked(std::string xml) {
  counters_.written.add();
  if (!written_) return xml;
  const std::optional<bool> seen = written_->end();
  if (seen ? *seen : valid(xml)) return xml;
  counters_.output_invalid.add();
  return {};
}

std::string Codec::write(const Reply& reply) {
  std::string xml = checked(write_reply(reply, messages_, written()));
  if (!xml.empty()) return xml;
  Reply failed = refuse(ends_session(reply.code) ? reply.code : ResultCode::kFailed);
  failed.language = reply.language;
  failed.cl_trid = reply.cl_trid;
  failed.sv_trid = reply.sv_trid;
  return write_reply(failed, messages_);
}

std::string Codec::write(const Greeting& greeting) { return checked(write_greeting(greeting, written())); }

std::string Codec::write(const Hello&) {
  XmlWriter w;
  w.node({Ns::kEpp, "epp"}, [&] { w.empty({Ns::kEpp, "hello"}); });
  counters_.written.add();
  return w.take();
}

std::string Codec::write(const Command& command) {
  counters_.written.add();
  return write_command(command);
}

}  // namespace eir::sync::epp
