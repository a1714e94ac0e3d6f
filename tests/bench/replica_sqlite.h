// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "replica_data.h"

namespace eir::bench {

struct SqliteResult {
  double per_s = 0;
  uint64_t octets = 0;
  uint64_t wrong = 0;
};

/// The same data in SQLite tables with their indexes, and the same look-ups through prepared statements: IMEI, the
/// innermost range, the device's locks. The database is deleted again.
SqliteResult measure_sqlite(const std::string& path, const lists::Entries& entries, const std::vector<Asked>& pool,
                            double seconds);

}  // namespace eir::bench
