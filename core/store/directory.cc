// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <thread>

#include "core/base/file.h"

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
constexpr size_t kSmallFileMax = 4096;

auto failed(const std::string& path, const char* what) {
  return problem(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

std::string read_small(const std::string& path) { return base::read_file(path, kSmallFileMax).value_or(std::string()); }

}  // namespace

bool plain_source_name(std::string_view name) {
  return !name.empty() && name.size() <= kSourceNameMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

std::string path_in(const std::string& directory, std::string_view file) { return directory + "/" + std::string(file); }

std::string snapshot_file(std::string_view source, lists::Version version) {
  return fmt::format("{}{}-{}", kSnapshotPrefix, source, version.str());
}

base::Result<void, Problem> put_in_place(const std::string& directory, const std::string& file, const AtStep& at_step) {
  const std::string path = path_in(directory, file);
  const std::string temporary = path + std::string(kTemporarySuffix);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed(path, "cannot be put in place");
  if (at_step) at_step(Step::kSnapshotNamed);
  if (!base::sync_directory(directory)) return failed(directory, "cannot be synchronised");
  if (at_step) at_step(Step::kDirectorySynced);
  return {};
}

base::Result<void, Problem> write_current(const std::string& directory, const Current& current) {
  std::string text;
  for (const auto& [source, file] : current) text += source + " " + file + "\n";
  const std::string path = path_in(directory, kCurrentFile);
  base::NewFile file(path, path + std::string(kTemporarySuffix));
  file.put(text);
  return file.place();
}

Current read_current(const std::string& directory) {
  const std::string text = read_small(path_in(directory, kCurrentFile));
  Current current;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at), space = text.find(' ', at);
    if (end == std::string::npos || space >= end) return {};
    const std::string source = text.substr(at, space - at), file = text.substr(space + 1, end - space - 1);
    if (!plain_source_name(source) || !file.starts_with(kSnapshotPrefix) || file.find('/') != std::string::npos)
      return {};
    current[source] = file;
    at = end + 1;
  }
  return current;
}

void ring(const std::string& directory) {
  const base::Fd bell(::open(path_in(directory, kBellFile).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
}

Bell::~Bell() {
  if (fd_ >= 0) ::close(fd_);
}

void Bell::watch(const std::string& directory) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (fd_ < 0 || inotify_add_watch(fd_, directory.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR) >= 0) return;
  ::close(fd_);
  fd_ = -1;
}

bool Bell::silence() {
  alignas(inotify_event) std::array<char, 4096> events;
  bool rang = false;
  while (fd_ >= 0 && ::read(fd_, events.data(), events.size()) > 0) rang = true;
  return rang;
}

void remove_stale_files(const std::string& directory, const std::vector<std::string>& keep) {
  std::error_code error;
  std::vector<std::filesystem::path> stale;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool ours =
        name.starts_with(kSnapshotPrefix) || name == std::string(kCurrentFile) + std::string(kTemporarySuffix);
    if (ours && std::find(keep.begin(), keep.end(), name) == keep.end()) stale.push_back(it->path());
  }
  for (const auto& path : stale) std::filesystem::remove(path, error);
}

WriterLock::~WriterLock() {
  if (fd_ < 0) return;
  // The text goes before the lock does, so that it never names a process that is not the holder.
  if (ftruncate(fd_, 0) != 0) {
  }
  ::close(fd_);
}

base::Result<void, Problem> WriterLock::take(const std::string& directory, const std::string& program,
                                             std::chrono::milliseconds wait) {
  constexpr std::chrono::milliseconds kBetweenTries{50};
  const std::string path = path_in(directory, kLockFile);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return failed(path, "cannot be opened");
  for (const auto until = std::chrono::steady_clock::now() + wait; flock(fd, LOCK_EX | LOCK_NB) != 0;) {
    const bool held = errno == EWOULDBLOCK;
    if (held && std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(kBetweenTries);
      continue;
    }
    auto error = failed(path, "cannot be locked");
    ::close(fd);
    if (!held) return error;
    std::string holder = read_small(path);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    return problem(directory, fmt::format("another program is writing here: {}",
                                          holder.empty() ? "it has not said its name" : holder));
  }
  fd_ = fd;
  const std::string text = fmt::format("process {}, {}\n", getpid(), program);
  if (ftruncate(fd, 0) != 0 || pwrite(fd, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size()))
    return failed(path, "cannot be written");
  return {};
}

}  // namespace eir::store
