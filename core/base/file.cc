// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>
#include <vector>

namespace eir::base {
namespace {

std::string directory_of(const std::string& path) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  return directory.empty() ? "." : directory;
}

}  // namespace

bool read_pieces(const std::string& path, const std::function<bool(Octets)>& take, size_t piece_octets) {
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return false;
  std::vector<uint8_t> block(piece_octets);
  for (;;) {
    const ssize_t n = ::read(fd.get(), block.data(), block.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    if (n == 0 || !take(Octets(block).first(static_cast<size_t>(n)))) return true;
  }
}

Result<std::string, Problem> read_file(const std::string& path, size_t octets_max) {
  std::string text;
  const auto take = [&](Octets piece) {
    text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return text.size() <= octets_max;
  };
  if (!read_pieces(path, take, std::min(octets_max, kPieceOctets - 1) + 1))
    return problem(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (text.size() > octets_max) return problem(path, fmt::format("is longer than {} octets", octets_max));
  return text;
}

bool write_all(int fd, Octets octets) {
  while (!octets.empty()) {
    const ssize_t n = ::write(fd, octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    octets = octets.subspan(static_cast<size_t>(n));
  }
  return true;
}

bool sync_directory(const std::string& directory) {
  const Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && (::fsync(fd.get()) == 0 || errno == EINVAL);
}

NewFile::NewFile(std::string path, std::string temporary, mode_t mode)
    : path_(std::move(path)), temporary_(std::move(temporary)) {
  ::unlink(temporary_.c_str());
  fd_.reset(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
  note(static_cast<bool>(fd_));
}

NewFile::NewFile(NewFile&& o) noexcept
    : path_(std::move(o.path_)), temporary_(std::exchange(o.temporary_, {})), fd_(std::move(o.fd_)), error_(o.error_) {}

NewFile::~NewFile() {
  if (fd_ && !temporary_.empty()) ::unlink(temporary_.c_str());
}

bool NewFile::note(bool good) {
  if (!good) error_ = errno ? errno : EIO;
  return good;
}

bool NewFile::put(Octets octets) { return error_ == 0 && note(write_all(fd_.get(), octets)); }

Result<void, Problem> NewFile::place() {
  if (error_ == 0 && note(::fsync(fd_.get()) == 0 && ::rename(temporary_.c_str(), path_.c_str()) == 0)) {
    temporary_.clear();
    const std::string directory = directory_of(path_);
    if (note(sync_directory(directory))) return {};
    return problem(directory, fmt::format("cannot be synced: {}", std::strerror(error_)));
  }
  return problem(path_, fmt::format("cannot be written: {}", std::strerror(error_)));
}

Result<void, Problem> write_file(const std::string& path, Octets octets, mode_t mode) {
  NewFile file(path, hidden_name(path), mode);
  file.put(octets);
  return file.place();
}

std::string hidden_name(const std::string& path) {
  const std::filesystem::path p(path);
  return (p.parent_path() / fmt::format(".{}", p.filename().string())).string();
}

}  // namespace eir::base
