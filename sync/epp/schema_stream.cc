// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/schema_stream.h"

#include <utility>

namespace eir::sync::epp {
namespace {

const xmlChar* utf8(const std::string& text) { return reinterpret_cast<const xmlChar*>(text.c_str()); }

/// A string literal's, so that a zero follows it.
const xmlChar* uri(Ns ns) { return reinterpret_cast<const xmlChar*>(uri_of(ns).data()); }

}  // namespace

void SchemaStream::begin() {
  validator_.begin();
  whole_ = true;
  depth_ = attribute_count_ = 0;
}

void SchemaStream::open(Tag tag) {
  if (depth_ == elements_.size()) elements_.emplace_back();
  Element& element = elements_[depth_++];
  element.name = tag.name;
  element.ns = uri(tag.ns);
  attribute_count_ = 0;
}

void SchemaStream::attribute(std::string_view name, std::string_view value) {
  if (attribute_count_ == attributes_.size()) attributes_.emplace_back();
  Attribute& attribute = attributes_[attribute_count_++];
  attribute.name = name;
  attribute.value = value;
}

void SchemaStream::opened() {
  if (!whole_) return;
  // As libxml/parser.h has it: name, prefix, namespace, the value's begin and end.
  told_.clear();
  for (size_t i = 0; i < attribute_count_; ++i) {
    const Attribute& a = attributes_[i];
    told_.insert(told_.end(), {utf8(a.name), nullptr, nullptr, utf8(a.value), utf8(a.value) + a.value.size()});
  }
  const Element& element = elements_[depth_ - 1];
  validator_.start(utf8(element.name), element.ns, 0, nullptr, static_cast<int>(attribute_count_), told_.data());
}

void SchemaStream::text(std::string_view text) {
  if (!whole_ || text.empty()) return;
  if (text.size() > INT32_MAX) return skipped();
  validator_.text(reinterpret_cast<const xmlChar*>(text.data()), static_cast<int>(text.size()));
}

void SchemaStream::close() {
  const Element& element = elements_[--depth_];
  if (whole_) validator_.close(utf8(element.name), element.ns);
}

std::optional<bool> SchemaStream::end() {
  if (!std::exchange(whole_, false)) return std::nullopt;
  return validator_.end();
}

}  // namespace eir::sync::epp
