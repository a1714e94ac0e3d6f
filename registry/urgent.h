// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "core/feed/follower.h"
#include "core/store/manifest.h"
#include "registry/store.h"

/// The urgent chain: single devices on the black list whose block shall not wait for a guard's hold at the nodes. Nodes
/// take at most feed::kUrgentPlacesMax of them within feed::kUrgentWindow (core/feed/follower.h), so that is all that
/// the centre marks. Each of its versions is a full one, small enough to stand within a frame.
namespace eir::registry {

struct UrgentMark {
  uint64_t place = 0;
  int64_t since = 0;  ///< seconds since 1970
  int64_t gone = 0;   ///< when it was taken away; counted until feed::kUrgentWindow after that. 0: it is there
};
/// What is marked, and what was within the window; ascending by place.
struct UrgentMarks {
  std::vector<UrgentMark> all;
  bool due = false;  ///< something changed that no version has yet
};
UrgentMarks urgent_marks(StoreReader& store);

struct UrgentVersion {
  store::Manifest manifest;
  std::string data;
  uint64_t block = 0;  ///< of the audit that it was committed with
};
/// The newest; nothing when there is none.
std::optional<UrgentVersion> urgent_version(StoreReader& store);

}  // namespace eir::registry
