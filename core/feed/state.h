// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/lists/entries.h"

namespace eir::feed {

/// A whole state in memory, as whoever publishes holds it.
struct State {
  lists::Entries entries;
  lists::TermsPool terms;
};

/// What turns one state into another. Threads: pure. Allocates: what differs.
lists::Change difference(const State& from, const State& to);
/// The other way round.
lists::Change reversed(lists::Change change);
/// The state with a change made; places that are not what the change says they were are counted and replaced all the
/// same.
uint64_t apply(const lists::Change& change, State& state);

}  // namespace eir::feed
