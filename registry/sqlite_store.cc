// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/sqlite_store.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/store/directory.h"
#include "registry/sqlite_schema.h"
#include "registry/sqlite_session.h"

namespace eir::registry {
namespace {

using base::Problem;

bool set_up(store::Database& db, size_t cache_mib) {
  return db.exec(fmt::format("pragma cache_size=-{}", cache_mib * 1024).c_str()) && db.exec("pragma temp_store=memory");
}

base::Result<void, Problem> prepare(store::Database& db) {
  int64_t format = 0;
  if (!db.number("pragma user_version", format)) return tl::unexpected(db.problem());
  const auto indexed = [&]() -> base::Result<void, Problem> {
    if (db.exec(kLockIndexes)) return {};
    return tl::unexpected(db.problem());
  };
  if (format == kRegistryFormat) return indexed();
  if (format < 0 || format > kRegistryFormat)
    return base::problem(std::string(kRegistryFile),
                         fmt::format("of format {}; this program knows {}", format, kRegistryFormat));
  // Taking over sorts a row for each identifier, more than memory may hold.
  if (db.exec("pragma temp_store=file") && db.exec("begin immediate") && (format >= 1 || db.exec(kSchema)) &&
      (format >= 2 || db.exec(kSchemaOfSites)) && db.exec(kSchemaOfTrids) && (format == 0 || db.exec(kTakeOverTrids)) &&
      db.exec(fmt::format("pragma user_version={}", kRegistryFormat).c_str()) && db.exec("commit") &&
      db.exec("pragma temp_store=memory"))
    return indexed();
  return tl::unexpected(db.problem());
}

}  // namespace

base::Result<std::unique_ptr<StoreWriter>, Problem> SqliteStore::writer() {
  std::error_code error;
  std::filesystem::create_directories(options_.directory, error);
  if (error) return base::problem(options_.directory, error.message());
  const std::string path = store::path_in(options_.directory, kRegistryFile);
  auto session = std::make_unique<SqliteSession>(path, options_.log_octets);
  if (auto ok = session->lock().take(options_.directory, "cdbd"); !ok) return tl::unexpected(ok.error());
  store::Database& db = session->database();
  if (!db.open(path, false) || !db.exec("pragma journal_mode=wal") || !db.exec("pragma synchronous=full") ||
      !db.exec("pragma wal_autocheckpoint=0") || !set_up(db, options_.writer_cache_mib))
    return tl::unexpected(db.problem());
  if (auto ok = prepare(db); !ok) return tl::unexpected(ok.error());
  const std::lock_guard lock(mutex_);
  stored_ = session->know_imeis();
  return session;
}

std::shared_ptr<StoredImeis> SqliteStore::stored() {
  const std::lock_guard lock(mutex_);
  return stored_;
}

base::Result<std::unique_ptr<StoreReader>, Problem> SqliteStore::reader() {
  const std::string path = store::path_in(options_.directory, kRegistryFile);
  auto session = std::make_unique<SqliteSession>(path, stored());
  store::Database& db = session->database();
  constexpr size_t kReaderShare = 16;
  if (!db.open(path, true) || !set_up(db, options_.writer_cache_mib / kReaderShare + 1))
    return tl::unexpected(db.problem());
  int64_t format = 0;
  if (!db.number("pragma user_version", format)) return tl::unexpected(db.problem());
  if (format != kRegistryFormat) return base::problem(path, fmt::format("of format {}", format));
  return session;
}

}  // namespace eir::registry
