// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lists/list_set.h"

/// The files of a replica directory.
namespace eir::store {

inline constexpr std::string_view kDatabaseFile = "replica.db";
inline constexpr std::string_view kCurrentFile = "CURRENT";
inline constexpr std::string_view kLockFile = "LOCK";
inline constexpr std::string_view kBellFile = "BELL";
inline constexpr std::string_view kSnapshotPrefix = "snapshot-";
inline constexpr std::string_view kTemporarySuffix = ".tmp";
inline constexpr size_t kSourceNameMax = 64;

/// 1 to kSourceNameMax letters, digits, '-', '_', '.'.
bool plain_source_name(std::string_view name);

std::string path_in(const std::string& directory, std::string_view file);
/// "snapshot-centre-1.57".
std::string snapshot_file(std::string_view source, lists::Version version);

/// The writer's steps, in their order.
enum class Step : uint8_t {
  kSnapshotWritten,  ///< and synchronised, under its temporary name
  kSnapshotNamed,    ///< renamed
  kDirectorySynced,
  kRowsWritten,  ///< in the transaction
  kCommitted,
  kCurrentWritten,
  kRung,
  kCleared,
};
inline constexpr unsigned kSteps = 8;
using AtStep = std::function<void(Step)>;

/// Gives a file that stands on the disk under its temporary name the right one, so that it is either whole or absent
/// after a crash.
base::Result<void, base::Problem> put_in_place(const std::string& directory, const std::string& file,
                                               const AtStep& at_step = {});

/// Which snapshot is each source's served state, or the newest before it, as CURRENT says: for a reader that cannot
/// read the database.
using Current = std::map<std::string, std::string>;
base::Result<void, base::Problem> write_current(const std::string& directory, const Current& current);
/// Empty when there is none, or it says something else.
Current read_current(const std::string& directory);

/// Deletes snapshots not named in `keep`, and what was left under temporary names.
void remove_stale_files(const std::string& directory, const std::vector<std::string>& keep);

/// Tells every reader of a directory that there is news. A file that is opened and closed, which the system tells
/// whoever watches the directory (inotify): no reader has to be known, and none that died leaves anything behind.
void ring(const std::string& directory);

/// A reader's end. Threads: one.
class Bell {
 public:
  Bell() = default;
  ~Bell();
  Bell(const Bell&) = delete;
  Bell& operator=(const Bell&) = delete;
  /// Watches a directory, anew when it watched one. Without a watch left in the system it stays mute.
  void watch(const std::string& directory);
  /// Readable when it rang; -1 while mute.
  int fd() const { return fd_; }
  /// Takes what has rung. True when anything had.
  bool silence();

 private:
  int fd_ = -1;
};

/// The right to write. Held by an advisory lock on the lock file, so that it ends with its process
/// however that ends; the file's text names the holder.
class WriterLock {
 public:
  WriterLock() = default;
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;
  /// Waits so long for another to let go. Errors: held by another, who is named; the file cannot be used.
  base::Result<void, base::Problem> take(const std::string& directory, const std::string& program,
                                         std::chrono::milliseconds wait = {});

 private:
  int fd_ = -1;
};

}  // namespace eir::store
