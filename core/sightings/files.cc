// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sightings/files.h"

#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>

namespace eir::sightings {

base::Result<std::vector<JournalFile>, base::Problem> journal_files(const std::string& directory) {
  std::vector<JournalFile> files;
  std::error_code error;
  std::filesystem::directory_iterator at(directory, error);
  if (error == std::errc::no_such_file_or_directory) return files;
  if (error) return base::problem(directory, fmt::format("cannot be read: {}", error.message()));
  for (const auto& entry : at) {
    JournalFile file{entry.path(), entry.path().filename(), 0, {}};
    struct stat st {};
    if (!file.name.starts_with(kJournalPrefix) || !file.name.ends_with(kJournalSuffix) ||
        ::stat(file.path.c_str(), &st) != 0 || !S_ISREG(st.st_mode))
      continue;
    file.octets = static_cast<uint64_t>(st.st_size);
    file.written = base::UnixSeconds(std::chrono::seconds(st.st_mtime));
    files.push_back(std::move(file));
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

bool is_idle(int fd) {
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) return false;
  ::flock(fd, LOCK_UN);
  return true;
}

}  // namespace eir::sightings
