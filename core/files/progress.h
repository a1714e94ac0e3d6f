// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace eir::files {

/// Long work tells how far it is. Called at most every few thousand entries, from the working thread.
struct ProgressReport {
  std::string_view stage;    ///< "reading", "sorting", "proving", "indexing" and so on
  uint64_t done = 0;         ///< entries of this stage
  uint64_t octets_done = 0;  ///< of the file, while reading; of the entries, while writing
  uint64_t octets_all = 0;   ///< 0: not known
};
using Progress = std::function<void(const ProgressReport&)>;

}  // namespace eir::files
