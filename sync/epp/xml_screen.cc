// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_screen.h"

#include "sync/epp/text.h"

namespace eir::sync::epp {
namespace {

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

}  // namespace eir::sync::epp
