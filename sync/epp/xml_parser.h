// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libxml/parser.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "sync/epp/schema.h"
#include "sync/epp/xml_document.h"
#include "sync/epp/xml_screen.h"

namespace eir::sync::epp {

/// libxml2 with entities, DTDs and the network off, behind screen(). Threads: one. The validator must outlive it.
class XmlParser {
 public:
  /// Holds what it reads to the validator's schemas on the way.
  explicit XmlParser(Validator& validator) : validator_(validator) {}
  base::Result<XmlDocument, XmlFault> parse(std::string_view text);

 private:
  struct ContextFree {
    void operator()(xmlParserCtxt* c) const { xmlFreeParserCtxt(c); }
  };
  /// The text becomes the context's input; it outlives that. False: there is no memory for it.
  bool give(const std::string& text);

  /// A context keeps the names it met; a peer must not make it grow for ever.
  static constexpr unsigned kParsesPerContext = 512;
  Validator& validator_;
  std::unique_ptr<xmlParserCtxt, ContextFree> context_;
  unsigned parses_ = 0;
};

}  // namespace eir::sync::epp
