// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/recomputation.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::store {
namespace {

using Clock = std::chrono::steady_clock;
constexpr uint64_t kStepEntries = 2'048;
constexpr double kShareMin = 0.001;

/// Works no more than its share of the time.
class Pace {
 public:
  explicit Pace(double share) : rest_per_work_(1 / std::clamp(share, kShareMin, 1.0) - 1), began_(Clock::now()) {}
  void rest(const std::atomic<bool>& stop) {
    if (rest_per_work_ <= 0) return;
    constexpr std::chrono::milliseconds kNap(50);
    auto left = std::chrono::duration_cast<Clock::duration>((Clock::now() - began_) * rest_per_work_);
    for (; left > Clock::duration::zero() && !stop; left -= kNap)
      std::this_thread::sleep_for(std::min<Clock::duration>(left, kNap));
    began_ = Clock::now();
  }

 private:
  const double rest_per_work_;
  Clock::time_point began_;
};

template <class Entry>
void add(const lists::Index& lists, Digester& digester, lists::StateDigest& sum, std::atomic<uint64_t>& entries,
         const std::atomic<bool>& stop, Pace& pace) {
  lists.for_each<Entry>([&](const Entry& e, const lists::Terms& terms) {
    if (stop) return;
    sum = sum + digester.of(e, terms);
    if (++entries % kStepEntries == 0) pace.rest(stop);
  });
}

}  // namespace

Recomputation::~Recomputation() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void Recomputation::start(const ServedStates& served, double share) {
  if (running_) return;
  if (thread_.joinable()) thread_.join();
  running_ = true;
  entries_ = 0;
  thread_ = std::thread([this, served, share] { run(served, share); });
}

Recomputed Recomputation::result() const {
  const std::lock_guard lock(mutex_);
  Recomputed out = last_;
  out.running = running_;
  out.entries = entries_;
  return out;
}

void Recomputation::run(const ServedStates& served, double share) {
  Pace pace(share);
  Digester digester;
  std::vector<base::Problem> wrong;
  for (const auto& [name, state] : served) {
    if (!state.lists) continue;
    lists::StateDigest sum;
    const lists::Entries kinds;
    const auto& tables = *state.lists;  // clang 14 captures no structured binding
    lists::Entries::for_each(kinds, [&]<class Entry>(const std::vector<Entry>&) {
      add<Entry>(tables, digester, sum, entries_, stop_, pace);
    });
    if (!stop_ && sum != state.digest)
      wrong.push_back({"source " + name, fmt::format("the tables in memory have digest {}, version {} has {}",
                                                     sum.hex(), state.version().str(), state.digest.hex())});
  }
  const std::lock_guard lock(mutex_);
  if (!stop_) {
    last_.ended_at = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    last_.wrong = std::move(wrong);
  }
  running_ = false;
}

}  // namespace eir::store
