// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>

#include "registry/store.h"
#include "registry/stored_imeis.h"

namespace eir::registry {

struct SqliteOptions {
  std::string directory;
  size_t writer_cache_mib = 512;  ///< pages kept by the writer; a reader keeps a sixteenth
  /// When the write-ahead log has grown to this it is written back, which the writer waits for.
  uint64_t log_octets = uint64_t{256} << 20;
};

inline constexpr std::string_view kRegistryFile = "registry.db";

/// The embedded store: one directory with registry.db (WAL, synchronous=FULL). One process writes; others may read.
class SqliteStore final : public Store {
 public:
  explicit SqliteStore(SqliteOptions options) : options_(std::move(options)) {}
  base::Result<std::unique_ptr<StoreWriter>, base::Problem> writer() override;
  base::Result<std::unique_ptr<StoreReader>, base::Problem> reader() override;

 private:
  std::shared_ptr<StoredImeis> stored();

  const SqliteOptions options_;
  std::mutex mutex_;
  std::shared_ptr<StoredImeis> stored_;  ///< the writer's of this process, once there was one
};

}  // namespace eir::registry
