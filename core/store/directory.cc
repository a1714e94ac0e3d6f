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
#include <span>

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
constexpr size_t kWriteOctets = size_t{1} << 24;  ///< between two fdatasync, so that none takes long
constexpr size_t kSmallFileMax = 4096;

auto failed(const std::string& path, const char* what) {
  return problem(path, fmt::format("{}: {}", what, std::strerror(errno)));
}

class File {
 public:
  File(const std::string& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  ~File() { close(); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }
  bool close() {
    const bool ok = fd_ < 0 || ::close(fd_) == 0;
    fd_ = -1;
    return ok;
  }

 private:
  int fd_;
};

bool write_all(int fd, std::span<const uint8_t> data) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), std::min(data.size(), kWriteOctets));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    data = data.subspan(static_cast<size_t>(n));
    if (!data.empty() && fdatasync(fd) != 0) return false;
  }
  return fdatasync(fd) == 0;
}

std::string read_small(const std::string& path) {
  const File file(path, O_RDONLY);
  char text[kSmallFileMax];
  const ssize_t n = file.fd() < 0 ? -1 : ::read(file.fd(), text, sizeof text);
  return n <= 0 ? std::string() : std::string(text, static_cast<size_t>(n));
}

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
  const File dir(directory, O_RDONLY | O_DIRECTORY);
  if (dir.fd() < 0 || fsync(dir.fd()) != 0) return failed(directory, "cannot be synchronised");
  if (at_step) at_step(Step::kDirectorySynced);
  return {};
}

base::Result<void, Problem> write_current(const std::string& directory, const Current& current) {
  std::string text;
  for (const auto& [source, file] : current) text += source + " " + file + "\n";
  const std::string temporary = path_in(directory, kCurrentFile) + std::string(kTemporarySuffix);
  File out(temporary, O_WRONLY | O_CREAT | O_TRUNC);
  if (out.fd() < 0) return failed(temporary, "cannot be made");
  if (!write_all(out.fd(), {reinterpret_cast<const uint8_t*>(text.data()), text.size()}) || !out.close())
    return failed(temporary, "cannot be written");
  return put_in_place(directory, std::string(kCurrentFile));
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

void ring(const std::string& directory) { const File bell(path_in(directory, kBellFile), O_WRONLY | O_CREAT); }

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

base::Result<void, Problem> WriterLock::take(const std::string& directory, const std::string& program) {
  const std::string path = path_in(directory, kLockFile);
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return failed(path, "cannot be opened");
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const bool held = errno == EWOULDBLOCK;
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
