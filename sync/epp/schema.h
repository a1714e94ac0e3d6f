// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libxml/xmlschemas.h>

#include <memory>
#include <string>

#include "core/base/result.h"

namespace eir::sync::epp {

/// libxml2 made ready, once in a process, whoever needs it first. Threads: any.
void start_xml_library();

/// The compiled schemas of a directory: all.xsd and what it imports. Threads: one.
class Schema {
 public:
  static base::Result<std::unique_ptr<Schema>, base::Problem> load(const std::string& directory);
  xmlSchema* compiled() const { return schema_.get(); }

 private:
  struct SchemaFree {
    void operator()(xmlSchema* s) const { xmlSchemaFree(s); }
  };
  Schema() = default;
  std::unique_ptr<xmlSchema, SchemaFree> schema_;
};

/// Holds documents to the schemas, one after the other, each while it is read or written: it is told of elements and
/// texts as libxml2's parser tells of them. After the first thing that is wrong it listens no more.
/// Threads: one. The schema must outlive it.
class Validator {
 public:
  explicit Validator(const Schema& schema);
  ~Validator() { unplug(); }
  Validator(const Validator&) = delete;
  Validator& operator=(const Validator&) = delete;

  /// Another document; what is known of one that was not ended is dropped.
  void begin();
  /// As startElementNsSAX2Func of libxml/parser.h has them. The name and the namespace stay until the element's end.
  void start(const xmlChar* name, const xmlChar* ns, int namespace_count, const xmlChar** namespaces,
             int attribute_count, const xmlChar** attributes);
  void text(const xmlChar* text, int octets);
  void close(const xmlChar* name, const xmlChar* ns);
  /// So far.
  bool valid() const { return valid_; }
  /// REQUIRES: !valid(). What is wrong.
  const std::string& message() const { return message_; }
  /// REQUIRES: !valid(). Whether it is what an element holds at all: said when that comes up, of the one around it.
  bool of_content() const { return of_content_; }
  /// Whether the document is valid. REQUIRES: begun, all elements are closed.
  bool end();

 private:
  struct ContextFree {
    void operator()(xmlSchemaValidCtxt* c) const { xmlSchemaFreeValidCtxt(c); }
  };
  static void wrong(void* self, xmlError* error);
  void unplug();

  /// A valid document leaves libxml2's validator as it found it, and to plug it in anew costs as much as a short
  /// document; but it keeps what names it met.
  static constexpr unsigned kDocumentsPerPlug = 512;

  std::unique_ptr<xmlSchemaValidCtxt, ContextFree> context_;
  xmlSchemaSAXPlugPtr plug_ = nullptr;
  xmlSAXHandler* events_ = nullptr;  ///< libxml2's validator, while there is a plug
  void* validator_ = nullptr;
  unsigned documents_ = 0;  ///< since it was plugged in
  bool begun_ = false;
  bool valid_ = true;
  bool of_content_ = false;
  std::string message_;
};

}  // namespace eir::sync::epp
