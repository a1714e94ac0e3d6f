// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

#include "registry/registry.h"
#include "registry/stream_messages.h"

namespace eir::registry {

SiteState state_of(const Registry& registry, const std::string& name);

/// Answers other sites: records, hashes, copies. A question tells what its asker has, which acknowledges it, and what
/// epoch it is of: of a higher one than this site's, this site follows from then on.
/// Threads: any, one question each. The registry outlives it.
class StreamSource {
 public:
  static constexpr std::chrono::minutes kCopyKept{1};  ///< a copy not older is given to whoever asks for one

  /// Copies lie in `directory`, which is made when missing; what an earlier process left there is deleted.
  StreamSource(Registry& registry, std::string name, std::string directory, const base::Clock& clock);
  ~StreamSource();
  StreamSource(const StreamSource&) = delete;
  StreamSource& operator=(const StreamSource&) = delete;

  /// `asker` is the name the other is known by. May wait as long as the question allows.
  std::string handle(const std::string& asker, std::string_view ask);
  uint64_t copies_made() const { return copies_made_.load(std::memory_order_relaxed); }

 private:
  void records(const Ask& ask, Answer& out);
  bool collect(StoreReader& store, uint64_t from, Answer& out) const;
  void copy(const Ask& ask, Answer& out);
  void piece(const Ask& ask, Answer& out);
  std::string path_of(uint64_t copy) const;

  Registry& registry_;
  const std::string name_;
  const std::string directory_;
  const base::Clock& clock_;
  std::atomic<uint64_t> copies_made_{0};
  std::mutex copy_mutex_;
  uint64_t copy_ = 0;  ///< the one there is
  Answer newest_copy_;
  base::MonotonicTime copied_at_{};
};

}  // namespace eir::registry
