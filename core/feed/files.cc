// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

namespace eir::feed {

using base::Problem;
using base::problem;

base::Result<std::string, Problem> read_small_file(const std::string& path, size_t octets_max) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return problem(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  std::string text(octets_max + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return problem(path, "cannot be read");
  text.resize(static_cast<size_t>(in.gcount()));
  if (text.size() > octets_max) return problem(path, fmt::format("is longer than {} octets", octets_max));
  return text;
}

FileWriter::FileWriter(std::string path) : path_(std::move(path)) {
  const std::filesystem::path p(path_);
  temporary_ = (p.parent_path() / fmt::format(".{}", p.filename().string())).string();
  fd_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  ok_ = fd_ >= 0;
}

FileWriter::~FileWriter() {
  if (fd_ >= 0) ::close(fd_);
}

bool FileWriter::put(std::span<const uint8_t> octets) {
  while (ok_ && !octets.empty()) {
    const ssize_t n = ::write(fd_, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    ok_ = n > 0;
    if (ok_) octets = octets.subspan(static_cast<size_t>(n));
  }
  return ok_;
}

base::Result<void, Problem> FileWriter::place() {
  if (ok_ && fdatasync(fd_) == 0 && ::rename(temporary_.c_str(), path_.c_str()) == 0) return {};
  return problem(path_, fmt::format("cannot be written: {}", std::strerror(errno)));
}

base::Result<void, Problem> write_file(const std::string& path, std::span<const uint8_t> octets) {
  FileWriter file(path);
  file.put(octets);
  return file.place();
}

}  // namespace eir::feed
