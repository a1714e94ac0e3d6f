// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/xml_reader.h"

namespace eir::sync::epp {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}

const xmlNode* element_from(const xmlNode* node) {
  while (node && node->type != XML_ELEMENT_NODE) node = node->next;
  return node;
}

void append_text(const xmlNode* node, std::string& out) {
  for (const xmlNode* child = node->children; child; child = child->next) {
    if (child->type == XML_TEXT_NODE || child->type == XML_CDATA_SECTION_NODE) out += view(child->content);
    if (child->type == XML_ELEMENT_NODE) append_text(child, out);
  }
}

}  // namespace

const xmlNode* first_element(const xmlNode* parent) { return element_from(parent->children); }
const xmlNode* next_element(const xmlNode* node) { return element_from(node->next); }
std::string_view name_of(const xmlNode* node) { return view(node->name); }
std::string_view namespace_of(const xmlNode* node) { return node->ns ? view(node->ns->href) : std::string_view(); }

std::string content_of(const xmlNode* node) {
  std::string out;
  append_text(node, out);
  collapse(out);
  return out;
}

bool XmlReader::next_is(Tag tag) const {
  const xmlNode* next = levels_.back().next;
  return next && name_of(next) == tag.name && namespace_of(next) == uri_of(tag.ns);
}

std::optional<std::string> XmlReader::attribute_text(std::string_view name) const {
  for (const xmlAttr* a = levels_.back().node->properties; a; a = a->next) {
    if (a->ns || view(a->name) != name) continue;
    std::string out;
    for (const xmlNode* child = a->children; child; child = child->next) out += view(child->content);
    collapse(out);
    return out;
  }
  return std::nullopt;
}

}  // namespace eir::sync::epp
