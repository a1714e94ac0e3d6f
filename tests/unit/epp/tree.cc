// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/epp/tree.h"

#include "sync/epp/text.h"

namespace eir::sync::epp::test {
namespace {

void keep_first(void* to, xmlError* error) {
  auto& first = *static_cast<std::optional<Tree::Invalid>*>(to);
  if (first) return;
  const auto* node = static_cast<const xmlNode*>(error->node);
  while (node && node->type != XML_ELEMENT_NODE) node = node->parent;
  first = {node, error->message ? error->message : ""};
  collapse(first->message);
}

}  // namespace

Tree::Tree(const std::string& xml) {
  xmlParserCtxt* context = xmlNewParserCtxt();
  document_.reset(xmlCtxtReadMemory(context, xml.data(), static_cast<int>(xml.size()), nullptr, nullptr,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA));
  if (!context->wellFormed || !context->nsWellFormed) document_.reset();
  xmlFreeParserCtxt(context);
}

std::optional<Tree::Invalid> Tree::invalid(const Schema& schema) const {
  std::optional<Invalid> first;
  xmlSchemaValidCtxt* context = xmlSchemaNewValidCtxt(schema.compiled());
  xmlSchemaSetValidStructuredErrors(context, keep_first, &first);
  const int rc = xmlSchemaValidateDoc(context, document_.get());
  xmlSchemaFreeValidCtxt(context);
  if (rc != 0 && !first) first = {nullptr, "invalid"};
  return rc == 0 ? std::nullopt : first;
}

}  // namespace eir::sync::epp::test
