// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace eir::sync::epp {

/// Bounds of a document, whoever sent it.
inline constexpr unsigned kDepthMax = 24;          ///< elements within each other
inline constexpr unsigned kAttributesMax = 32;     ///< of one element, namespace declarations included
inline constexpr unsigned kElementsMax = 400'000;  ///< of a document

/// Why a text is not even given to the XML parser.
enum class XmlFault : uint8_t {
  kCharacters,  ///< no UTF-8, or a character XML does not allow
  kEncoding,    ///< another encoding is declared
  kDoctype,     ///< a document type: no DTD, no entities
  kTooDeep,
  kTooMany,  ///< attributes of an element, or elements
  kForm,     ///< not well-formed
};
std::string_view to_string(XmlFault fault) noexcept;

/// Walks over the mark-up of a text and refuses what the parser shall never see. A text that passes may
/// still be malformed. Threads: pure. Allocates: no.
base::Result<void, XmlFault> screen(std::string_view text) noexcept;

struct DocumentFree {
  void operator()(xmlDoc* d) const { xmlFreeDoc(d); }
};
using XmlDocument = std::unique_ptr<xmlDoc, DocumentFree>;

/// libxml2 with entities, DTDs and the network off, behind screen(). Threads: one.
class XmlParser {
 public:
  XmlParser() = default;
  base::Result<XmlDocument, XmlFault> parse(std::string_view text);

 private:
  struct ContextFree {
    void operator()(xmlParserCtxt* c) const { xmlFreeParserCtxt(c); }
  };
  /// A context keeps the names it met; a peer must not make it grow for ever.
  static constexpr unsigned kParsesPerContext = 512;
  std::unique_ptr<xmlParserCtxt, ContextFree> context_;
  unsigned parses_ = 0;
};

/// The compiled schemas of a directory: all.xsd and what it imports. Threads: one.
class Schema {
 public:
  static base::Result<std::unique_ptr<Schema>, base::Problem> load(const std::string& directory);

  struct Invalid {
    const xmlNode* node = nullptr;  ///< of the document; null when none is to blame
    std::string message;
  };
  /// The first thing that is wrong; nothing when the document is valid.
  std::unique_ptr<Invalid> check(xmlDoc* document);
  xmlSchema* compiled() const { return schema_.get(); }

 private:
  struct SchemaFree {
    void operator()(xmlSchema* s) const { xmlSchemaFree(s); }
  };
  struct ContextFree {
    void operator()(xmlSchemaValidCtxt* c) const { xmlSchemaFreeValidCtxt(c); }
  };
  Schema() = default;
  std::unique_ptr<xmlSchema, SchemaFree> schema_;
  std::unique_ptr<xmlSchemaValidCtxt, ContextFree> context_;
};

}  // namespace eir::sync::epp
