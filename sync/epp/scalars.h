// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "sync/epp/objects.h"
#include "sync/epp/text.h"

/// Simple types between text and value. to_text() is what we write; from_text() takes every form XSD allows,
/// whitespace already collapsed, and says whether it could.
namespace eir::sync::epp {

inline constexpr std::array<std::string_view, 3> names_of(Operation) { return {"add", "remove", "update"}; }
inline constexpr std::array<std::string_view, 3> names_of(version::Form) { return {"full", "delta", "none"}; }
inline constexpr std::array<std::string_view, 4> names_of(proposal::State) {
  return {"pending", "realised", "rejected", "withdrawn"};
}
inline constexpr std::array<std::string_view, 2> names_of(proposal::Verdict) { return {"approve", "reject"}; }
inline constexpr std::array<std::string_view, 4> names_of(job::State) {
  return {"queued", "running", "done", "cancelled"};
}

template <class E>
concept Named = requires(E e) {
  names_of(e).size();
};

inline std::string_view to_text(const Text& v) { return v; }
inline std::string_view to_text(std::string_view v) { return v; }
inline std::string_view to_text(const char* v) { return v; }
inline std::string_view to_text(bool v) { return v ? "1" : "0"; }
inline std::string to_text(Time v) { return format_time(v); }
inline std::string to_text(const Binary& v) { return to_base64(v.octets); }
template <std::unsigned_integral N>
requires(!std::same_as<N, bool>) std::string to_text(N v) { return std::to_string(v); }
template <Named E>
std::string_view to_text(E v) {
  return names_of(v)[static_cast<size_t>(v)];
}
inline std::string_view to_text(lists::EntryKind v) { return lists::to_string(v); }
inline std::string_view to_text(lists::LockPolicy v) { return lists::to_string(v); }
inline std::string_view to_text(lists::Ruling v) { return lists::to_string(v); }

inline bool from_text(std::string_view text, Text& out) {
  out = text;
  return true;
}
inline bool from_text(std::string_view text, bool& out) {
  out = text == "1" || text == "true";
  return out || text == "0" || text == "false";
}
inline bool from_text(std::string_view text, Time& out) {
  const auto t = parse_time(text);
  if (t) out = *t;
  return t.has_value();
}
inline bool from_text(std::string_view text, Binary& out) {
  auto octets = from_base64(text);
  if (octets) out.octets = std::move(*octets);
  return octets.has_value();
}
template <std::unsigned_integral N>
requires(!std::same_as<N, bool>) bool from_text(std::string_view text, N& out) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
  return ec == std::errc{} && end == text.data() + text.size();
}
template <Named E>
bool from_text(std::string_view text, E& out) {
  constexpr auto names = names_of(E{});
  for (size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) {
      out = static_cast<E>(i);
      return true;
    }
  return false;
}
inline bool from_text(std::string_view text, lists::EntryKind& out) {
  for (unsigned i = 1; i <= lists::kEntryKinds; ++i)
    if (lists::to_string(static_cast<lists::EntryKind>(i)) == text) {
      out = static_cast<lists::EntryKind>(i);
      return true;
    }
  return false;
}
inline bool from_text(std::string_view text, lists::LockPolicy& out) {
  const auto v = lists::lock_policy_from(text);
  if (v) out = *v;
  return v.has_value();
}
inline bool from_text(std::string_view text, lists::Ruling& out) {
  const auto v = lists::ruling_from(text);
  if (v) out = *v;
  return v.has_value();
}

}  // namespace eir::sync::epp
