// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/worker.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <random>

#include "appliance/alarms/texts.h"

namespace eir::appliance {
namespace {

constexpr std::chrono::milliseconds kTurn{50};
constexpr std::chrono::milliseconds kPeersPeriod{200};
constexpr std::chrono::hours kRecomputePeriod{24};
constexpr size_t kRecordsPerTurn = 200'000;  ///< so that a commit never waits for a flood of records

}  // namespace

Worker::Worker(Parts parts) : parts_(parts), watch_(parts.alarms, parts.clock) {}

Worker::~Worker() { stop(); }

base::Result<void, base::Problem> Worker::prepare(const NodeConfig& config) {
  config_ = config;
  if (const auto ok = log_.configure(config.transaction_log); !ok) return tl::unexpected(ok.error());
  if (!config.sightings.directory.empty()) {
    auto journal = sightings::Journal::open(config.sightings.directory, config.sightings.limits, parts_.clock);
    if (!journal) return tl::unexpected(journal.error());
    journal_ = std::move(*journal);
  }
  reader_ = store::Reader::open(config.replica_dir);
  see_replica();
  publish_basis();
  // Nodes that were started together do not recompute together.
  const auto spread = std::random_device()() % std::chrono::seconds(kRecomputePeriod).count();
  next_recompute_ = parts_.clock.monotonic() + std::chrono::seconds(spread);
  set_logging();
  configured_at_ = parts_.clock.wall();
  publish_board();
  return {};
}

void Worker::start() {
  thread_ = std::thread([this] { run(); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  stopping_ = true;
  thread_.join();
  while (drain_logs() + drain_sightings() > 0) {
  }
  delete pending_.exchange(nullptr);
}

bool Worker::commit(NodeConfig config, Committed done) {
  if (pending_.load()) return false;
  pending_.store(new Commit{std::move(config), std::move(done)});
  return true;
}

void Worker::run() {
  while (!stopping_) {
    turn();
    wait_for_bell();
  }
}

void Worker::turn() {
  // Out of its place before it is decided: whoever is told may hand over the next at once.
  if (const std::unique_ptr<Commit> commit{pending_.exchange(nullptr)}) take(*commit);
  const auto now = parts_.clock.monotonic();
  pollfd bell{reader_->bell(), POLLIN, 0};
  if (now >= next_poll_ || (bell.fd >= 0 && ::poll(&bell, 1, 0) > 0)) {
    poll_lists();
    next_poll_ = now + store::kPollInterval;
  }
  recompute_daily(now);
  drain_logs();
  drain_sightings();
  if (now >= next_peers_ && parts_.diameter.running()) {
    peers_ = parts_.diameter.peers();
    next_peers_ = now + kPeersPeriod;
    board_changed_ = true;
  }
  look();
  if (now >= next_minute_) {
    look_once_a_minute();
    next_minute_ = now + std::chrono::minutes(1);
  }
  board_changed_ |= parts_.alarms.drain(parts_.clock.wall(), [this](const Alarm& a, bool set) {
    const AlarmText& text = alarm_text(a.id);
    parts_.log(set, fmt::format("alarm {} {}{}{}{}{}", text.name, set ? "set" : "cleared",
                                a.subject.empty() ? "" : ": ", a.subject, a.detail.empty() ? "" : ", ", a.detail));
  });
  if (board_changed_) publish_board();
}

/// A turn's rest, or less when a writer rings.
void Worker::wait_for_bell() const {
  pollfd bell{reader_->bell(), POLLIN, 0};
  ::poll(&bell, bell.fd >= 0 ? 1 : 0, static_cast<int>(kTurn.count()));
}

/// Lists and policy go to the answering threads in one step.
void Worker::poll_lists() {
  const auto before = reader_->view();
  if (!reader_->poll()) return;
  replica_ = reader_->status();
  const bool policy = policy_.take(replica_.policy);
  if (policy || reader_->view() != before) publish_basis();
  note_served();
  board_changed_ = true;
}

void Worker::see_replica() {
  replica_ = reader_->status();
  policy_.take(replica_.policy);
}

void Worker::recompute_daily(base::MonotonicTime now) {
  if (now < next_recompute_) return;
  next_recompute_ = now + kRecomputePeriod;
  reader_->recompute();
}

void Worker::take(Commit& commit) {
  const auto problems = apply(commit.config);
  commit.done(commit.config, problems);
}

std::vector<base::Problem> Worker::apply(NodeConfig& config) {
  if (auto problems = validate(config); !problems.empty()) return problems;
  if (const auto ok = read_secrets(config); !ok) return {ok.error()};
  if (uses_diameter(config) != parts_.diameter.running())
    return {{"diameter", "listeners can be changed, but Diameter as a whole cannot be begun or ended: restart"}};
  if (const auto ok = TransactionLog::probe(config.transaction_log); !ok) return {ok.error()};
  std::unique_ptr<store::Reader> moved;
  if (config.replica_dir != config_.replica_dir) {
    moved = store::Reader::open(config.replica_dir);
    if (!moved->view() && reader_->view())
      return {{"eir replica", config.replica_dir + " holds nothing proven to serve, and there is something now"}};
  }
  const bool other_journal = config.sightings != config_.sightings;
  std::unique_ptr<sightings::Journal> journal;
  if (other_journal && !config.sightings.directory.empty()) {
    auto opened = sightings::Journal::open(config.sightings.directory, config.sightings.limits, parts_.clock);
    if (!opened) return {opened.error()};
    journal = std::move(*opened);
  }
  if (uses_diameter(config))
    if (auto ok = parts_.diameter.apply(config.diameter); !ok) return ok.error();
  config_ = config;
  configured_at_ = parts_.clock.wall();
  const auto ok = log_.configure(config_.transaction_log);
  log_problem_ = ok ? "" : ok.error().message();
  if (other_journal) {
    drain_sightings();
    journal_ = std::move(journal);
  }
  if (moved) {
    reader_ = std::move(moved);
    policy_ = {};
    see_replica();
  }
  publish_basis();
  set_logging();
  board_changed_ = true;
  next_minute_ = {};
  return {};
}

void Worker::publish_basis() {
  auto basis = std::make_unique<decision::Basis>();
  basis->settings = policy_.over(config_.settings);
  basis->lists = reader_->view();
  basis->latest = latest_;
  parts_.basis.publish(std::move(basis));
  note_served();
}

void Worker::note_served() {
  if (!journal_) return;
  sightings::Served served;
  served.at = std::chrono::floor<std::chrono::seconds>(parts_.clock.wall());
  served.policy = policy_.document() ? policy_.document()->number() : 0;
  if (replica_.serving)
    for (const auto& s : replica_.sources) served.sources.push_back({s.name, s.served, s.pinned, s.held()});
  journal_->add(served);
  journal_->flush();
}

void Worker::set_logging() {
  parts_.high_water.set_rate(config_.overload_rate);
  for (auto& a : parts_.answering) {
    a->log_white(config_.transaction_log.white);
    a->log_nothing(config_.transaction_log.path.empty());
    a->note_sightings(journal_ != nullptr);
  }
}

size_t Worker::drain_logs() {
  TransactionRecord r;
  size_t taken = 0;
  for (auto& a : parts_.answering)
    while (taken < kRecordsPerTurn && a->queue().pop(r)) {
      log_.write(r);
      ++taken;
    }
  if (taken > 0) {
    log_.flush();
    board_changed_ = true;
  }
  return taken;
}

size_t Worker::drain_sightings() {
  sightings::Sighting s;
  size_t taken = 0;
  for (auto& a : parts_.answering)
    while (taken < kRecordsPerTurn && a->sightings().pop(s)) {
      if (journal_) journal_->add(s);
      ++taken;
    }
  if (taken > 0 && journal_) {
    journal_->flush();
    board_changed_ = true;
  }
  return taken;
}

void Worker::look() {
  uint64_t faults = 0;
  uint64_t lost = log_.failed();
  uint64_t unseen = journal_ ? journal_->failed() : 0;
  for (const auto& a : parts_.answering) {
    const Ledger& l = a->ledger();
    lost += l.log_dropped.get();
    unseen += l.sightings_dropped.get();
    for (const auto& by_interface : l.answers)
      for (const auto& by_status : by_interface)
        faults += by_status[static_cast<size_t>(decision::Reason::kFault)].get();
  }
  watch_.counts(faults, lost, unseen);
  watch_.replica(config_.replica_dir, replica_, config_.stale_after);
  watch_.policy(policy_.refused_number(), policy_.problems());
  watch_.mode(policy_.over(config_.settings));
  watch_.wall_clock();
}

void Worker::look_once_a_minute() {
  if (!parts_.diameter.running()) return;
  watch_.certificates(parts_.diameter.certificates());
  watch_.peers(parts_.diameter.peers(), configured_at_);
}

void Worker::publish_board() {
  auto board = std::make_unique<StatusBoard>();
  board->replica = replica_;
  for (const auto& s : replica_.sources) {
    const auto source = reader_->source(s.name);
    board->overlay_keys.push_back(source ? source->overlay_keys() : 0);
  }
  board->recomputed = reader_->recomputed();
  board->settings = policy_.over(config_.settings);
  board->policy = policy_.document();
  board->policy_problems = policy_.problems();
  board->alarms = parts_.alarms.active();
  if (parts_.diameter.running()) board->certificates = parts_.diameter.certificates();
  board->peers = peers_;
  board->log_written = log_.written();
  board->log_failed = log_.failed();
  board->log_problem = log_problem_;
  if (journal_) {
    board->noting_sightings = true;
    board->sightings_written = journal_->written();
    board->sightings_repeated = journal_->repeated();
    board->sightings_failed = journal_->failed();
    board->sightings_files_removed = journal_->removed();
    board->sightings_problem = journal_->problem();
  }
  board->versions_taken = reader_->counters().versions_taken.get();
  board->versions_refused = reader_->counters().versions_refused.get();
  board->overlay_full = reader_->counters().overlay_full.get();
  parts_.board.publish(std::move(board));
  board_changed_ = false;
}

}  // namespace eir::appliance
