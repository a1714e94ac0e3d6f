// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/incoming.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <random>

namespace eir::sync::transfer {
namespace {

constexpr std::string_view kSuffix = ".part";
constexpr mode_t kMode = 0640;

}  // namespace

base::Result<Incoming, base::Problem> Incoming::create(const std::string& directory, std::string_view name) {
  std::string path = fmt::format("{}/{}", directory, name);
  std::random_device random;
  std::string temporary = fmt::format("{}/.{}.{:08x}{:08x}{}", directory, name, random(), random(), kSuffix);
  base::Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kMode));
  if (!fd) return base::problem(directory, fmt::format("cannot be written: {}", std::strerror(errno)));
  return Incoming(std::move(fd), std::move(temporary), std::move(path));
}

Incoming::Incoming(Incoming&& o) noexcept
    : fd_(std::move(o.fd_)),
      temporary_(std::exchange(o.temporary_, {})),
      path_(std::move(o.path_)),
      octets_(o.octets_) {}

Incoming::~Incoming() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

bool Incoming::put(std::string_view octets) {
  while (!octets.empty()) {
    const ssize_t n = ::write(fd_.get(), octets.data(), octets.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    octets_ += static_cast<uint64_t>(n);
    octets.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

base::Result<bool, base::Problem> Incoming::place() {
  const bool stood = ::access(path_.c_str(), F_OK) == 0;
  const std::string directory = std::filesystem::path(path_).parent_path();
  if (::fsync(fd_.get()) != 0 || ::rename(temporary_.c_str(), path_.c_str()) != 0)
    return base::problem(path_, fmt::format("cannot be written: {}", std::strerror(errno)));
  temporary_.clear();
  if (!sync_directory(directory))
    return base::problem(directory, fmt::format("cannot be synced: {}", std::strerror(errno)));
  return stood;
}

void remove_leftovers(const std::string& directory) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with('.') && name.ends_with(kSuffix)) ::unlink(entry.path().c_str());
  }
}

bool sync_directory(const std::string& directory) {
  const base::Fd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

}  // namespace eir::sync::transfer
