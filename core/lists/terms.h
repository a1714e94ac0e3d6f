// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "core/lists/list_set.h"

namespace eir::lists {

inline constexpr size_t kReasonOctetsMax = 64;

/// Under what terms an entry holds: why, from when, until when, and what it turns into then. Many entries
/// share the same terms, so that a timed entry costs no more than another.
///
/// An entry holds at `t` when from <= t and (until is 0 or t < until). From `until` on an entry of a list
/// is on the lists `next`, and gone when those are empty; other kinds of entry are gone.
struct Terms {
  std::string_view reason;    ///< UTF-8, at most kReasonOctetsMax; of a device class: its name
  base::UnixSeconds from{};   ///< 0: always
  base::UnixSeconds until{};  ///< 0: for ever
  ListSet next;               ///< only with `until`

  constexpr bool timed() const { return from != base::UnixSeconds{} || until != base::UnixSeconds{}; }
  /// What an entry on `lists` is on at `t`.
  constexpr ListSet at(base::UnixSeconds t, ListSet lists) const {
    if (t < from) return {};
    return until == base::UnixSeconds{} || t < until ? lists : next;
  }
  /// Whether an entry without lists holds at `t`.
  constexpr bool hold(base::UnixSeconds t) const { return from <= t && (until == base::UnixSeconds{} || t < until); }
  friend constexpr bool operator==(const Terms&, const Terms&) = default;
};

/// Terms' number within one TermsPool. 0 is "no reason, no dates".
using TermsId = uint32_t;

/// Terms, each kept once; reason texts too. Threads: one. Allocates: yes; never on the answering path.
class TermsPool {
 public:
  TermsPool();
  TermsPool(TermsPool&&) = default;
  TermsPool& operator=(TermsPool&&) = default;

  /// The terms' number, a new one if they are new. REQUIRES: a reason of at most kReasonOctetsMax octets.
  TermsId intern(const Terms& terms);
  TermsId intern(std::string_view reason) { return intern(Terms{reason, {}, {}, {}}); }
  /// REQUIRES: id from this pool. Its reason lives as long as the pool.
  const Terms& of(TermsId id) const { return terms_[id]; }
  std::string_view reason(TermsId id) const { return terms_[id].reason; }
  size_t size() const { return terms_.size(); }

 private:
  struct Hash {
    size_t operator()(const Terms& t) const;
  };
  static constexpr size_t kBlockOctets = size_t{1} << 18;
  std::deque<std::vector<char>> blocks_;  ///< filled one after the other, never moved
  std::vector<Terms> terms_;
  std::unordered_map<Terms, TermsId, Hash> ids_;
};

}  // namespace eir::lists
