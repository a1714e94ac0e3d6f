// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_document.h"

#include <libxml/xmlschemastypes.h>

#include <fstream>
#include <mutex>

#include "sync/epp/text.h"

namespace eir::sync::epp {
namespace {

/// xmlInitParser() leaves the built-in types of schemas to the first schema that is parsed, and two threads that
/// parse their first at once would both make them, each over the other's.
void start_library() {
  static std::once_flag once;
  std::call_once(once, [] {
    xmlInitParser();
    xmlSchemaInitTypes();
  });
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool same_without_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if ((a[i] | 0x20) != (b[i] | 0x20)) return false;
  return true;
}

/// The value after `encoding=` in an XML declaration is UTF-8, or there is none.
bool declares_utf8(std::string_view declaration) {
  size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return true;
  at = declaration.find_first_of("'\"", at);
  if (at == std::string_view::npos) return false;
  const size_t end = declaration.find(declaration[at], at + 1);
  return end != std::string_view::npos && same_without_case(declaration.substr(at + 1, end - at - 1), "utf-8");
}

/// Walks from '<' to '<'. Where the text is malformed it may go astray, but not before the parser stops.
class Screen {
 public:
  explicit Screen(std::string_view text) : text_(text) {}

  base::Result<void, XmlFault> run() {
    for (;;) {
      at_ = text_.find('<', at_);
      if (at_ == std::string_view::npos) return {};
      const std::string_view rest = text_.substr(at_);
      bool ended = false;
      if (rest.starts_with("<!--")) {
        ended = skip_past("-->", 4);
      } else if (rest.starts_with("<![CDATA[")) {
        ended = skip_past("]]>", 9);
      } else if (rest.starts_with("<!")) {
        return tl::unexpected(XmlFault::kDoctype);
      } else if (rest.starts_with("<?")) {
        const size_t from = at_;
        ended = skip_past("?>", 2);
        const std::string_view whole = text_.substr(from, at_ - from);
        if (ended && whole.starts_with("<?xml") && whole.size() > 5 && is_space(whole[5]) && !declares_utf8(whole))
          return tl::unexpected(XmlFault::kEncoding);
      } else if (auto tag = element_tag(ended); !tag) {
        return tag;
      }
      if (!ended) return tl::unexpected(XmlFault::kForm);
    }
  }

 private:
  bool skip_past(std::string_view mark, size_t from) {
    const size_t found = text_.find(mark, at_ + from);
    if (found == std::string_view::npos) return false;
    at_ = found + mark.size();
    return true;
  }

  base::Result<void, XmlFault> element_tag(bool& ended) {
    const bool closing = at_ + 1 < text_.size() && text_[at_ + 1] == '/';
    unsigned attributes = 0;
    for (++at_; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '>') break;
      if (c == '"' || c == '\'') {
        at_ = text_.find(c, at_ + 1);
        if (at_ == std::string_view::npos) return tl::unexpected(XmlFault::kForm);
      }
      if (c == '=' && ++attributes > kAttributesMax) return tl::unexpected(XmlFault::kTooMany);
    }
    if (at_ >= text_.size()) return tl::unexpected(XmlFault::kForm);
    const bool alone = text_[at_ - 1] == '/';
    ++at_;
    ended = true;
    if (closing) {
      if (depth_ > 0) --depth_;
      return {};
    }
    if (++elements_ > kElementsMax) return tl::unexpected(XmlFault::kTooMany);
    if (depth_ + 1 > kDepthMax) return tl::unexpected(XmlFault::kTooDeep);
    if (!alone) ++depth_;
    return {};
  }

  std::string_view text_;
  size_t at_ = 0;
  unsigned depth_ = 0;
  unsigned elements_ = 0;
};

void keep_first(void* to, const xmlError* error) {
  auto& first = *static_cast<std::unique_ptr<Schema::Invalid>*>(to);
  if (first) return;
  first = std::make_unique<Schema::Invalid>();
  first->node = static_cast<const xmlNode*>(error->node);
  if (first->node && first->node->type == XML_ATTRIBUTE_NODE) first->node = first->node->parent;
  if (first->node && first->node->type != XML_ELEMENT_NODE) first->node = nullptr;
  if (error->message) first->message = error->message;
  collapse(first->message);
}
void keep_first_mutable(void* to, xmlError* error) { keep_first(to, error); }

}  // namespace

std::string_view to_string(XmlFault fault) noexcept {
  switch (fault) {
    case XmlFault::kCharacters: return "characters";
    case XmlFault::kEncoding: return "encoding";
    case XmlFault::kDoctype: return "doctype";
    case XmlFault::kTooDeep: return "too-deep";
    case XmlFault::kTooMany: return "too-many";
    case XmlFault::kForm: break;
  }
  return "form";
}

base::Result<void, XmlFault> screen(std::string_view text) noexcept {
  if (!is_xml_text(text)) return tl::unexpected(XmlFault::kCharacters);
  return Screen(text).run();
}

base::Result<XmlDocument, XmlFault> XmlParser::parse(std::string_view text) {
  start_library();
  if (auto screened = screen(text); !screened) return tl::unexpected(screened.error());
  if (!context_ || ++parses_ > kParsesPerContext) {
    context_.reset(xmlNewParserCtxt());
    parses_ = 1;
  }
  if (!context_ || text.size() > INT32_MAX) return tl::unexpected(XmlFault::kForm);
  constexpr int kOptions =
      XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA | XML_PARSE_COMPACT;
  // screen() saw that it is UTF-8 and says nothing else; to name it here would make libxml2 convert it once more.
  XmlDocument document(
      xmlCtxtReadMemory(context_.get(), text.data(), static_cast<int>(text.size()), nullptr, nullptr, kOptions));
  if (!document || !context_->wellFormed || !context_->nsWellFormed || document->intSubset ||
      !xmlDocGetRootElement(document.get()))
    return tl::unexpected(XmlFault::kForm);
  return document;
}

base::Result<std::unique_ptr<Schema>, base::Problem> Schema::load(const std::string& directory) {
  start_library();
  const std::string file = directory + "/all.xsd";
  // libxml2 would complain on the standard error, too.
  if (!std::ifstream(file).is_open()) return base::problem(file, "cannot be read");
  std::unique_ptr<Invalid> first;
  xmlSchemaParserCtxt* parser = xmlSchemaNewParserCtxt(file.c_str());
  if (!parser) return base::problem(file, "libxml2 has no memory");
  xmlSchemaSetParserStructuredErrors(parser, keep_first_mutable, &first);
  std::unique_ptr<Schema> out(new Schema);
  out->schema_.reset(xmlSchemaParse(parser));
  xmlSchemaFreeParserCtxt(parser);
  if (!out->schema_) return base::problem(file, first ? first->message : "is no schema");
  out->context_.reset(xmlSchemaNewValidCtxt(out->schema_.get()));
  if (!out->context_) return base::problem(file, "libxml2 has no memory");
  return out;
}

std::unique_ptr<Schema::Invalid> Schema::check(xmlDoc* document) {
  std::unique_ptr<Invalid> first;
  xmlSchemaSetValidStructuredErrors(context_.get(), keep_first_mutable, &first);
  const int rc = xmlSchemaValidateDoc(context_.get(), document);
  xmlSchemaSetValidStructuredErrors(context_.get(), nullptr, nullptr);
  if (rc != 0 && !first) first = std::make_unique<Invalid>();
  return rc == 0 ? nullptr : std::move(first);
}

}  // namespace eir::sync::epp
