// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_reader.h"

namespace eir::sync::epp {

std::string content_of(const XmlElement& element) {
  std::string out(element.text());
  collapse(out);
  return out;
}

bool XmlReader::next_is(Tag tag) const {
  const XmlElement* next = levels_.back().next;
  return next && next->is(tag);
}

std::optional<std::string> XmlReader::attribute_text(std::string_view name) const {
  const auto value = levels_.back().element->attribute(name);
  if (!value) return std::nullopt;
  std::string out(*value);
  collapse(out);
  return out;
}

}  // namespace eir::sync::epp
