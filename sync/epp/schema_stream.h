// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/epp/element.h"
#include "sync/epp/schema.h"

namespace eir::sync::epp {

/// Holds a document to the schemas while it is written, so that it need not be read back for it: the validator is told
/// of each element, attribute and text as the parser would tell it of them.
/// Threads: one. The validator must outlive it.
class SchemaStream {
 public:
  explicit SchemaStream(Validator& validator) : validator_(validator) {}
  SchemaStream(const SchemaStream&) = delete;
  SchemaStream& operator=(const SchemaStream&) = delete;

  /// Another document; what is known of one that was not ended is dropped.
  void begin();
  /// An element's start tag: open(), its attributes, opened().
  void open(Tag tag);
  void attribute(std::string_view name, std::string_view value);
  void opened();
  /// REQUIRES, as of an attribute's value: it stands in the document just so.
  void text(std::string_view text);
  void close();
  /// Something stands in the document that this is not told of.
  void skipped() { whole_ = false; }
  /// Whether the document is valid; nothing when that cannot be said. REQUIRES: all elements are closed.
  std::optional<bool> end();

 private:
  struct Element {
    std::string name;
    const xmlChar* ns = nullptr;
  };
  struct Attribute {
    std::string name, value;
  };

  Validator& validator_;
  bool whole_ = false;            ///< a document was begun, and this was told of all of it
  std::deque<Element> elements_;  ///< open ones first; libxml2 keeps pointers to their names
  size_t depth_ = 0;
  std::vector<Attribute> attributes_;  ///< of the start tag being written, then those kept for their memory
  size_t attribute_count_ = 0;
  std::vector<const xmlChar*> told_;
};

}  // namespace eir::sync::epp
