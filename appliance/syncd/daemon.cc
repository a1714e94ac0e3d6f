// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/daemon.h"

#include <fmt/format.h>

#include <filesystem>

#include "appliance/alarms/texts.h"
#include "appliance/syncd/console.h"
#include "appliance/syncd/metrics.h"
#include "appliance/syncd/watch.h"
#include "appliance/vty/command.h"
#include "core/feed/signature.h"
#include "sync/transfer/server.h"

extern "C" {
#include <osmocom/vty/telnet_interface.h>
}

namespace eir::appliance::syncd {
namespace {

using base::Problem;
using Done = base::Result<void, Problem>;

constexpr int kVtyPort = 4293;
constexpr std::chrono::milliseconds kLook{500};
constexpr unsigned kLooksPerCertificate = 120;  ///< files are read once a minute
constexpr std::chrono::milliseconds kDrain{2'000};

std::string join(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& p : problems) text += fmt::format("{}{}", text.empty() ? "" : "; ", p.message());
  return text;
}

std::string host_in(const std::string& uri) {
  const size_t begin = uri.find("://") == std::string::npos ? 0 : uri.find("://") + 3;
  return uri.substr(begin, uri.find_first_of("/:", begin) - begin);
}

}  // namespace

Daemon::Daemon(Config given)
    : config_(std::move(given)), sites_(by_priority(config_.sites)), watch_(std::make_unique<Watch>(alarms_, clock_)) {}

Daemon::~Daemon() {
  // Pushes first, then what they go to; metrics ask all of them.
  metrics_.reset();
  if (push_ && push_->running()) push_->drain_and_stop(kDrain);
  if (follow_) follow_->stop();
  push_.reset();
  desk_.reset();
  sighter_.reset();
}

epp::ClientConfig Daemon::client_of(const SiteConfig& site) const {
  epp::ClientConfig c;
  c.host = site.host;
  c.port = site.port;
  c.tls = config_.tls;
  c.server_name = site.server_name;
  c.schema_directory = config_.schemas;
  return c;
}

Done Daemon::make_follow() {
  auto key = feed::VerifyingKey::load(config_.centre_key);
  if (!key) return tl::unexpected(key.error());
  auto messages = epp::Messages::load(config_.messages);
  if (!messages) return tl::unexpected(messages.error().front());
  messages_ = std::make_unique<epp::Messages>(std::move(*messages));
  keeper_ = std::make_unique<Keeper>(config_.replica, config_.sightings.journals, config_.guard);
  if (auto ok = keeper_->start(); !ok) loop_.say(true, "the guard knows no devices seen: " + ok.error().message());
  sync::transfer::ClientConfig fetching;
  fetching.tls = config_.tls;
  // A site with another name in its certificate than its address has it in its files' addresses, too.
  for (const SiteConfig& s : sites_)
    if (!s.server_name.empty() && sites_.size() == 1 && (s.files.empty() || host_in(s.files) == s.host))
      fetching.server_name = s.server_name;
  fetcher_ = std::make_unique<sync::transfer::Client>(std::move(fetching));
  sync::follow::FollowConfig follow;
  follow.spool = config_.spool;
  follow.poll_interval = config_.poll;
  for (const SiteConfig& s : sites_) {
    auto password = read_password(s.password_file);
    if (!password) return tl::unexpected(password.error());
    follow.sites.sites.push_back({s.name, client_of(s), s.user, std::move(*password)});
  }
  follow_ = std::make_unique<sync::follow::Follow>(
      std::move(follow), sync::follow::Follow::Parts{*messages_,
                                                     clock_,
                                                     std::move(*key),
                                                     [this](const auto& use) { return keeper_->with_writer(use); },
                                                     [this](const epp::FileReference& file, const auto& take) {
                                                       return fetcher_->fetch(file.uri, file.octets, file.sha256, take);
                                                     },
                                                     [this] { fetcher_->interrupt(); },
                                                     {},
                                                     {}});
  return {};
}

Done Daemon::listen_for_pushes() {
  if (config_.push.listen.address.empty()) return {};
  desk_ = std::make_unique<sync::follow::PushDesk>(*follow_, config_.push.accounts);
  transactions_ = std::make_unique<epp::TransactionIds>("NODE", clock_);
  push_ = std::make_unique<epp::Server>(*desk_, *messages_, *transactions_, clock_);
  epp::ServerConfig c;
  c.listeners = {{config_.push.listen.address, config_.push.listen.port}};
  c.tls = config_.tls;
  c.schema_directory = config_.schemas;
  c.threads = 1;
  c.session.server_id = "Turnstile node";
  c.session.objects = sync::follow::kPushObjects;
  c.session.limits.sessions_max = 16;
  if (auto ok = push_->start(c); !ok) return base::problem("push listen", join(ok.error()));
  return {};
}

Done Daemon::start_sightings() {
  if (config_.sightings.journals.empty()) return {};
  std::vector<sync::sightings::CarrierSite> sites;
  for (const SiteConfig& s : sites_) {
    auto password = read_password(s.password_file);
    if (!password) return tl::unexpected(password.error());
    sites.push_back({client_of(s), s.user, std::move(*password),
                     s.files.empty() ? fmt::format("https://{}:{}", s.host, sync::transfer::kPort) : s.files});
  }
  sighter_ = std::make_unique<Sighter>(config_, std::move(sites), *messages_, clock_,
                                       [this](bool bad, std::string line) { loop_.say(bad, std::move(line)); });
  return sighter_->start();
}

Done Daemon::open_consoles() {
  install_console(*this);
  if (telnet_init_default(nullptr, nullptr, kVtyPort) < 0)
    return base::problem("line vty",
                         fmt::format("cannot listen at {}:{}", vty_get_bind_addr(), vty_get_bind_port(kVtyPort)));
  auto metrics = Exposer::listen(config_.metrics, [this](Families& f) { collect(*this, f); });
  if (!metrics) return tl::unexpected(metrics.error());
  metrics_ = std::move(*metrics);
  return {};
}

Done Daemon::run() {
  if (auto ok = loop_.open(); !ok) return ok;
  std::error_code error;
  std::filesystem::create_directories(config_.spool, error);
  if (error) return base::problem(config_.spool, fmt::format("cannot be made: {}", error.message()));
  if (auto ok = make_follow(); !ok) return ok;
  follow_->start();
  if (auto ok = listen_for_pushes(); !ok) return ok;
  if (auto ok = start_sightings(); !ok) return ok;
  if (auto ok = open_consoles(); !ok) return ok;
  loop_.on_hangup([this] { renew_certificates(); });
  loop_.every(kLook, [this] { look(); });
  freeze_settings();
  loop_.say(false, fmt::format("eir-syncd {} follows {} sites", PROJECT_VERSION, sites_.size()));
  loop_.run();
  loop_.say(false, "stopping");
  return {};
}

bool Daemon::stale() const { return is_stale(follow_->status(), config_.stale_after); }

void Daemon::look() {
  const auto status = follow_->status();
  watch_->follow(status, is_stale(status, config_.stale_after));
  if (sighter_) watch_->sightings(sighter_->status(), config_.sightings.spool);
  if (looks_++ % kLooksPerCertificate == 0) watch_->certificates({config_.tls.certificate, config_.tls.ca});
  alarms_.drain(clock_.wall(), [this](const Alarm& alarm, bool set) {
    loop_.say(set, fmt::format("alarm {} {} {}{}{}", alarm_text(alarm.id).name, alarm.subject, set ? "set" : "cleared",
                               set ? ": " : "", set ? alarm.detail : ""));
  });
}

void Daemon::renew_certificates() {
  epp::Problems problems;
  if (!tls::make_context(tls::Side::kClient, config_.tls, problems))
    return loop_.say(true, "the new certificates cannot be used: " + join(problems));
  if (push_)
    if (auto ok = push_->renew_certificates(); !ok) return loop_.say(true, join(ok.error()));
  if (sighter_) sighter_->renew_certificates();
  looks_ = 0;
  loop_.say(false, "certificates are read anew for connections to come");
}

void Daemon::sync_now() {
  follow_->look();
  if (sighter_) sighter_->hurry();
}

}  // namespace eir::appliance::syncd
