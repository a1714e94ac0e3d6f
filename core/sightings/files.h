// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"

/// The files of a directory of journals, `seen-STARTED-PROCESS-NUMBER.journal`.
namespace eir::sightings {

inline constexpr std::string_view kJournalPrefix = "seen-", kJournalSuffix = ".journal";

struct JournalFile {
  std::string path;
  std::string name;
  uint64_t octets = 0;
  base::UnixSeconds written{};  ///< last
};
/// In the order they were begun: names are made so that they sort by it. Errors: the directory cannot be read; one that
/// is not there holds nothing.
base::Result<std::vector<JournalFile>, base::Problem> journal_files(const std::string& directory);

/// Whether nobody writes a journal that is open. Its writer holds a lock from before the first octet on.
bool is_idle(int fd);

}  // namespace eir::sightings
