// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/follow/follow.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/feed/manifest.h"

namespace eir::sync::follow {
namespace {

using base::Problem;
using base::problem;
using lists::Version;

constexpr std::chrono::milliseconds kReplicaRetryMin{100}, kReplicaRetryMax{5'000};
constexpr std::chrono::milliseconds kPullRetryMin{500}, kPullRetryMax{15'000};
constexpr std::chrono::seconds kLongest{3600};  ///< of one wait

}  // namespace

WithWriter writer_of(std::string directory, std::string program, store::Judge* judge) {
  return [directory = std::move(directory), program = std::move(program),
          judge](const Use& use) -> base::Result<void, Problem> {
    auto writer = store::Writer::open(directory, program);
    if (!writer) return tl::unexpected(writer.error());
    (*writer)->set_judge(judge);
    return use(**writer);
  };
}

Follow::Follow(FollowConfig config, Parts parts)
    : config_(std::move(config)),
      parts_(std::move(parts)),
      sites_(config_.sites, {parts_.messages, parts_.clock, interrupt_.fd()}),
      feed_(parts_.fetch, config_.spool),
      follower_({feed_, parts_.key, parts_.clock}),
      pull_backoff_(kPullRetryMin, kPullRetryMax),
      replica_backoff_(kReplicaRetryMin, kReplicaRetryMax),
      said_at_(parts_.clock.monotonic()) {
  shown_.sites = sites_.status();
}

Follow::~Follow() { stop(); }

void Follow::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
}

void Follow::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  interrupt_.set();
  if (parts_.interrupt_fetch) parts_.interrupt_fetch();
  if (thread_.joinable()) thread_.join();
  std::deque<Push> left;
  {
    const std::lock_guard lock(mutex_);
    left.swap(pushes_);
  }
  for (Push& push : left) push.done({PushAnswer::Kind::kPulling, holding_});
}

void Follow::look() {
  {
    const std::lock_guard lock(mutex_);
    look_ = true;
  }
  wake_.notify_all();
}

void Follow::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto left = std::chrono::ceil<Millis>(next_turn() - now());
      idle_ = true;
      if (left > Millis{0})
        wake_.wait_for(lock, std::min<Millis>(left, kLongest),
                       [this] { return stop_ || look_ || hint_ || !pushes_.empty(); });
      idle_ = false;
      if (stop_) return;
      if (hint_ || look_) ask_at_ = {};
      if (look_) {
        urgent_at_ = pull_at_ = {};
        sites_.try_now();
      }
      hint_ = look_ = false;
    }
    turn();
    publish();
  }
}

base::MonotonicTime Follow::next_turn() const {
  if (!known_) return pull_at_;
  auto next = sites_.next_try().value_or(now() + kLongest);
  if (sites_.current()) next = std::min({next, poll_at_, urgent_at_, std::max(ask_at_, pull_at_)});
  return next;
}

bool Follow::pause(Millis time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stop_; });
  return !stop_;
}

void Follow::turn() {
  if (!known_ && !know()) return;
  take_pushes();
  connect();
  if (sites_.current() && now() >= urgent_at_) ask_urgent();
  if (sites_.current() && now() >= std::max(ask_at_, pull_at_)) ask();
  if (sites_.current() && now() >= poll_at_) poll();
}

/// Reads where the replica stands. Nothing is asked for before that is known.
bool Follow::know() {
  auto done = parts_.with_writer([this](store::Writer& writer) { return read_holding(writer); });
  known_ = done.has_value();
  problem_ = done ? std::string() : done.error().message();
  if (known_) {
    replica_backoff_.reset();
    pull_at_ = {};
  } else {
    counters_.writer_busy.add();
    pull_at_ = now() + replica_backoff_.next();
  }
  publish();
  return known_;
}

base::Result<void, Problem> Follow::read_holding(store::Writer& writer) {
  const auto status = writer.status();
  if (!status) return tl::unexpected(status.error());
  for (const auto& [chain, to] : {std::pair(feed::kCentre, &holding_), std::pair(feed::kUrgent, &urgent_)}) {
    const auto newest = writer.newest_manifest(chain);
    if (!newest) return tl::unexpected(newest.error());
    Holding holding;
    if (*newest) {
      holding.version = (*newest)->version;
      holding.manifest = (*newest)->sha256();
    }
    for (const store::SourceInfo& s : status->sources)
      if (s.name == chain) holding.repair = s.repair;
    *to = holding;
  }
  return {};
}

void Follow::connect() {
  const auto at = sites_.next_try();
  if (!at || now() < *at) return;
  auto word = sites_.connect(feed_, holding_);
  if (!word) return;
  counters_.logins.add();
  counters_.asked.add();
  pull_failures_ = 0;
  poll_at_ = urgent_at_ = pull_at_ = {};
  ask_at_ = now() + config_.info_interval;
  spoke_at_ = now();
  if (heard(*word)) pull(std::move(*word));
}

void Follow::session_failed(const std::string& why) {
  counters_.sessions_lost.add();
  feed_.clear();
  sites_.failed(why);
}

/// False when the session is over.
bool Follow::heard(const Word& word) {
  newest_ = std::max(newest_, word.newest);
  if (sites_.heard(word)) return true;
  feed_.clear();
  return false;
}

/// False when the session is over.
bool Follow::ask() {
  counters_.asked.add();
  ask_at_ = now() + config_.info_interval;
  auto word = feed_.ask(*sites_.client(), sites_.name(), holding_);
  if (!word) {
    session_failed(word.error().message());
    return false;
  }
  spoke_at_ = now();
  if (!heard(*word)) return false;
  pull(std::move(*word));
  return sites_.current().has_value();
}

/// The urgent chain is asked for as often, and never in the way of the other. False when the session is over, the
/// site would not say, or something newer was offered that could not be stored.
bool Follow::ask_urgent() {
  counters_.asked.add();
  urgent_at_ = now() + config_.info_interval;
  const auto word = feed_.ask(*sites_.client(), sites_.name(), urgent_, feed::kUrgent);
  if (!word) {
    session_failed(word.error().message());
    return false;
  }
  spoke_at_ = now();
  if (word->kind == Word::Kind::kRefused) sites_.complain(word->why);
  const bool settled = word->kind == Word::Kind::kOffer ? take_urgent() : word->kind != Word::Kind::kRefused;
  feed_.clear();
  return settled;
}

/// True when it is stored, or will never be: then the replica says why it was refused.
bool Follow::take_urgent() {
  feed::StepReport report;
  auto done = feed_.bring();
  if (done) done = commit(report, config_.writer_wait);
  if (!done) {
    counters_.pulls_failed.add();
    problem_ = done.error().message();
    return false;
  }
  counters_.urgent_taken.add(report.taken.size());
  note(report);
  return true;
}

/// Takes what is offered, and asks on until the newest is here.
void Follow::pull(Word word) {
  for (unsigned n = 0; n < kPullsInARow; ++n) {
    if (word.kind == Word::Kind::kRefused) return pull_failed(word.why);
    if (word.kind != Word::Kind::kOffer) break;
    step(Step::kOffered);
    if (auto brought = feed_.bring(); !brought) return pull_failed(brought.error().message());
    const Holding before = holding_;
    feed::StepReport report;
    const auto done = commit(report, config_.writer_wait);
    feed_.clear();
    if (!done) return pull_failed(done.error().message());
    note(report);
    publish();
    if (holding_ == before) {
      const auto refused = refused_.find(feed::kCentre);
      return pull_failed(refused == refused_.end() ? "the version offered was not taken" : refused->second.detail);
    }
    if (holding_.version != before.version || !holding_.repair) {
      pull_failures_ = 0;
      pull_backoff_.reset();
      if (holding_.version >= word.newest && !holding_.repair) break;
    }
    counters_.asked.add();
    auto next = feed_.ask(*sites_.client(), sites_.name(), holding_);
    if (!next) return session_failed(next.error().message());
    spoke_at_ = now();
    if (!heard(*next)) return;
    word = std::move(*next);
  }
  feed_.clear();
  pull_failures_ = 0;
  pull_at_ = {};
  pull_backoff_.reset();
  problem_.clear();
}

/// It is tried again after a while, and after some failures with another site.
void Follow::pull_failed(const std::string& why) {
  feed_.clear();
  counters_.pulls_failed.add();
  problem_ = why;
  sites_.complain(why);
  pull_at_ = ask_at_ = now() + pull_backoff_.next();
  if (++pull_failures_ < kPullFailuresMax || sites_.size() < 2) return;
  pull_failures_ = 0;
  sites_.turn_away(why);
}

/// Hands over what is offered, under the replica's lock. Errors: the lock is not to be had in time, the replica.
base::Result<void, Problem> Follow::commit(feed::StepReport& report, Millis wait) {
  const auto until = now() + wait;
  replica_backoff_.reset();
  for (;;) {
    bool had = false;
    const auto done = parts_.with_writer([&](store::Writer& writer) -> base::Result<void, Problem> {
      had = true;
      auto stepped = follower_.step(writer);
      if (stepped) report = std::move(*stepped);
      if (auto read = read_holding(writer); !read) return read;
      if (!stepped) return tl::unexpected(stepped.error());
      return {};
    });
    if (done || had) return done;
    counters_.writer_busy.add();
    const Millis next = replica_backoff_.next();
    if (now() + next > until || !pause(next)) return done;
  }
}

void Follow::note(const feed::StepReport& report) {
  for (const auto& took : report.taken) {
    counters_.taken.add();
    if (took.taken.held) counters_.held.add();
    refused_.erase(took.source);
  }
  for (const auto& r : report.refused) {
    counters_.refused.add();
    refused_[r.source] = r.refused;
  }
  if (!report.taken.empty()) step(Step::kCommitted);
}

void Follow::poll() {
  poll_at_ = now() + config_.poll_interval;
  for (unsigned n = 0; n < kMessagesPerTurn; ++n) {
    counters_.polls.add();
    const auto message = sites_.client()->ask(epp::Poll{});
    if (!message) return session_failed(message.error().message());
    spoke_at_ = now();
    if (message->code == epp::ResultCode::kNoMessages) {
      sites_.heard_nothing_new();
      break;
    }
    if (message->code != epp::ResultCode::kMessage || !message->queue) {
      const std::string why = fmt::format("poll: {} {}", epp::number(message->code), message->message);
      return epp::ends_session(message->code) ? session_failed(why) : sites_.complain(why);
    }
    counters_.messages.add();
    if (!take_message(*message) || !acknowledge(message->queue->id)) return;
  }
  if (now() - spoke_at_ < config_.keep_alive) return;
  if (const auto greeting = sites_.client()->hello(); !greeting) return session_failed(greeting.error().message());
  spoke_at_ = now();
}

/// True when it may be acknowledged: whatever it says is durable here.
bool Follow::take_message(const epp::Reply& message) {
  const auto* news = std::get_if<epp::version::News>(&message.data);
  const auto newest = news ? version_of(news->newest) : std::nullopt;
  if (newest && news->list == feed::kUrgent) return urgent_.version >= *newest || ask_urgent();
  if (!news || news->list != feed::kCentre || !newest) {
    if (parts_.other_message) parts_.other_message(message);
    return true;
  }
  if (newest->epoch < holding_.version.epoch) {
    heard({Word::Kind::kLowerEpoch, *newest, fmt::format("its newest version is {}", newest->str())});
    return false;
  }
  // An older one is of a site that is behind; what it holds is ours already.
  if (*newest >= std::max(newest_, holding_.version)) heard({Word::Kind::kNewest, *newest, {}});
  if (holding_.version < *newest && (now() < pull_at_ || !ask())) return false;
  return holding_.version >= *newest;
}

bool Follow::acknowledge(const std::string& id) {
  const auto reply = sites_.client()->ask(epp::Poll{true, id});
  if (!reply) {
    session_failed(reply.error().message());
    return false;
  }
  spoke_at_ = now();
  // 2303: a newer one has taken its place meanwhile.
  if (!epp::succeeded(reply->code)) return reply->code == epp::ResultCode::kNoObject;
  counters_.acknowledged.add();
  step(Step::kAcknowledged);
  return true;
}

}  // namespace eir::sync::follow
