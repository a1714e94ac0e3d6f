// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sync/epp/messages.h"
#include "sync/epp/objects.h"
#include "sync/epp/scalars.h"
#include "sync/epp/schema_stream.h"
#include "sync/epp/text.h"

namespace eir::sync::epp {

/// The writing half of mapping.h: elements in the order they are named, each namespace declared where it
/// comes in. Threads: one.
class XmlWriter {
 public:
  static constexpr bool kReading = false;

  /// The texts of reasons and statuses come from `catalogue`; both may be null: then only what is given. With `schema`
  /// that is told of all that is written, from its begin() on.
  explicit XmlWriter(const Messages* messages = nullptr, const Catalogue* catalogue = nullptr,
                     SchemaStream* schema = nullptr)
      : messages_(messages), catalogue_(catalogue), schema_(schema) {
    out_.reserve(kUsualOctets);
    declared_.reserve(kUsualDepth);
    if (schema_) schema_->begin();
  }

  std::string take() { return std::move(out_); }

  template <class F>
  void node(Tag tag, F&& inside) {
    open(tag);
    inside();
    close(tag);
  }
  template <class F>
  void maybe_node(Tag tag, bool there, F&& inside) {
    if (there) node(tag, inside);
  }
  template <class T>
  void text(Tag tag, const T& value) {
    node(tag, [&] { this->value(value); });
  }
  template <class T>
  void maybe(Tag tag, const Maybe<T>& value) {
    if (value) text(tag, *value);
  }
  template <class T>
  void many(Tag tag, const std::vector<T>& values) {
    for (const T& v : values) text(tag, v);
  }
  void empty(Tag tag) {
    node(tag, [] {});
  }
  template <class T>
  void value(const T& value) {
    end_of_start_tag();
    const auto& text = to_text(value);
    const bool same = append_escaped(out_, text);
    if (schema_) same ? schema_->text(text) : schema_->skipped();
  }
  /// REQUIRES: right after the element was opened.
  template <class T>
  void attribute(std::string_view name, const T& value) {
    put(" ", name, "=\"");
    const auto& text = to_text(value);
    const bool same = append_escaped(out_, text);
    out_ += '"';
    if (schema_) same ? schema_->attribute(name, text) : schema_->skipped();
  }
  template <class T>
  void maybe_attribute(std::string_view name, const Maybe<T>& value) {
    if (value) attribute(name, *value);
  }
  void maybe_attribute(std::string_view name, const Text& value) {
    if (!value.empty()) attribute(name, value);
  }

  /// Mark-up made elsewhere, all of it in the namespaces declared here.
  void raw(std::string_view markup) {
    end_of_start_tag();
    out_ += markup;
    if (schema_) schema_->skipped();
  }
  /// The text for "KIND.WORD", and its language; the word itself when there is no catalogue.
  std::pair<Text, Text> localised(std::string_view kind, std::string_view word) const;

 private:
  static constexpr size_t kUsualOctets = 1024, kUsualDepth = 12;
  void open(Tag tag);
  void close(Tag tag);
  void end_of_start_tag() {
    if (!in_start_tag_) return;
    out_ += '>';
    in_start_tag_ = false;
    if (schema_) schema_->opened();
  }
  template <class... S>
  void put(const S&... parts) {
    (out_.append(parts), ...);
  }
  void qualified(Tag tag) {
    if (const std::string_view prefix = prefix_of(tag.ns); !prefix.empty()) put(prefix, ":");
    put(tag.name);
  }

  const Messages* messages_;
  const Catalogue* catalogue_;
  SchemaStream* schema_;
  std::string out_ = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"no\"?>\n";
  std::vector<NsSet> declared_ = {NsSet()};
  bool in_start_tag_ = false;
};

}  // namespace eir::sync::epp
