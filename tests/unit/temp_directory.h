// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace eir::test {

/// A directory of its own for a test, gone with this object and all that is in it. Where none can be made, nothing can
/// be tested: the program ends. Threads: any.
class TempDirectory {
 public:
  TempDirectory() : path_((std::filesystem::temp_directory_path() / "eir-test-XXXXXX").string()) {
    if (::mkdtemp(path_.data())) return;
    std::perror(path_.c_str());
    std::abort();
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;

  const std::string& path() const { return path_; }
  /// The path of what is called so in it.
  std::string file(const std::string& name) const { return path_ + '/' + name; }
  /// Writes a file anew; returns its path.
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(file(name), std::ios::binary | std::ios::trunc) << text;
    return file(name);
  }
  /// A file's whole text; empty without the file.
  std::string read(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

 private:
  std::string path_;
};

}  // namespace eir::test
