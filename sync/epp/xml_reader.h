// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sync/epp/scalars.h"
#include "sync/epp/xml_document.h"

namespace eir::sync::epp {

/// The text in and below an element, collapsed.
std::string content_of(const XmlElement& element);

/// The reading half of mapping.h, over a document the schema has passed: elements are taken in the order
/// they are named, and what is not asked for is left. The first one that is missing, or whose value
/// cannot be had, is kept as the failure; from then on reads give defaults. Threads: one. The document
/// must outlive it.
class XmlReader {
 public:
  static constexpr bool kReading = true;

  /// Reads what is in `element`.
  explicit XmlReader(const XmlElement& element) {
    constexpr size_t kUsualDepth = 8;
    levels_.reserve(kUsualDepth);
    levels_.push_back({&element, element.first()});
  }

  bool ok() const { return failed_ == nullptr; }
  /// REQUIRES: !ok(). The element at fault, or the one in which something is missing.
  const XmlElement& failed() const { return *failed_; }

  bool next_is(Tag tag) const;
  template <class F>
  void node(Tag tag, F&& inside) {
    if (!next_is(tag)) return fail();
    const XmlElement* entered = levels_.back().next;
    levels_.back().next = entered->next();
    levels_.push_back({entered, entered->first()});
    inside();
    levels_.pop_back();
  }
  template <class F>
  void maybe_node(Tag tag, bool& there, F&& inside) {
    there = next_is(tag);
    if (there) node(tag, inside);
  }
  template <class T>
  void text(Tag tag, T& value) {
    node(tag, [&] { this->value(value); });
  }
  template <class T>
  void maybe(Tag tag, Maybe<T>& value) {
    if (next_is(tag)) text(tag, value.emplace());
  }
  template <class T>
  void many(Tag tag, std::vector<T>& values) {
    while (next_is(tag)) text(tag, values.emplace_back());
  }
  void empty(Tag tag) {
    node(tag, [] {});
  }
  template <class T>
  void value(T& value) {
    if (!from_text(content_of(*levels_.back().element), value)) fail();
  }
  template <class T>
  void attribute(std::string_view name, T& value) {
    const auto text = attribute_text(name);
    if (!text || !from_text(*text, value)) fail();
  }
  template <class T>
  void maybe_attribute(std::string_view name, Maybe<T>& value) {
    const auto text = attribute_text(name);
    if (text && !from_text(*text, value.emplace())) fail();
  }
  void maybe_attribute(std::string_view name, Text& value) { value = attribute_text(name).value_or(Text()); }

 private:
  struct Level {
    const XmlElement* element;
    const XmlElement* next;
  };
  std::optional<std::string> attribute_text(std::string_view name) const;
  void fail() {
    if (!failed_) failed_ = levels_.back().element;
  }

  std::vector<Level> levels_;
  const XmlElement* failed_ = nullptr;
};

}  // namespace eir::sync::epp
