// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstring>
#include <string_view>

#include "core/base/counter.h"
#include "core/base/histogram.h"
#include "core/decision/question.h"

namespace eir::appliance {

/// Answers by peer, at most kPeersMax of them; what finds no row near its place is counted together. Threads: one
/// writer, many readers. Allocates: no.
class PeerTally {
 public:
  static constexpr size_t kPeersMax = 256;
  static constexpr size_t kNameMax = 128;
  static constexpr size_t kProbesMax = 8;  ///< so that a name never costs more than a few cache lines

  struct Row {
    std::array<char, kNameMax> name{};
    std::atomic<uint16_t> name_len{0};  ///< 0: not in use; written last
    decision::Interface interface {};
    std::array<base::Counter, decision::kStatuses> answers;
  };

  void add(const decision::Asker& asker, decision::Status told) noexcept {
    row_of(asker).answers[static_cast<size_t>(told)].add();
  }
  /// Calls f(interface, peer, row) for every row in use; the last, if any, is "(others)".
  template <class F>
  void visit(F&& f) const {
    for (const Row& row : rows_)
      if (const size_t len = row.name_len.load(std::memory_order_acquire))
        f(row.interface, std::string_view(row.name.data(), len), row);
  }

 private:
  Row& row_of(const decision::Asker& asker) noexcept;
  std::array<Row, kPeersMax + 1> rows_;
};

/// What one answering thread counts. Threads: written by its thread alone, read by any.
struct Ledger {
  using ByReason = std::array<base::Counter, decision::kReasons>;
  using ByStatus = std::array<ByReason, decision::kStatuses>;

  std::array<ByStatus, decision::kInterfaces> answers;  ///< by interface, status told, reason
  base::Counter observed;                               ///< told white, judged otherwise
  base::Counter log_dropped;                            ///< transaction records the full queue lost
  base::Counter lock_unknown;                           ///< locked devices whose subscriber could not be compared
  base::Counter sightings_dropped;                      ///< sightings the full queue lost
  base::LatencyHistogram decision;                      ///< the decision alone, list look-ups included
  PeerTally peers;

  void count(const decision::Question& q, const decision::Verdict& v) noexcept {
    answers[static_cast<size_t>(q.asker.interface)][static_cast<size_t>(v.told)][static_cast<size_t>(v.reason)].add();
    if (v.observed && v.judged != v.told) observed.add();
    if (v.lock_unknown) lock_unknown.add();
    peers.add(q.asker, v.told);
  }
};

}  // namespace eir::appliance
