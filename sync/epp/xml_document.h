// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sync/epp/element.h"

namespace eir::sync::epp {

/// An element of a document, or one of its attributes, which stand right after it.
class XmlElement {
 public:
  std::string_view name() const { return name_; }
  /// Its namespace; empty for none.
  std::string_view ns() const { return ns_; }
  bool is(Tag tag) const { return name_ == tag.name && ns_ == uri_of(tag.ns); }
  /// In and below it, as it stands there. Of an attribute: its value.
  std::string_view text() const { return text_; }
  std::span<const XmlElement> attributes() const { return {this + 1, attributes_}; }
  /// Of the attribute of that name and no namespace.
  std::optional<std::string_view> attribute(std::string_view name) const {
    for (const XmlElement& a : attributes())
      if (a.name_ == name && a.ns_.empty()) return a.text_;
    return std::nullopt;
  }
  /// The elements in it, one after the other; null: none, or no more.
  const XmlElement* first() const { return last_ ? this + 1 + attributes_ : nullptr; }
  const XmlElement* next() const { return next_ ? this + next_ : nullptr; }

 private:
  friend class XmlBuilder;
  std::string_view name_, ns_, text_;
  uint32_t attributes_ = 0;
  uint32_t next_ = 0;  ///< how far on the next one in the same element stands; 0: none
  uint32_t last_ = 0;  ///< how far on the last one in this stands; 0: none
};

/// What a text held. Names and namespaces are the parser's: until it parses again.
class XmlDocument {
 public:
  const XmlElement& root() const { return elements_.front(); }
  /// The first thing that is wrong by the schemas.
  struct Invalid {
    const XmlElement* element;
    std::string message;
  };
  const std::optional<Invalid>& invalid() const { return invalid_; }

 private:
  friend class XmlBuilder;
  std::vector<XmlElement> elements_;
  std::unique_ptr<char[]> texts_, values_;  ///< of elements, one after the other; of attributes
  std::optional<Invalid> invalid_;
};

}  // namespace eir::sync::epp
