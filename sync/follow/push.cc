// SPDX-License-Identifier: GPL-3.0-or-later
// What comes by itself, and what others see.
#include <algorithm>

#include "core/feed/manifest.h"
#include "sync/follow/follow.h"

namespace eir::sync::follow {

using lists::Version;

namespace {

/// A push's sender waits for the answer: another writer of the replica is waited for no longer.
constexpr std::chrono::milliseconds kPushWriterWait{500};

}  // namespace

void Follow::push(const epp::version::Manifest& manifest, Pushed done) {
  counters_.pushes.fetch_add(1, std::memory_order_relaxed);
  const auto to = version_of(manifest.to);
  auto offer = offer_of(manifest);
  PushAnswer answer;
  {
    const std::lock_guard lock(mutex_);
    answer.holding = shown_.holding;
    if (manifest.list != feed::kCentre || !to) {
      answer.kind = PushAnswer::Kind::kUnknown;
      counters_.pushes_refused.fetch_add(1, std::memory_order_relaxed);
    } else if (to->epoch < shown_.holding.version.epoch) {
      answer.kind = PushAnswer::Kind::kLowerEpoch;
      counters_.pushes_refused.fetch_add(1, std::memory_order_relaxed);
    } else if (shown_.known && *to <= shown_.holding.version) {
      answer.kind = PushAnswer::Kind::kHeld;
      counters_.pushes_held.fetch_add(1, std::memory_order_relaxed);
    } else {
      answer.kind = PushAnswer::Kind::kPulling;
      const bool whole = offer && offer->data && shown_.known && !stop_;
      const bool room = idle_ && pushes_.size() < kPushesMax;
      if (whole && room) {
        pushes_.push_back({std::move(*offer), std::move(done)});
        done = nullptr;
      } else {
        if (whole) counters_.pushes_over.fetch_add(1, std::memory_order_relaxed);
        counters_.pushes_hinted.fetch_add(1, std::memory_order_relaxed);
        hint_ = true;
      }
    }
  }
  wake_.notify_all();
  if (done) done(answer);
}

/// Whether it is signed and leads on from what is held. The rest is the writer's to prove; what does not fit is no
/// reason to think the chain broken.
bool Follow::fits(const Offer& offer) const {
  if (holding_.repair || !offer.data) return false;
  const auto manifest = feed::read_manifest(feed::kCentre, offer.manifest);
  if (!manifest || manifest->version != offer.version) return false;
  if (manifest->full() || manifest->base != holding_.version || manifest->previous_sha256 != holding_.manifest)
    return false;
  return base::Sha256::of(*offer.data) == manifest->data_sha256 &&
         parts_.key.verify(offer.manifest.text, offer.manifest.signature);
}

void Follow::take_pushes() {
  for (;;) {
    std::deque<Push> next;
    {
      const std::lock_guard lock(mutex_);
      if (pushes_.empty()) return;
      next.push_back(std::move(pushes_.front()));
      pushes_.pop_front();
    }
    Push& push = next.front();
    const Version to = push.offer.version;
    if (holding_.version < to && fits(push.offer)) {
      feed_.hand(std::move(push.offer), "push");
      feed::StepReport report;
      const auto done = commit(report, kPushWriterWait);
      feed_.clear();
      if (!done) problem_ = done.error().message();
      note(report);
      if (!report.taken.empty()) counters_.pushes_taken.add();
    } else if (holding_.version < to) {
      counters_.pushes_unfit.add();
    }
    newest_ = std::max(newest_, holding_.version);
    publish();
    const bool held = holding_.version >= to;
    if (!held) ask_at_ = {};
    push.done({held ? PushAnswer::Kind::kHeld : PushAnswer::Kind::kPulling, holding_});
  }
}

void Follow::publish() {
  auto sites = sites_.status();
  counters_.lower_epochs.set(sites_.lower_epochs());
  const std::lock_guard lock(mutex_);
  shown_.holding = holding_;
  shown_.urgent = urgent_;
  shown_.known = known_;
  shown_.newest = newest_;
  shown_.followed = sites_.current();
  shown_.problem = problem_;
  shown_.refused = refused_;
  for (const SiteStatus& site : sites)
    if (site.said_at) said_at_ = std::max(said_at_, *site.said_at);
  shown_.sites = std::move(sites);
  if (holding_.version >= newest_) {
    behind_since_.reset();
  } else if (!behind_since_) {
    behind_since_ = now();
  }
}

FollowStatus Follow::status() const {
  const std::lock_guard lock(mutex_);
  FollowStatus out = shown_;
  const auto at = parts_.clock.monotonic();
  out.idle = idle_;
  out.silent_for = std::chrono::floor<Millis>(at - said_at_);
  if (behind_since_) out.behind_for = std::chrono::floor<Millis>(at - *behind_since_);
  return out;
}

}  // namespace eir::sync::follow
