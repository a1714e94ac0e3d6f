// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/lists/entries.h"
#include "core/lists/memory.h"
#include "core/lists/tables.h"

namespace eir::lists {

class Index;

/// What a snapshot says of itself.
struct SnapshotInfo {
  Version version;
  KindCounts counts;   ///< filled in by whoever writes it
  StateDigest digest;  ///< zero when built without one
  base::UnixSeconds created_at{};
  uint64_t octets = 0;  ///< of the file or buffer
  bool locked = false;  ///< held in memory
};

/// One immutable, checksummed state of the lists: a flat buffer, mapped from a file or held in memory.
/// Threads: immutable. Look-ups through tables() touch neither heap nor file.
class Snapshot {
 public:
  /// Maps a file shared, read-only and populated, in huge pages where the file system has them, locks it in memory
  /// where the limits allow, and proves header, checksums and the shape of every table before anything is served
  /// from it.
  /// Errors: what is wrong with it, with the file's name.
  static base::Result<std::shared_ptr<const Snapshot>, base::Problem> open(const std::string& path);
  /// The same in memory, for small lists and tests. Sorts first. Null: ranges overlap that do not nest.
  static std::shared_ptr<const Snapshot> of(Entries entries, const TermsPool& pool, Version version);

  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  const SnapshotInfo& info() const { return info_; }
  const Tables& tables() const { return tables_; }

 private:
  Snapshot() = default;
  base::Result<void, base::Problem> read(std::span<const uint8_t> image, const std::string& name);

  Memory held_;       ///< not mapped: all of it
  Memory converted_;  ///< what an older format had in another shape
  void* map_ = nullptr;
  size_t map_len_ = 0;
  SnapshotInfo info_;
  Tables tables_;
};

/// Writes a snapshot straight into a file, mapped: it needs a few octets per thousand as memory of its own, and 32 per
/// range where they do not stand in order yet. The file is on the disk when this returns; give it a temporary name.
/// Ranges nest or are apart. Returns its octets. Errors: the file cannot be written (full disks included), what cannot
/// be represented; what was written is no snapshot then.
base::Result<uint64_t, base::Problem> write_snapshot(const std::string& path, const Entries& entries,
                                                     const TermsPool& pool, const SnapshotInfo& info);
/// The same of what an index holds, its layers folded.
base::Result<uint64_t, base::Problem> write_snapshot(const std::string& path, const Index& index,
                                                     const SnapshotInfo& info);

/// 64 bits over octets: any single changed bit, and any change within one 64-octet block's lane, is
/// noticed; meant for damage, not for malice. Reads 64 octets per round. Threads: pure.
uint64_t checksum(std::span<const uint8_t> data) noexcept;

}  // namespace eir::lists
