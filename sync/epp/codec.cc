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

Offender offender_of(const XmlElement& element, Text reason) {
  std::string content = content_of(element);
  if (content.size() > Offender::kContentMax) {
    size_t end = Offender::kContentMax;
    while (end > 0 && (content[end] & 0xC0) == 0x80) --end;
    content.resize(end);
  }
  // A password must not come back.
  if (element.name() == "pw" || element.name() == "newPW" || element.name() == "login") content.clear();
  return {Text(element.ns()), Text(element.name()), std::move(content), std::move(reason)};
}

Refusal refusal(ResultCode code, const XmlElement& blamed, Text reason = {}) {
  Refusal out;
  out.code = code;
  out.offenders.push_back(offender_of(blamed, std::move(reason)));
  return out;
}

const XmlElement* child(const XmlElement& parent, Tag tag) {
  const XmlElement* e = parent.first();
  while (e && !e->is(tag)) e = e->next();
  return e;
}

/// RFC 5730 §2.6: what the client sent, where it was a transaction identifier at all.
Maybe<Text> cl_trid_of(const XmlElement& command) {
  constexpr size_t kMin = 3, kMax = 64;
  const XmlElement* element = child(command, {Ns::kEpp, "clTRID"});
  if (!element) return std::nullopt;
  Text text = content_of(*element);
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
  return std::unique_ptr<Codec>(new Codec(std::move(*schema), messages, validate_output));
}

Codec::Codec(std::unique_ptr<Schema> schema, const Messages& messages, bool validate_output)
    : messages_(messages), schema_(std::move(schema)), validator_(*schema_), parser_(validator_) {
  if (validate_output) written_.emplace(validator_);
}

base::Result<void, Refusal> Codec::validated(const XmlDocument& document) {
  const auto& invalid = document.invalid();
  if (!invalid) return {};
  counters_.not_valid.add();
  Refusal out = refusal(ResultCode::kSyntax, *invalid->element, "schema");
  out.detail = invalid->message;
  return tl::unexpected(std::move(out));
}

/// What no schema of ours can say: which commands there are.
base::Result<void, Refusal> Codec::implemented(const XmlElement& command) {
  const auto refused = [&](ResultCode code, const XmlElement& blamed, Text reason = {}) {
    counters_.not_implemented.add();
    return tl::unexpected(refusal(code, blamed, std::move(reason)));
  };
  const XmlElement* verb = command.first();
  if (!verb) return {};  // the schema says so
  if (verb->ns() != uri_of(Ns::kEpp) || !among(verb->name(), kVerbs))
    return refused(ResultCode::kUnknownCommand, *verb);
  if (const XmlElement* extension = child(command, {Ns::kEpp, "extension"}))
    if (const XmlElement* first = extension->first()) return refused(ResultCode::kUnimplementedExtension, *first);
  const XmlElement* object = verb->first();
  if (among(verb->name(), kSessionVerbs) || !object) return {};
  const auto ns = ns_from(object->ns());
  if (!ns || *ns == Ns::kEpp) return refused(ResultCode::kUnimplementedObject, *object, "unknown-service");
  if (object->name() == verb->name() && !HasTag<ObjectCommand>::holds({*ns, verb->name()}))
    return refused(ResultCode::kUnimplementedCommand, *object);
  return {};
}

base::Result<Frame, Refusal> Codec::read_command(const XmlElement& command, const XmlDocument& document) {
  const Maybe<Text> cl_trid = cl_trid_of(command);
  const auto refused = [&](Refusal r) {
    r.cl_trid = cl_trid;
    return tl::unexpected(std::move(r));
  };
  if (auto known = implemented(command); !known) return refused(std::move(known.error()));
  if (auto good = validated(document); !good) return refused(std::move(good.error()));
  Command out;
  XmlReader reader(command);
  const XmlElement& verb = *command.first();
  if (!read_body(reader, verb.name(), out.body)) {
    // Valid by the schemas, and <check> holds an <imei:info>.
    counters_.not_valid.add();
    return refused(refusal(ResultCode::kSyntax, verb.first() ? *verb.first() : verb, "schema"));
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
  const auto document = parser_.parse(xml);
  if (!document) {
    counters_.not_well_formed.add();
    Refusal out;
    out.detail = to_string(document.error());
    return tl::unexpected(std::move(out));
  }
  const XmlElement& root = document->root();
  if (!root.is({Ns::kEpp, "epp"})) {
    counters_.not_valid.add();
    return tl::unexpected(refusal(ResultCode::kSyntax, root, "schema"));
  }
  const XmlElement* first = root.first();
  if (first && first->is({Ns::kEpp, "command"})) return read_command(*first, *document);
  if (first && first->is({Ns::kEpp, "extension"}) && first->first()) {
    counters_.not_implemented.add();
    return tl::unexpected(refusal(ResultCode::kUnimplementedExtension, *first->first()));
  }
  if (auto good = validated(*document); !good) return tl::unexpected(std::move(good.error()));
  XmlReader reader(root);
  Frame frame = Hello();
  if (first->name() == "greeting") read_greeting(reader, frame.emplace<Greeting>());
  if (first->name() == "response") read_reply(reader, frame.emplace<Reply>());
  if (!reader.ok()) return tl::unexpected(refusal(ResultCode::kSyntax, reader.failed()));
  return frame;
}

bool Codec::valid(std::string_view xml) {
  const auto document = parser_.parse(xml);
  return document && !document->invalid();
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
