// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/lists/crowds.h"
#include "core/lists/index.h"
#include "core/lists/ranges.h"
#include "core/store/digest.h"
#include "core/store/refusal.h"

/// Changes on their way into a store: made from lists, and proven.
namespace eir::store {

/// What laying `on_top` over a state, and taking `gone` away from it, changes. Entries that stand so already are no
/// part of it. All terms are of the pool, which goes into the change. Inputs sorted. Allocates: the change.
lists::Change make_change(const lists::Index& state, lists::Entries&& on_top, const lists::Entries& gone,
                          lists::TermsPool&& pool);

/// The ranges of `after` that cannot stand in a state, once those of `before` are gone: they overlap one that stands
/// there, or one another, without nesting, or nest deeper than kRangeDepthMax. Inputs sorted.
std::vector<lists::RangeConflict> range_conflicts(const lists::Index& state,
                                                  const std::vector<lists::RangeEntry>& before,
                                                  const std::vector<lists::RangeEntry>& after);

/// What is wrong with the refused range or lock, for a person.
std::string conflict_text(const lists::RangeConflict& conflict);
std::string conflict_text(const lists::LockCrowd& crowd);

/// The first rule of the lists that a change would break in a state, for a person. REQUIRES: its before-images stand
/// there.
std::optional<std::string> wrong_change(const lists::Index& state, const lists::Change& change);

/// What a change does to counts and digests.
struct Sums {
  lists::KindCounts counts;
  KindDigests digests;
};
/// REQUIRES: the change's before-images stand in the state that `sums` are of.
void apply_to(Sums& sums, const lists::Change& change);

/// Whether every before-image is what stands in the state, and nothing stands where there is none. Else where it is
/// not so, for a person.
std::optional<std::string> wrong_before(const lists::Index& state, lists::Change& change);

/// Where the entries of a full version or of a change break a rule of the lists, for a person: not sorted, a place
/// twice, ranges that overlap without nesting, or nest deeper than kRangeDepthMax.
std::optional<std::string> wrong_entries(const lists::Entries& entries);
/// The same of a full version, with what only the whole shows: more than kLocksOfOneMax locks of one.
std::optional<std::string> wrong_full(const lists::Entries& entries);

/// A place as a person reads it: "imei 35809101685355", with the identity masked behind its TAC.
template <class Entry>
std::string place_text(const Entry& entry);

}  // namespace eir::store
