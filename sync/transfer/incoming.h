// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/fd.h"
#include "core/base/result.h"

namespace eir::sync::transfer {

/// A file on its way into a directory: written as `.NAME.RANDOM.part`, and given its name only when it is whole and on
/// the disk. What was not placed is removed again. Threads: one. Allocates: names.
class Incoming {
 public:
  /// REQUIRES: is_name(name). Errors: the directory cannot be written.
  static base::Result<Incoming, base::Problem> create(const std::string& directory, std::string_view name);
  Incoming(Incoming&& o) noexcept;
  Incoming& operator=(Incoming&&) = delete;
  ~Incoming();

  bool put(std::string_view octets);
  uint64_t octets() const { return octets_; }
  /// Syncs the file, renames it, syncs the directory. True: a file of this name stood there before.
  base::Result<bool, base::Problem> place();

 private:
  Incoming(base::Fd fd, std::string temporary, std::string path)
      : fd_(std::move(fd)), temporary_(std::move(temporary)), path_(std::move(path)) {}

  base::Fd fd_;
  std::string temporary_, path_;
  uint64_t octets_ = 0;
};

/// Removes what a process that was killed left of files on their way. REQUIRES: nobody writes there now.
void remove_leftovers(const std::string& directory);
/// Makes what was renamed or removed in a directory outlive the machine.
bool sync_directory(const std::string& directory);

}  // namespace eir::sync::transfer
