// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/layout.h"

#include <vector>

namespace eir::files {
namespace {

constexpr std::array<std::string_view, kColumns> kNames = {
    "imei", "list",   "svn",    "reason", "valid_from", "valid_until", "next",    "subscriber", "policy",
    "imsi", "msisdn", "ruling", "tac",    "class",      "block_date",  "reasons", "event"};
constexpr std::string_view kEventElsewhere = "change_type";  ///< what others call the event column

struct Shape {
  LayoutKind kind;
  std::vector<Column> required;
  std::vector<Column> optional;
};

const std::array<Shape, kLayouts>& shapes() {
  using C = Column;
  static const std::array<Shape, kLayouts> all = {{
      {LayoutKind::kImeis, {C::kImei, C::kList}, {C::kSvn, C::kReason, C::kValidFrom, C::kValidUntil, C::kNext}},
      {LayoutKind::kSubscribers, {C::kSubscriber, C::kList}, {C::kReason, C::kValidFrom, C::kValidUntil, C::kNext}},
      {LayoutKind::kPairs, {C::kImei, C::kSubscriber, C::kList}, {C::kReason, C::kValidFrom, C::kValidUntil, C::kNext}},
      {LayoutKind::kLocks, {C::kPolicy, C::kImei, C::kImsi, C::kMsisdn}, {C::kReason, C::kValidFrom, C::kValidUntil}},
      {LayoutKind::kMirror, {C::kImsi, C::kMsisdn}, {}},
      {LayoutKind::kExceptions, {C::kSubscriber, C::kRuling}, {C::kReason, C::kValidFrom, C::kValidUntil}},
      {LayoutKind::kDeviceClasses, {C::kTac, C::kClass}, {C::kValidFrom, C::kValidUntil}},
      {LayoutKind::kBlackList, {C::kImei, C::kBlockDate, C::kReasons}, {C::kEvent}},
  }};
  return all;
}

bool is_name(std::string_view text, Column column) {
  return text == to_string(column) || (column == Column::kEvent && text == kEventElsewhere);
}

}  // namespace

std::string_view to_string(Column column) noexcept { return kNames[static_cast<size_t>(column)]; }

std::optional<Layout> Layout::of_header(std::span<const std::string_view> names) {
  for (const Shape& shape : shapes()) {
    Layout layout(shape.kind);
    const auto take = [&](Column c) {
      if (layout.count_ == names.size() || !is_name(names[layout.count_], c)) return false;
      layout.at_[static_cast<size_t>(c)] = static_cast<int8_t>(layout.count_++);
      return true;
    };
    bool right = true;
    for (const Column c : shape.required) right = right && take(c);
    if (!right) continue;
    for (const Column c : shape.optional) take(c);
    if (layout.count_ == names.size()) return layout;
  }
  return std::nullopt;
}

std::string Layout::all_headers() {
  std::string out;
  for (const Shape& shape : shapes()) {
    if (!out.empty()) out += "; ";
    for (const Column& c : shape.required) (out += &c == shape.required.data() ? "" : ",") += to_string(c);
    for (const Column c : shape.optional) ((out += "[,") += to_string(c)) += "]";
  }
  return out;
}

Layout Layout::of(LayoutKind kind, bool optional) {
  const Shape& shape = shapes()[static_cast<size_t>(kind)];
  Layout layout(shape.kind);
  const auto add = [&](Column c) { layout.at_[static_cast<size_t>(c)] = static_cast<int8_t>(layout.count_++); };
  for (const Column c : shape.required) add(c);
  if (optional)
    for (const Column c : shape.optional) add(c);
  return layout;
}

Layout Layout::of_kind(lists::EntryKind kind) {
  using lists::EntryKind;
  static constexpr std::array<LayoutKind, lists::kEntryKinds> kLayoutOf = {
      LayoutKind::kImeis, LayoutKind::kImeis,  LayoutKind::kSubscribers, LayoutKind::kPairs,
      LayoutKind::kLocks, LayoutKind::kMirror, LayoutKind::kExceptions,  LayoutKind::kDeviceClasses};
  return of(kLayoutOf[static_cast<size_t>(kind) - 1]);
}

std::string Layout::header() const {
  std::vector<std::string_view> names(count_);
  for (size_t c = 0; c < kColumns; ++c)
    if (at_[c] >= 0) names[static_cast<size_t>(at_[c])] = kNames[c];
  std::string out;
  for (const auto& name : names) (out += out.empty() ? "" : ",") += name;
  return out;
}

}  // namespace eir::files
