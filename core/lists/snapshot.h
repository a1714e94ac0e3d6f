// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/lists/entry.h"
#include "core/lists/tables.h"

namespace eir::lists {

/// What a snapshot says of itself.
struct SnapshotInfo {
  Version version;
  KindCounts counts;
  StateDigest digest;  ///< zero when built without one
  base::UnixSeconds created_at{};
  uint64_t octets = 0;  ///< of the file or buffer
  bool locked = false;  ///< held in memory
};

/// One immutable, checksummed state of the lists: a flat buffer, mapped from a file or held in memory.
/// Threads: immutable. Look-ups through tables() touch neither heap nor file.
class Snapshot {
 public:
  /// Maps a file shared, read-only and populated, locks it in memory where the limits allow, and proves
  /// header, checksums and the shape of every table before anything is served from it.
  /// Errors: what is wrong with it, with the file's name.
  static base::Result<std::shared_ptr<const Snapshot>, base::Problem> open(const std::string& path);
  /// The same from a buffer that SnapshotBuilder made.
  static base::Result<std::shared_ptr<const Snapshot>, base::Problem> adopt(std::vector<uint64_t> image);

  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  const SnapshotInfo& info() const { return info_; }
  const Tables& tables() const { return tables_; }

 private:
  Snapshot() = default;
  base::Result<void, base::Problem> read(std::span<const uint8_t> image, const std::string& name);

  std::vector<uint64_t> held_;
  void* map_ = nullptr;
  size_t map_len_ = 0;
  SnapshotInfo info_;
  Tables tables_;
};

/// Makes a snapshot's image. Threads: pure. Allocates: the tables and the image.
class SnapshotBuilder {
 public:
  /// Entries as build_tables() asks for, without tombstones.
  static std::vector<uint64_t> build(std::span<const ImeiEntry> imeis, std::span<const RangeEntry> ranges,
                                     const TermsPool& reasons, const SnapshotInfo& info);
  /// Sorts first; for tests and small lists. Counts are filled in. The range and IMEI rules are not checked.
  static std::shared_ptr<const Snapshot> in_memory(std::vector<ImeiEntry> imeis, std::vector<RangeEntry> ranges,
                                                   const TermsPool& reasons, Version version);
};

/// 64 bits over octets: any single changed bit, and any change within one 64-octet block's lane, is
/// noticed; meant for damage, not for malice. Reads 64 octets per round. Threads: pure.
uint64_t checksum(std::span<const uint8_t> data) noexcept;

}  // namespace eir::lists
