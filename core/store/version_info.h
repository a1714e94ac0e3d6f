// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/lists/entry.h"

namespace eir::store {

/// One published version of the lists, as `show eir lists` and `eirctl lists` print it.
///
/// Versions that this node makes itself are of epoch 0 and numbered from 1 in each replica directory; the
/// centre's epochs begin at 1, so that a local import never takes one of its numbers. Every source (one
/// list owner: "local", or a name) has a chain of its own within that: its lists, its own count of
/// versions, the hash of its previous manifest.
struct VersionInfo {
  lists::Version version;
  std::string source;          ///< whose lists this version changed
  uint64_t source_number = 0;  ///< how many versions that source has published, this one included
  bool full = false;           ///< replaced the source's lists; else applied on top
  std::string origin;          ///< file name as given
  lists::KindCounts counts;    ///< of all that is served, every source joined
  lists::StateDigest digest;   ///< of the same
  uint64_t changed_keys = 0;   ///< of an applied change
  base::UnixSeconds published_at{};
  std::string snapshot;  ///< file name if this version has a snapshot of its own, else empty
  uint64_t snapshot_octets = 0;
};

/// What one source holds now.
struct SourceInfo {
  std::string name;
  uint64_t number = 0;
  lists::KindCounts counts;
  lists::StateDigest digest;
  std::string manifest_sha256;  ///< of its newest manifest, hexadecimal
  base::UnixSeconds published_at{};
};

/// The replica as a reader stands to it.
struct ReplicaStatus {
  std::optional<VersionInfo> serving;  ///< none: nothing proven to serve
  std::vector<VersionInfo> versions;   ///< newest first, at most kVersionsShown
  std::vector<SourceInfo> sources;
  uint64_t overlay_keys = 0;
  bool locked = false;                  ///< the snapshot is held in memory
  std::vector<base::Problem> problems;  ///< what was refused, and why; empty when all is well
};
inline constexpr size_t kVersionsShown = 20;

}  // namespace eir::store
