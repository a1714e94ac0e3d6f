// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

#include "core/lists/entry.h"

namespace eir::lists {

/// Entries of every kind, each sorted by place, no place twice; their terms stand in a pool kept elsewhere.
struct Entries {
  /// All vectors, in the order of the kinds' numbers.
  template <class Self>
  static auto tie(Self& s) {
    return std::tie(s.imeis, s.ranges, s.subscribers, s.pairs, s.locks, s.mirror, s.exceptions, s.device_classes);
  }

  std::vector<ImeiEntry> imeis;
  std::vector<RangeEntry> ranges;
  std::vector<SubscriberEntry> subscribers;
  std::vector<PairEntry> pairs;
  std::vector<LockEntry> locks;
  std::vector<MirrorEntry> mirror;
  std::vector<ExceptionEntry> exceptions;
  std::vector<DeviceClassEntry> device_classes;

  template <class Entry>
  std::vector<Entry>& of() {
    return std::get<std::vector<Entry>&>(tie(*this));
  }
  template <class Entry>
  const std::vector<Entry>& of() const {
    return std::get<const std::vector<Entry>&>(tie(*this));
  }
  bool empty() const {
    return std::apply([](const auto&... v) { return (v.empty() && ...); }, tie(*this));
  }
  size_t size() const {
    return std::apply([](const auto&... v) { return (v.size() + ...); }, tie(*this));
  }
  /// Calls f(vector) for every kind, in the order of their numbers.
  template <class Self, class F>
  static void for_each(Self& self, F&& f) {
    std::apply([&f](auto&... v) { (f(v), ...); }, tie(self));
  }
  KindCounts counts() const {
    KindCounts counts;
    for_each(*this, [&](const auto& v) {
      for (const auto& e : v) counts.add(e);
    });
    return counts;
  }
};

/// What a change does: per place the whole entry before and after. A place only in `before` goes, one only in
/// `after` comes, one in both is replaced. Both sorted.
struct Change {
  Entries before;
  Entries after;
  TermsPool terms;
  /// How many places it touches.
  size_t places() const;
};

}  // namespace eir::lists
