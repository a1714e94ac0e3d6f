// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_reader.h"

namespace eir::sync::epp {
namespace {

std::string collapsed(std::string_view text) {
  std::string out(text);
  collapse(out);
  return out;
}

}  // namespace

std::string content_of(const XmlElement& element) { return collapsed(element.text()); }

bool XmlReader::next_is(Tag tag) const {
  const XmlElement* next = levels_.back().next;
  return next && next->is(tag);
}

std::optional<std::string> XmlReader::attribute_text(std::string_view name) const {
  const auto value = levels_.back().element->attribute(name);
  return value ? std::optional(collapsed(*value)) : std::nullopt;
}

}  // namespace eir::sync::epp
