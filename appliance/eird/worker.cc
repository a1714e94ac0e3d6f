// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/worker.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace eir::appliance {
namespace {

using base::AlarmId;

constexpr std::chrono::milliseconds kTurn{50};  ///< four turns for each look at the replica
constexpr std::chrono::days kCertificateWarning{30};
constexpr std::chrono::milliseconds kPeersPeriod{200};
constexpr std::chrono::minutes kPeerGrace{1};  ///< for a configured peer to connect after the start
constexpr size_t kRecordsPerTurn = 200'000;

}  // namespace

Worker::Worker(Parts parts) : parts_(parts) {}

Worker::~Worker() { stop(); }

base::Result<void, base::Problem> Worker::prepare(const NodeConfig& config) {
  config_ = config;
  if (const auto ok = log_.configure(config.transaction_log); !ok) return tl::unexpected(ok.error());
  open_lists();
  publish_basis();
  set_logging();
  watch_mode();
  last_wall_ = configured_at_ = parts_.clock.wall();
  last_monotonic_ = parts_.clock.monotonic();
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
  drain_logs();
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
    std::this_thread::sleep_for(kTurn);
  }
}

void Worker::turn() {
  if (Commit* c = pending_.load()) {
    take(*c);
    delete c;
    pending_.store(nullptr);
  }
  static_assert(store::kPollInterval >= kTurn);
  const auto before = reader_->view();
  if (reader_->poll()) {
    if (reader_->view() != before) publish_basis();
    board_changed_ = true;
  }
  drain_logs();
  watch_counts();
  if (parts_.clock.monotonic() >= next_minute_) {
    watch_once_a_minute();
    next_minute_ = parts_.clock.monotonic() + std::chrono::minutes(1);
  }
  board_changed_ |= parts_.alarms.drain(parts_.clock.wall(), [this](const Alarm& a, bool set) {
    const AlarmText& text = alarm_text(a.id);
    parts_.log(set, fmt::format("alarm {} {}{}{}{}{}", text.name, set ? "set" : "cleared",
                                a.subject.empty() ? "" : ": ", a.subject, a.detail.empty() ? "" : ", ", a.detail));
  });
  if (parts_.clock.monotonic() >= next_peers_ && parts_.diameter.running()) {
    peers_ = parts_.diameter.peers();
    next_peers_ = parts_.clock.monotonic() + kPeersPeriod;
    board_changed_ = true;
  }
  if (board_changed_) publish_board();
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
  TransactionLog probe;
  if (const auto ok = probe.configure(config.transaction_log); !ok) return {ok.error()};
  if (uses_diameter(config))
    if (auto ok = parts_.diameter.apply(config.diameter); !ok) return ok.error();
  const bool moved = config.replica_dir != config_.replica_dir;
  config_ = config;
  configured_at_ = parts_.clock.wall();
  const auto ok = log_.configure(config_.transaction_log);
  log_problem_ = ok ? "" : ok.error().message();
  if (moved) open_lists();
  publish_basis();
  set_logging();
  watch_mode();
  next_minute_ = {};
  return {};
}

void Worker::open_lists() {
  reader_ = store::Reader::open(config_.replica_dir);
  board_changed_ = true;
}

void Worker::publish_basis() {
  auto basis = std::make_unique<decision::Basis>();
  basis->settings = config_.settings;
  basis->lists = reader_->view();
  parts_.basis.publish(std::move(basis));
}

void Worker::set_logging() {
  parts_.high_water.set_rate(config_.overload_rate);
  for (auto& a : parts_.answering) {
    a->log_white(config_.transaction_log.white);
    a->log_nothing(config_.transaction_log.path.empty());
  }
}

void Worker::drain_logs() {
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
}

void Worker::growth_alarm(RecentGrowth& g, uint64_t count, AlarmId id, std::string_view detail) {
  const auto now = parts_.clock.monotonic();
  if (count > g.last) {
    g.until = now + std::chrono::minutes(1);
    g.last = count;
    if (!g.set) parts_.alarms.set(id, "", detail);
    g.set = true;
  } else if (g.set && now >= g.until) {
    parts_.alarms.clear(id, "");
    g.set = false;
  }
}

void Worker::watch_counts() {
  uint64_t faults = 0;
  uint64_t dropped = log_.failed();
  for (const auto& a : parts_.answering) {
    const Ledger& l = a->ledger();
    dropped += l.log_dropped.get();
    for (const auto& by_status : l.answers)
      for (const auto& by_reason : by_status) faults += by_reason[static_cast<size_t>(decision::Reason::kFault)].get();
  }
  growth_alarm(faults_, faults, AlarmId::kFaultAnswers, "fault answers were given");
  growth_alarm(dropped_, dropped, AlarmId::kLogDropped, "transaction log records were lost");

  const bool none = !reader_->view();
  if (none != no_lists_) {
    if (none)
      parts_.alarms.set(AlarmId::kNoLists, config_.replica_dir, "nothing proven to serve");
    else
      parts_.alarms.clear(AlarmId::kNoLists, config_.replica_dir);
    no_lists_ = none;
  }
  const auto wall = parts_.clock.wall();
  const auto monotonic = parts_.clock.monotonic();
  const auto drift = (wall - last_wall_) -
                     std::chrono::duration_cast<std::chrono::system_clock::duration>(monotonic - last_monotonic_);
  if (drift < -std::chrono::minutes(1))
    parts_.alarms.set(AlarmId::kClockStepped, "",
                      fmt::format("by {} s", std::chrono::duration_cast<std::chrono::seconds>(-drift).count()));
  last_wall_ = wall;
  last_monotonic_ = monotonic;
}

void Worker::watch_once_a_minute() {
  if (!parts_.diameter.running()) return;
  for (const auto& c : parts_.diameter.certificates()) {
    const auto left = std::chrono::duration_cast<std::chrono::days>(c.not_after - parts_.clock.wall());
    if (c.not_after - parts_.clock.wall() <= kCertificateWarning)
      parts_.alarms.set(AlarmId::kCertificateEnding, c.file,
                        fmt::format("{} ends in {} days", c.subject, left.count()));
    else
      parts_.alarms.clear(AlarmId::kCertificateEnding, c.file);
  }
  // A peer that lost its connection is told by Diameter at once; one that never came, here.
  for (const auto& p : peers_)
    if (p.configured && !p.blocked && p.state == diameter::peer::PeerState::kDown &&
        parts_.clock.wall() - std::max(p.since, configured_at_) >= kPeerGrace)
      parts_.alarms.set(AlarmId::kPeerDown, p.origin_host, "not connected");
  board_changed_ = true;
}

void Worker::watch_mode() {
  const auto& s = config_.settings;
  if (s.override_status)
    parts_.alarms.set(AlarmId::kOverrideOn, "", fmt::format("everybody is {}", to_string(*s.override_status)));
  else
    parts_.alarms.clear(AlarmId::kOverrideOn, "");
  if (s.observe.any())
    parts_.alarms.set(AlarmId::kObserveOn, "", s.observe.node ? "the whole node" : "some askers");
  else
    parts_.alarms.clear(AlarmId::kObserveOn, "");
}

void Worker::publish_board() {
  auto board = std::make_unique<StatusBoard>();
  board->replica = reader_->status();
  std::vector<std::string> refused;
  for (const auto& p : board->replica.problems) {
    refused.push_back(p.where.empty() ? "replica" : p.where);
    if (board->replica.serving) parts_.alarms.set(AlarmId::kVersionRefused, refused.back(), p.text);
  }
  for (const auto& gone : refused_versions_)
    if (std::find(refused.begin(), refused.end(), gone) == refused.end())
      parts_.alarms.clear(AlarmId::kVersionRefused, gone);
  refused_versions_ = std::move(refused);
  board->alarms = parts_.alarms.active();
  if (parts_.diameter.running()) board->certificates = parts_.diameter.certificates();
  board->peers = peers_;
  board->log_written = log_.written();
  board->log_failed = log_.failed();
  board->log_problem = log_problem_;
  parts_.board.publish(std::move(board));
  board_changed_ = false;
}

}  // namespace eir::appliance
