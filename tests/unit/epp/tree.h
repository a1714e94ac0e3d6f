// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <libxml/parser.h>
#include <libxml/xmlschemas.h>

#include <memory>
#include <optional>
#include <string>

#include "sync/epp/schema.h"

namespace eir::sync::epp::test {

/// What libxml2 itself makes of a text: its own tree, which it holds to the schemas as a whole.
class Tree {
 public:
  explicit Tree(const std::string& xml);
  /// Null: not well-formed.
  const xmlNode* root() const { return document_ ? xmlDocGetRootElement(document_.get()) : nullptr; }

  struct Invalid {
    const xmlNode* element;  ///< null: none is to blame
    std::string message;
  };
  /// The first thing that is wrong. REQUIRES: well-formed.
  std::optional<Invalid> invalid(const Schema& schema) const;

 private:
  struct Free {
    void operator()(xmlDoc* d) const { xmlFreeDoc(d); }
  };
  std::unique_ptr<xmlDoc, Free> document_;
};

}  // namespace eir::sync::epp::test
