// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "core/base/file.h"

namespace eir::sync::transfer {

/// A file on its way into a directory: written as `.NAME.RANDOM.part`, and given its name only when it is whole and on
/// the disk. What was not placed is removed again. Threads: one. Allocates: names.
class Incoming {
 public:
  /// REQUIRES: is_name(name). Errors: the directory cannot be written.
  static base::Result<Incoming, base::Problem> create(const std::string& directory, std::string_view name);
  bool put(std::string_view octets);
  uint64_t octets() const { return octets_; }
  /// Syncs the file, renames it, syncs the directory. True: a file of this name stood there before.
  base::Result<bool, base::Problem> place();

 private:
  Incoming(base::NewFile file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  base::NewFile file_;
  std::string path_;
  uint64_t octets_ = 0;
};

/// Removes what a process that was killed left of files on their way. REQUIRES: nobody writes there now.
void remove_leftovers(const std::string& directory);

}  // namespace eir::sync::transfer
