// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

/// The files of a replica directory.
namespace eir::store {

inline constexpr std::string_view kDatabaseFile = "replica.db";
inline constexpr std::string_view kCurrentFile = "CURRENT";
inline constexpr std::string_view kLockFile = "LOCK";
inline constexpr std::string_view kSnapshotPrefix = "snapshot-";
inline constexpr std::string_view kTemporarySuffix = ".tmp";

std::string path_in(const std::string& directory, std::string_view file);
std::string snapshot_file(uint64_t number);

/// Puts a file in place so that it is either whole or absent after a crash: written under a temporary
/// name, fdatasync, rename, directory fsync.
base::Result<void, base::Problem> write_durably(const std::string& directory, const std::string& file,
                                                std::span<const uint8_t> data);
/// What CURRENT names: a snapshot's file name. Nothing when there is none or it says something else.
std::optional<std::string> read_current(const std::string& directory);
/// Deletes snapshots not named in `keep`, and what was left under temporary names.
void remove_stale_files(const std::string& directory, const std::vector<std::string>& keep);

/// The right to write. Held by an advisory lock on the lock file, so that it ends with its process
/// however that ends; the file's text names the holder.
class WriterLock {
 public:
  WriterLock() = default;
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  /// Errors: held by another, who is named; the file cannot be used.
  base::Result<void, base::Problem> take(const std::string& directory, const std::string& program);

 private:
  int fd_ = -1;
};

}  // namespace eir::store
