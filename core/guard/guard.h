// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "core/base/counter.h"
#include "core/guard/turned.h"
#include "core/store/judge.h"

namespace eir::guard {

/// When a version is held back. The handbook's "replica.md" says what to choose.
struct Thresholds {
  bool on = true;
  uint64_t devices_max = 1'000;              ///< devices seen that may turn within the window
  uint64_t share_max_ppm = 1'000;            ///< the same, of a million devices seen
  uint64_t devices_seen_for_share = 10'000;  ///< with fewer seen the share says nothing, and only the number counts
  std::chrono::seconds window{24 * 3600};
  std::chrono::hours seen_for{30 * 24};  ///< how long a device counts as seen
  friend bool operator==(const Thresholds&, const Thresholds&) = default;
};

/// Whether that many devices are too many. `before`: turned by the versions taken within the window already.
/// Nothing when they may turn; else one sentence. Threads: pure.
std::optional<std::string> too_many(const Thresholds& thresholds, uint64_t seen, uint64_t before, uint64_t now);

struct GuardCounters {
  base::Counter asked;
  base::Counter held;
};

/// Judges what would be served by what it does to devices seen, over a sliding window: many small changes trip it
/// like a large one. Threads: one at a time. Allocates: yes.
class Guard final : public store::Judge {
 public:
  struct Parts {
    const SeenDevices& seen;
    decision::Settings settings;  ///< as they are served
    Thresholds thresholds;
    const base::Clock& clock;
    /// How many devices the versions served since then turned, and since the operator last released any.
    std::function<uint64_t(base::UnixSeconds since)> turned_since;
  };
  explicit Guard(Parts parts) : parts_(std::move(parts)) {}

  store::Judgement judge(const lists::View& served_now, const lists::View& would_serve,
                         const lists::Change* change) override;
  /// The same of other settings over the same lists: a policy document.
  store::Judgement judge_settings(const lists::View& served, const decision::Settings& would_hold);

  const Turned& last() const { return last_; }  ///< of the newest judgement
  const GuardCounters& counters() const { return counters_; }

 private:
  store::Judgement weigh(const decision::Basis& now, const decision::Basis& then, const lists::Change* change);

  Parts parts_;
  Turned last_;
  GuardCounters counters_;
};

}  // namespace eir::guard
