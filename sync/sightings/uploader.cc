// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/uploader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <random>

#include "sync/transfer/incoming.h"

namespace eir::sync::sightings {

using base::Problem;
using Verdict = Carrier::Verdict;

Uploader::Uploader(UploaderConfig config, Carrier& carrier, const base::Clock& clock, Spool::Hook hook)
    : config_(std::move(config)),
      carrier_(carrier),
      clock_(clock),
      hook_(hook),
      spool_(config_.spool, config_.node, std::move(hook)),
      journals_(config_.journals) {}

base::Result<void, Problem> Uploader::open() {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(clock_.wall().time_since_epoch()).count();
  if (auto ok = spool_.open(static_cast<uint64_t>(std::max<int64_t>(micros, 1))); !ok) return ok;
  journals_.set_positions(spool_.positions());
  for (const Problem& p : spool_.problems()) status_.refusal = p.message();
  publish();
  return {};
}

void Uploader::interrupt() {
  interrupted_ = true;
  carrier_.interrupt();
}

Uploader::Status Uploader::status() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

void Uploader::publish() {
  Status& s = status_;
  s.waiting = spool_.waiting().size() + spool_.set_aside().size();
  s.set_aside = spool_.set_aside().size();
  s.waiting_rows = 0;
  for (const Spooled& one : spool_.waiting()) s.waiting_rows += one.rows;
  for (const Spooled& one : spool_.set_aside()) s.waiting_rows += one.rows;
  s.octets = spool_.octets();
  s.dropped = spool_.dropped();
  s.dropped_rows = spool_.dropped_rows();
  s.oldest = spool_.waiting().empty() ? 0 : spool_.waiting().front().sequence;
  s.newest = spool_.waiting().empty() ? 0 : spool_.waiting().back().sequence;
  s.journals_lost = journals_.losses().files;
  s.journal_octets_lost = journals_.losses().octets;
  s.journals_torn = journals_.losses().torn;
  const std::lock_guard lock(mutex_);
  shown_ = s;
}

void Uploader::failed(std::string text) {
  status_.problem = std::move(text);
  ++status_.attempts_failed;
  retry_ = retry_.count() == 0 ? config_.retry_least : std::min(retry_ * 2, config_.retry_most);
  static thread_local std::minstd_rand random{std::random_device{}()};
  const auto half = retry_.count() / 2;
  retry_at_ =
      clock_.monotonic() + std::chrono::milliseconds(half + std::uniform_int_distribution<int64_t>(0, half)(random));
}

/// One segment. False when there is nothing to make one of.
bool Uploader::make() {
  auto batch = journals_.next(config_.rows_max);
  if (!batch) {
    status_.spool_problem = batch.error().message();
    return false;
  }
  if (batch->rows > 0 && batch->rows < config_.rows_max && spool_.waiting().size() >= kPartialMax) {
    journals_.set_positions(spool_.positions());  // they stay in the journal for now
    read_ahead_.clear();
    return false;
  }
  auto ends = std::move(batch->ends);
  for (const auto& one : read_ahead_)
    if (ends.size() < kCoversMax) ends.insert(one);  // a file's newer end is there already
  read_ahead_.clear();
  status_.spool_problem.clear();
  if (batch->rows == 0) {
    read_ahead_ = std::move(ends);
    return batch->full;
  }
  if (auto ok = spool_.make(batch->records, batch->rows, ends); !ok) {
    status_.spool_problem = ok.error().message();
    journals_.set_positions(spool_.positions());  // read it again later
    return false;
  }
  ++status_.made;
  return batch->full;
}

void Uploader::keep_bound() {
  while (spool_.octets() > config_.spool_octets_max && spool_.waiting().size() + spool_.set_aside().size() > 1) {
    refusals_ = 0;
    if (auto ok = spool_.drop_oldest(); !ok) {
      status_.spool_problem = ok.error().message();
      return;
    }
  }
}

/// The first that waits. False when it is not to be tried again at once.
bool Uploader::deliver() {
  const Spooled segment = spool_.waiting().front();
  Carrier::Said said = carrier_.put(segment);
  if (hook_) hook_(Step::kPut);
  if (said.verdict == Verdict::kTaken) said = carrier_.file(segment);
  if (hook_) hook_(Step::kFiled);
  base::Result<void, Problem> noted;
  if (said.verdict == Verdict::kTaken) {
    ++status_.sent;
    status_.sent_rows += segment.rows;
    status_.last_sent = clock_.wall();
    status_.problem.clear();
    retry_ = {};
    refusals_ = 0;
    noted = spool_.taken();
  } else if (interrupted_) {
    return false;
  } else if (said.verdict == Verdict::kNotNow) {
    if (carrier_.another_site()) return true;
    failed(std::move(said.text));
    return false;
  } else {
    status_.refusal = fmt::format("{}.{}: {}", config_.node, segment.sequence, said.text);
    failed(said.text);
    if (++refusals_ < kRefusalsMax) return false;
    refusals_ = 0;
    noted = spool_.put_aside();
  }
  if (!noted) {
    failed(noted.error().message());
    return false;
  }
  return true;
}

bool Uploader::send() {
  if (interrupted_ || spool_.waiting().empty()) return false;
  if (clock_.monotonic() < retry_at_) return false;
  return deliver();
}

void Uploader::prune() {
  if (clock_.monotonic() < prune_at_) return;
  prune_at_ = clock_.monotonic() + kPruneEvery;
  if (config_.prune) {
    bool any = false;
    for (const std::string& file : journals_.finished(spool_.settled())) {
      if (::unlink(journals_.path_of(file).c_str()) != 0) continue;
      any = true;
      ++status_.journals_removed;
      if (hook_) hook_(Step::kJournalRemoved);
    }
    if (any && !base::sync_directory(config_.journals)) return;
  }
  const auto still = journals_.next(0);  // looks, and reads nothing
  if (still) spool_.forget([this](const std::string& file) { return !journals_.files().count(file); });
}

bool Uploader::step() {
  if (hurry_.exchange(false)) {
    retry_at_ = prune_at_ = {};
    spool_.try_again();
  }
  bool making = true, busy = true;
  for (unsigned done = 0; busy && done < kSegmentsPerStep && !interrupted_; ++done) {
    making = making && make();
    keep_bound();
    const bool sent = send();
    busy = making || sent;
    publish();
  }
  if (!busy) prune();
  publish();
  return busy && !interrupted_;
}

}  // namespace eir::sync::sightings
