// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/entry.h"

#include <fmt/format.h>

#include "core/lists/entries.h"

namespace eir::lists {
namespace {

constexpr std::array<std::string_view, kEntryKinds> kKindNames = {"imei", "range",  "subscriber", "pair",
                                                                  "lock", "mirror", "exception",  "device-class"};
constexpr std::array<std::string_view, kLockPolicies> kPolicyNames = {"mutual", "device", "subscriber"};
constexpr std::array<std::string_view, kRulings> kRulingNames = {"white", "black", "grey", "unknown", "go-on"};

template <size_t N>
std::optional<uint8_t> place_of(const std::array<std::string_view, N>& names, std::string_view name) {
  for (size_t i = 0; i < N; ++i)
    if (names[i] == name) return static_cast<uint8_t>(i);
  return std::nullopt;
}

}  // namespace

std::string_view to_string(EntryKind kind) noexcept { return kKindNames[static_cast<size_t>(kind) - 1]; }

std::string_view to_string(LockPolicy policy) noexcept { return kPolicyNames[static_cast<size_t>(policy) - 1]; }

std::optional<LockPolicy> lock_policy_from(std::string_view name) noexcept {
  const auto i = place_of(kPolicyNames, name);
  return i ? std::optional(static_cast<LockPolicy>(*i + 1)) : std::nullopt;
}

std::string_view to_string(Ruling ruling) noexcept { return kRulingNames[static_cast<size_t>(ruling)]; }

std::optional<Ruling> ruling_from(std::string_view name) noexcept {
  const auto i = place_of(kRulingNames, name);
  return i ? std::optional(static_cast<Ruling>(*i)) : std::nullopt;
}

std::optional<SubscriberKey> SubscriberKey::from_word(uint64_t word) {
  constexpr unsigned kSubscriberDigitsMax = 15;  // 3GPP TS 23.003 §2.2, ITU-T E.164
  SubscriberKey key;
  key.word_ = word;
  const identity::Digits d = key.digits();
  if (word >> 63 || d.empty() || d.length() > kSubscriberDigitsMax) return std::nullopt;
  uint64_t end = 1;
  for (unsigned i = 0; i < d.length(); ++i) end *= 10;
  return d.value() < end ? std::optional(key) : std::nullopt;
}

const std::array<std::string_view, KindCounts::kFields>& KindCounts::names() {
  static constexpr std::array<std::string_view, kFields> kNames = {"imeis",       "svn_rules",     "tacs",  "ranges",
                                                                   "subscribers", "pairs",         "locks", "mirror",
                                                                   "exceptions",  "device_classes"};
  return kNames;
}

std::string StateDigest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

namespace {

template <class Entry>
size_t places(const std::vector<Entry>& before, const std::vector<Entry>& after) {
  size_t n = 0;
  auto b = before.begin();
  auto a = after.begin();
  for (; b != before.end() && a != after.end(); ++n) {
    const bool both = b->place() == a->place();
    const bool first = both || b->place() < a->place();
    b += first;
    a += both || !first;
  }
  return n + static_cast<size_t>((before.end() - b) + (after.end() - a));
}

}  // namespace

size_t Change::places() const {
  size_t n = 0;
  Entries::for_each(before,
                    [&]<class Entry>(const std::vector<Entry>& b) { n += lists::places(b, after.of<Entry>()); });
  return n;
}

}  // namespace eir::lists
