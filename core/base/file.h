// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/fd.h"
#include "core/base/result.h"

namespace eir::base {

inline constexpr size_t kPieceOctets = size_t{1} << 20;

/// Gives a file piece by piece to `take`, until that wants no more (false). False: it cannot be read, errno says why.
bool read_pieces(const std::string& path, const std::function<bool(Octets)>& take, size_t piece_octets = kPieceOctets);
/// A file whole. Errors: it cannot be read, or is longer than `octets_max`.
Result<std::string, Problem> read_file(const std::string& path, size_t octets_max);

/// All of it, however often the system takes a part. False: it refused, errno says why.
bool write_all(int fd, Octets octets);

/// Makes what was made, renamed or removed in a directory outlive the machine, on file systems that can (others say
/// EINVAL). False: errno says why.
bool sync_directory(const std::string& directory);

/// A file on its way: written under a temporary name, and given its own when it is whole and on the disk, so that it
/// is either whole or absent after a crash. What was not placed is removed again. Threads: one. Allocates: names.
class NewFile {
 public:
  /// What stands under the temporary name, in the same directory, is replaced.
  NewFile(std::string path, std::string temporary, mode_t mode = 0644);
  NewFile(NewFile&& o) noexcept;
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile();

  /// The errno of what failed first, in making it too; 0: nothing has.
  int error() const { return error_; }
  /// False, and nothing more is written, once something failed.
  bool put(Octets octets);
  bool put(std::string_view text) { return put(as_octets(text)); }
  /// Syncs the file, renames it, syncs the directory. Errors: what failed, now or before. REQUIRES: once.
  Result<void, Problem> place();

 private:
  bool note(bool good);

  std::string path_, temporary_;
  Fd fd_;
  int error_ = 0;
};

/// "DIRECTORY/.NAME": a temporary name that listings pass over.
std::string hidden_name(const std::string& path);
/// A file whole, as NewFile has it.
Result<void, Problem> write_file(const std::string& path, Octets octets, mode_t mode = 0644);

}  // namespace eir::base
