// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/sites.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <tuple>

namespace eir::appliance::cdbd {

using base::Problem;
namespace stream = sync::stream;

namespace {

/// The port of the registry over TLS.
class TlsLink final : public registry::StreamLink {
 public:
  explicit TlsLink(stream::Link& link) : link_(link) {}
  base::Result<std::string, Problem> exchange(std::string_view ask, std::chrono::milliseconds most) override {
    return link_.exchange(ask, most);
  }

 private:
  stream::Link& link_;
};

}  // namespace

std::vector<Problem> problems_of(const SitesConfig& c) {
  std::vector<Problem> problems;
  const auto wrong = [&](const std::string& where, std::string text) { problems.push_back({where, std::move(text)}); };
  if (c.name.empty() || c.name.size() > registry::kSiteNameMax) wrong("site name", "1 to 64 characters");
  if (c.peers.size() > kPeersMax) wrong("site peer", fmt::format("at most {}", kPeersMax));
  std::set<std::string> names{c.name}, certificates;
  for (const PeerSite& peer : c.peers) {
    const std::string where = fmt::format("site peer {}", peer.name);
    if (!names.insert(peer.name).second) wrong(where, "another site has that name");
    if (peer.fingerprint.size() != 64 || !base::hash_from_hex(peer.fingerprint))
      wrong(where, "the fingerprint is 64 hexadecimal digits, the SHA-256 of the certificate");
    else if (!certificates.insert(peer.fingerprint).second)
      wrong(where, "another site has that certificate");
  }
  return problems;
}

Sites::Sites(registry::Registry& registry, const base::Clock& clock, SitesConfig config)
    : registry_(registry),
      config_(std::move(config)),
      source_(registry, config_.name, fmt::format("{}/copies", config_.directory), clock),
      follower_(registry, config_.name, config_.directory) {}

base::Result<std::unique_ptr<Sites>, Problem> Sites::open(registry::Registry& registry, const base::Clock& clock,
                                                          SitesConfig config) {
  if (auto problems = problems_of(config); !problems.empty()) return tl::unexpected(problems.front());
  sync::epp::Problems problems;
  auto serves = tls::make_context(tls::Side::kServer, config.tls, problems);
  auto asks = tls::make_context(tls::Side::kClient, config.tls, problems);
  if (!serves || !asks) return tl::unexpected(problems.front());
  std::unique_ptr<Sites> s(new Sites(registry, clock, std::move(config)));
  const auto known = [raw = s.get()](const std::string& fingerprint) {
    for (const PeerSite& peer : raw->config_.peers)
      if (peer.fingerprint == fingerprint) return peer.name;
    return std::string();
  };
  const auto handle = [raw = s.get()](const std::string& site, std::string_view question) {
    return raw->source_.handle(site, question);
  };
  auto server = stream::Server::open({s->config_.address, s->config_.port}, std::move(serves), known, handle);
  if (!server) return tl::unexpected(server.error());
  s->server_ = std::move(*server);
  for (const PeerSite& peer : s->config_.peers) {
    auto& watched = s->peers_.emplace_back(std::make_unique<Watched>());
    watched->config = peer;
    watched->seen.name = peer.name;
    stream::LinkConfig link;
    link.name = peer.name;
    link.host = peer.host;
    link.port = peer.port;
    link.fingerprint = peer.fingerprint;
    watched->look = std::make_unique<stream::Link>(link, asks);
    watched->follow = std::make_unique<stream::Link>(link, asks);
  }
  for (auto& peer : s->peers_) peer->thread = std::thread([raw = s.get(), p = peer.get()] { raw->watch(*p); });
  s->thread_ = std::thread([raw = s.get()] { raw->follow(); });
  return s;
}

Sites::~Sites() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (auto& peer : peers_) {
    peer->look->interrupt();
    peer->follow->interrupt();
  }
  for (auto& peer : peers_)
    if (peer->thread.joinable()) peer->thread.join();
  if (thread_.joinable()) thread_.join();
  server_.reset();
}

base::Result<void, sync::epp::Problems> Sites::renew_certificates() {
  sync::epp::Problems problems;
  auto serves = tls::make_context(tls::Side::kServer, config_.tls, problems);
  auto asks = tls::make_context(tls::Side::kClient, config_.tls, problems);
  if (!serves || !asks) return tl::unexpected(std::move(problems));
  server_->renew(std::move(serves));
  for (const auto& peer : peers_) {
    peer->look->renew(asks);
    peer->follow->renew(asks);
  }
  return {};
}

bool Sites::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, time, [this] { return stop_; });
}

void Sites::watch(Watched& peer) {
  TlsLink link(*peer.look);
  do {
    auto state = follower_.state(link);
    if (state) {
      const registry::Registry::Status own = registry_.status();
      if (state->epoch > std::max(own.epoch, own.heard_epoch) || (own.active && state->epoch > own.epoch))
        (void)registry_.step_down(state->epoch, fmt::format("site {} is of epoch {}, above our {}: this site follows",
                                                            peer.config.name, state->epoch, own.epoch));
    }
    const std::lock_guard lock(mutex_);
    peer.seen.reachable = state.has_value();
    peer.seen.problem = state ? std::string() : state.error().message();
    if (state) peer.seen.state = std::move(*state);
  } while (pause(config_.look_interval));
}

/// Whom to follow: the latest epoch first, in it the active site, else one that has more than we have.
Sites::Watched* Sites::best() {
  const registry::Registry::Status own = registry_.status();
  Watched* best = nullptr;
  const auto rank = [](const Watched& w) {
    return std::tuple(w.seen.state.epoch, w.seen.state.active, w.seen.state.block);
  };
  const std::lock_guard lock(mutex_);
  for (const auto& peer : peers_) {
    const registry::SiteState& state = peer->seen.state;
    if (!peer->seen.reachable || state.epoch < own.epoch || (!state.active && state.block <= own.block)) continue;
    if (!best || rank(*peer) > rank(*best)) best = peer.get();
  }
  following_ = best ? best->config.name : std::string();
  if (!best) problem_ = "no other site is active, or ahead of this one";
  return best;
}

void Sites::follow() {
  do {
    while (!registry_.status().active) {
      Watched* peer = best();
      if (!peer) break;
      TlsLink link(*peer->follow);
      const auto step = follower_.step(link, config_.wait);
      const std::lock_guard lock(mutex_);
      problem_ = step ? std::string() : step.error().message();
      if (!step || stop_) break;
    }
    const std::lock_guard lock(mutex_);
    if (registry_.status().active) {
      following_.clear();
      problem_.clear();
    }
  } while (pause(config_.look_interval));
}

Sites::Status Sites::status() const {
  Status out;
  out.name = config_.name;
  out.own = registry_.status();
  {
    const std::lock_guard lock(mutex_);
    for (const auto& peer : peers_) out.peers.push_back(peer->seen);
    out.following = following_;
    out.problem = problem_;
  }
  for (const Peer& peer : out.peers) {
    if (peer.reachable && peer.state.active && out.own.active && peer.state.epoch == out.own.epoch)
      out.two_active = true;
    if (peer.name == out.following && peer.state.block > out.own.block) out.behind = peer.state.block - out.own.block;
  }
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(config_.directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(kLostPrefix) && name.ends_with(".txt")) out.lost.push_back(name);
  }
  std::sort(out.lost.begin(), out.lost.end());
  return out;
}

void tell_alarms(StandingAlarms& alarms, const Sites::Status& before, const Sites::Status& now) {
  using Wrong = StandingAlarms::Wrong;
  const auto tell = [&](base::AlarmId id, bool wrong, std::string detail) {
    alarms.now_wrong(id, wrong ? Wrong{{"", std::move(detail)}} : Wrong{});
  };
  const registry::Registry::Status& own = now.own;
  tell(base::AlarmId::kSiteAlone, own.alone, fmt::format("epoch {}", own.epoch));
  tell(base::AlarmId::kSitesBothActive, now.two_active, fmt::format("epoch {}", own.epoch));
  tell(base::AlarmId::kSiteNotFollowing, !own.active && !now.problem.empty(), now.problem);
  // A moment's delay is none: what waits, waits longer than between two looks.
  const auto waits = [](const registry::Registry::Status& s) {
    return s.active && s.sync && !s.alone && s.acknowledged < s.block;
  };
  tell(base::AlarmId::kStandbyMissing, waits(own) && waits(before.own) && own.acknowledged == before.own.acknowledged,
       fmt::format("block {} of {}", own.acknowledged, own.block));
  Wrong down, lost;
  for (const Sites::Peer& peer : now.peers)
    if (!peer.reachable && !peer.problem.empty()) down[peer.name] = peer.problem;
  for (const std::string& file : now.lost) lost[file];
  alarms.now_wrong(base::AlarmId::kPeerSiteDown, down);
  alarms.now_wrong(base::AlarmId::kCommandsLost, lost);
}

std::string to_text(const Sites::Status& s) {
  const auto role = [](bool active) { return active ? "active" : "following"; };
  std::string out = fmt::format("site {}: {}, epoch {}, block {}, version {}.{}\n", s.name, role(s.own.active),
                                s.own.epoch, s.own.block, s.own.version.epoch, s.own.version.number);
  out += fmt::format("  standby-sync {}, alone {}; a second site has block {}; {} commands wait for one\n",
                     s.own.sync ? "on" : "off", s.own.alone ? "on" : "off", s.own.acknowledged, s.own.held);
  if (!s.own.active)
    out += s.following.empty() ? fmt::format("  follows nobody: {}\n", s.problem)
                               : fmt::format("  follows {}, {} blocks behind{}{}\n", s.following, s.behind,
                                             s.problem.empty() ? "" : ": ", s.problem);
  if (s.two_active) out += "  another site is active in the same epoch: promote the one whose state is to stand\n";
  for (const std::string& file : s.lost) out += fmt::format("  commands were lost: see {}\n", file);
  for (const Sites::Peer& peer : s.peers) {
    if (!peer.reachable)
      out += fmt::format("peer {}: not reached: {}\n", peer.name, peer.problem);
    else
      out += fmt::format("peer {}: {}, epoch {}, block {}\n", peer.name, role(peer.state.active), peer.state.epoch,
                         peer.state.block);
  }
  return out;
}

}  // namespace eir::appliance::cdbd
