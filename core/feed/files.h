// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/base/result.h"

namespace eir::feed {

/// A file whole. Errors: it cannot be read, or is longer than `octets_max`.
base::Result<std::string, base::Problem> read_small_file(const std::string& path, size_t octets_max);

/// A file that is written piece by piece under a name nobody looks at (a dot before it), and named when it is whole.
class FileWriter {
 public:
  explicit FileWriter(std::string path);
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  bool put(std::span<const uint8_t> octets);
  /// Errors: it could not be written, here or before.
  base::Result<void, base::Problem> place();

 private:
  std::string path_, temporary_;
  int fd_ = -1;
  bool ok_ = true;
};

base::Result<void, base::Problem> write_file(const std::string& path, std::span<const uint8_t> octets);

}  // namespace eir::feed
