// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/answering.h"

#include <algorithm>

namespace eir::appliance {

using decision::EquipmentChecker;
using decision::Question;
using decision::Reason;
using decision::Status;
using decision::Verdict;

bool HighWater::exceeded(base::MonotonicTime now) noexcept {
  const uint64_t limit = limit_.load(std::memory_order_relaxed);
  if (limit == 0) return false;
  const int64_t window = now.time_since_epoch() / std::chrono::milliseconds(100);
  if (window_.exchange(window, std::memory_order_relaxed) != window) taken_.store(0, std::memory_order_relaxed);
  return taken_.fetch_add(1, std::memory_order_relaxed) >= limit;
}

Answering::Answering(PublishedBasis& basis, HighWater& high_water, const base::Clock& clock)
    : basis_(basis),
      high_water_(high_water),
      clock_(clock),
      slot_(basis.take_slot()),
      ledger_(std::make_unique<Ledger>()),
      queue_(std::make_unique<TransactionQueue>()),
      sightings_(std::make_unique<sightings::SightingQueue>()) {}

Verdict Answering::answer(const Question& question) noexcept {
  const auto start = clock_.monotonic();
  const auto basis = basis_.pin(slot_);
  Verdict verdict = high_water_.exceeded(start) ? EquipmentChecker::give_up(question, *basis, Reason::kOverload)
                                                : EquipmentChecker::check(question, *basis);
  ledger_->decision.observe(clock_.monotonic() - start);
  record(question, verdict);
  verdict.note = {};  // it lives in the lists, which this thread now lets go of
  return verdict;
}

Verdict Answering::give_up(const Question& question, Reason reason) noexcept {
  const auto basis = basis_.pin(slot_);
  const Verdict verdict = EquipmentChecker::give_up(question, *basis, reason);
  record(question, verdict);
  return verdict;
}

void Answering::record(const Question& q, const Verdict& v) noexcept {
  ledger_->count(q, v);
  if (q.imei.valid() && note_sightings_.load(std::memory_order_relaxed) && !sightings_->push(sightings::sighting_of(q)))
    ledger_->sightings_dropped.add();
  if (log_nothing_.load(std::memory_order_relaxed)) return;
  const bool plain_white = v.told == Status::kWhite && v.judged == Status::kWhite && v.reason != Reason::kFault &&
                           v.reason != Reason::kOverload;
  if (plain_white && !log_white_.load(std::memory_order_relaxed)) return;
  TransactionRecord r;
  r.time = clock_.wall();
  r.imei = q.imei;
  r.imsi = q.imsi;
  r.msisdn = q.msisdn;
  r.calling_gt = q.asker.calling_gt;
  r.version = v.version;
  r.interface = q.asker.interface;
  r.told = v.told;
  r.judged = v.judged;
  r.reason = v.reason;
  const auto peer = q.asker.peer.substr(0, TransactionRecord::kPeerMax);
  r.peer_len = static_cast<uint8_t>(peer.size());
  std::copy(peer.begin(), peer.end(), r.peer.begin());
  if (!queue_->push(r)) ledger_->log_dropped.add();
}

}  // namespace eir::appliance
