// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/lists/entry.h"
#include "core/store/digest.h"
#include "core/store/refusal.h"

namespace eir::store {

/// The sources whose versions the centre numbers and signs. Every other name is a local list.
inline constexpr std::string_view kCentre = "centre";
inline constexpr std::string_view kUrgent = "urgent";  ///< a small chain of its own that no hold stops
inline bool is_local(std::string_view source) { return source != kCentre && source != kUrgent; }

/// One stored version of one source.
///
/// The centre's epochs begin at 1. Local versions are of epoch 0, and all local sources of a directory share
/// one sequence of numbers, so that a local import never takes one of the centre's.
struct VersionInfo {
  lists::Version version;
  std::string source;
  lists::Version base;               ///< what it is a change of; (0, 0): a full version
  bool full = false;                 ///< replaces all there was; else a change of `base`
  std::string origin;                ///< file name as given, or where it was fetched from
  lists::KindCounts counts;          ///< of the source's state after it
  lists::StateDigest digest;         ///< of the same
  uint64_t places = 0;               ///< how many places a change touches
  std::string manifest_sha256;       ///< hexadecimal
  base::UnixSeconds published_at{};  ///< when it was made
  base::UnixSeconds stored_at{};     ///< when it was committed here
  std::string snapshot;              ///< file name if this version has a snapshot, else empty
  uint64_t snapshot_octets = 0;
  bool in_journal = false;  ///< what it changed can still be read
};

/// A source as it stands: what is stored, what of it is served, and why that is not the same.
struct SourceInfo {
  std::string name;
  lists::Version newest;           ///< the newest stored
  lists::Version served;           ///< (0, 0): nothing of it
  bool pinned = false;             ///< rolled back: `served` stays until unpin()
  lists::Version held_from;        ///< the first version held; (0, 0): none
  uint64_t waiting = 0;            ///< how many versions are stored after the served one
  std::string note;                ///< why it is pinned, or held
  bool repair = false;             ///< a full version is asked for
  std::optional<Refused> refusal;  ///< the last one, until a version is taken or it is cleared
  // Of the served version:
  lists::KindCounts counts;
  lists::StateDigest digest;
  std::string manifest_sha256;
  base::UnixSeconds published_at{};
  base::UnixSeconds served_since{};

  bool held() const { return held_from != lists::Version{}; }
};

/// A policy document as stored; its text is core/policy's.
struct PolicyInfo {
  uint64_t number = 0;
  std::string text;
  std::string note;
  base::UnixSeconds stored_at{};
  bool held = false;  ///< waits for release("policy")
};
inline constexpr std::string_view kPolicy = "policy";  ///< where a policy is named like a source

/// What was served when: one row for each time that changed.
struct ServedInfo {
  std::string source;
  lists::Version version;
  base::UnixSeconds at{};
  std::string cause;  ///< "import", "feed", "rollback", "unpin", "release"
  std::string note;
  uint64_t turned = 0;  ///< what the guard counted
};

/// What is answered from: every source's served version together.
struct Serving {
  lists::Version version;            ///< as answers name it
  lists::KindCounts counts;          ///< the sums over the sources
  lists::StateDigest digest;         ///< the sum over the sources
  base::UnixSeconds published_at{};  ///< of the newest
};

/// The replica as a reader stands to it.
struct ReplicaStatus {
  std::optional<Serving> serving;     ///< none: nothing proven to serve
  bool first_format = false;          ///< read whole into memory; the next writer brings it up to date
  std::vector<VersionInfo> versions;  ///< of all sources, the last stored first, at most kVersionsShown
  std::vector<SourceInfo> sources;
  uint64_t overlay_keys = 0;
  bool locked = false;               ///< every snapshot is held in memory
  std::optional<PolicyInfo> policy;  ///< the newest that is not held
  uint64_t policies_held = 0;
  std::vector<base::Problem> problems;  ///< what was refused, and why; empty when all is well
};
inline constexpr size_t kVersionsShown = 20;

}  // namespace eir::store
