// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <map>
#include <string>

#include "appliance/report/json.h"
#include "core/lists/index.h"
#include "core/store/reader.h"

namespace eir::appliance::eirctl {

inline constexpr size_t kDifferenceSamples = 10;           ///< of each kind
inline constexpr size_t kDifferencePlacesMax = 5'000'000;  ///< beyond, they are counted and no longer kept

/// What one kind's entries do between two states of a source.
struct KindDifference {
  uint64_t come = 0, go = 0, change = 0;
  std::array<int64_t, 3> lists{};  ///< white, grey, black: how many more, or fewer, entries are on it
  std::vector<std::string> samples;
  uint64_t places() const { return come + go + change; }
};

/// Two states of one source compared.
struct Difference {
  std::map<lists::EntryKind, KindDifference> kinds;
  lists::Change change;  ///< what differs; whole only when `kept`
  bool kept = true;
};

/// Compares `now` (null: nothing) with `then`. By the changes between them where they are kept, else entry by entry.
/// Threads: pure. Allocates: what differs.
Difference compare(const store::Reader& reader, const store::SourceInfo& source, lists::Version target,
                   const lists::Index* now, const lists::Index& then);
Json difference_json(const Difference& difference);
void print_difference(const Difference& difference);

/// What falls due of a state within some days.
struct Forecast {
  /// By day and kind: entries that begin to hold, that end, and that turn from one list to another.
  struct Row {
    uint64_t begin = 0, end = 0, turn_black = 0, turn_other = 0;
  };
  std::map<std::pair<std::chrono::sys_days, lists::EntryKind>, Row> rows;
};
Forecast forecast(const lists::Index& state, base::UnixSeconds now, std::chrono::days days);

}  // namespace eir::appliance::eirctl
