// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/daemon.h"

#include <filesystem>

#include "appliance/alarms/texts.h"
#include "appliance/cdbd/console.h"
#include "appliance/cdbd/key_file.h"
#include "appliance/cdbd/metrics.h"
#include "appliance/cdbd/sites_console.h"

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/vty/telnet_interface.h>
}

namespace eir::appliance::cdbd {
namespace {

constexpr int kVtyPort = 4292;
constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::milliseconds kDrain{10'000};

base::Problem first_of(const Problems& problems, const char* otherwise) {
  return problems.empty() ? base::Problem{otherwise, "failed"} : problems.front();
}

}  // namespace

Daemon::Daemon(const Config& config)
    : config_(config),
      transactions_(config.registry.site, clock_),
      lock_out_(config.users, clock_, board_),
      followers_(clock_) {}

Daemon::~Daemon() = default;

base::Result<void, base::Problem> Daemon::run() {
  if (const auto ok = loop_.open(); !ok) return ok;
  if (const auto ok = open_registry(); !ok) return ok;
  if (const auto ok = open_services(); !ok) return ok;
  if (const auto ok = open_sites(); !ok) return ok;
  if (const auto ok = open_consoles(); !ok) return ok;
  if (const auto ok = open_server(); !ok) return ok;
  loop_.on_hangup([this] { renew_certificates(); });
  loop_.every(kTick, [this] { tick(); });
  tick();
  freeze_settings();
  LOGP(DLGLOBAL, LOGL_NOTICE, "cdbd %s serves\n", PROJECT_VERSION);
  loop_.run();
  stop();
  return {};
}

base::Result<void, base::Problem> Daemon::open_registry() {
  std::error_code error;
  std::filesystem::create_directories(config_.registry.directory, error);
  bool made = false;
  auto key = open_signing_key(signing_key_of(config_), made);
  if (!key) return tl::unexpected(key.error());
  if (made) LOGP(DLGLOBAL, LOGL_NOTICE, "made a new signing key, %s\n", signing_key_of(config_).c_str());
  store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{config_.registry.directory});
  registry::EngineOptions options;
  options.version_interval = config_.registry.version_interval;
  options.versions_kept = config_.registry.versions_kept;
  options.sightings_kept = config_.registry.sightings_kept;
  options.record = options.begins_following = !config_.sites.peers.empty();
  auto opened = registry::Registry::open(*store_, clock_, std::move(*key), options);
  if (!opened) return tl::unexpected(opened.error());
  registry_ = std::move(*opened);
  watch_ = std::make_unique<Watch>(config_, *registry_, followers_, lock_out_, clock_, board_);
  return {};
}

base::Result<void, base::Problem> Daemon::open_services() {
  auto messages = epp::Messages::load(config_.epp.messages);
  if (!messages) return tl::unexpected(first_of(messages.error(), "epp messages"));
  messages_ = std::make_unique<epp::Messages>(std::move(*messages));
  if (!config_.files.listeners.empty()) {
    auto files = Files::open(*registry_, clock_, config_.files);
    if (!files) return tl::unexpected(files.error());
    files_ = std::move(*files);
  }
  VersionsOptions versions{config_.registry.directory + "/versions", ""};
  if (files_) versions = {config_.files.versions, config_.files.base_uri + "/versions"};
  versions_ = std::make_unique<Versions>(*registry_, clock_, std::move(versions));
  auto nodes = push_nodes_of(config_);
  if (!nodes) return tl::unexpected(nodes.error());
  pusher_ = std::make_unique<Pusher>(std::move(*nodes), PusherOptions(),
                                     Pusher::Parts{*registry_, *versions_, *messages_, clock_});
  watch_->look_at(*pusher_);
  desk_ = std::make_unique<Desk>(*registry_, versions_.get());
  if (files_) desk_->take_sightings(files_->segments());
  gate_ = std::make_unique<Gate>(*desk_, *registry_, lock_out_, followers_,
                                 Gate::Allowance{config_.epp.user_rate, config_.epp.user_burst});
  server_ = std::make_unique<epp::Server>(*gate_, *messages_, transactions_, clock_);
  started_at_ = clock_.wall();
  return {};
}

base::Result<void, base::Problem> Daemon::open_sites() {
  if (config_.sites.peers.empty()) return {};
  SitesConfig sites = config_.sites;
  sites.directory = config_.registry.directory;
  auto opened = Sites::open(*registry_, clock_, std::move(sites));
  if (!opened) return tl::unexpected(opened.error());
  sites_ = std::move(*opened);
  desk_->mark_reads();
  if (!config_.sites.standby_sync || *config_.sites.standby_sync == registry_->status().sync) return {};
  registry::Request rq;
  rq.user_name = "configuration";
  rq.role = registry::Role::kAdministrator;
  rq.address = "local";
  rq.sv_trid = rq.cl_trid = transactions_.next();
  const std::string value(on_off(*config_.sites.standby_sync));
  const auto set = registry_->execute(std::move(rq), registry::SetSite{"standby-sync", value});
  if (!set.ok()) return base::problem("site standby-sync", std::string(registry::to_string(set.why)));
  return {};
}

base::Result<void, base::Problem> Daemon::open_consoles() {
  auto control =
      Control::listen(socket_of(config_), *registry_, transactions_, [this](const auto& w) { return words(w); });
  if (!control) return tl::unexpected(control.error());
  control_ = std::move(*control);
  install_console(*this);
  install_site_commands([this] { return sites_.get(); }, [this] { return registry_.get(); });
  if (telnet_init_default(nullptr, nullptr, kVtyPort) < 0)
    return base::problem("line vty",
                         fmt::format("cannot listen at {}:{}", vty_get_bind_addr(), vty_get_bind_port(kVtyPort)));
  auto metrics = Exposer::listen(config_.metrics, [this](Families& f) { collect(f, *this); });
  if (!metrics) return tl::unexpected(metrics.error());
  metrics_ = std::move(*metrics);
  return {};
}

base::Result<void, base::Problem> Daemon::open_server() {
  if (files_)
    if (const auto ok = files_->start(config_.epp.server.tls); !ok)
      return tl::unexpected(first_of(ok.error(), "files"));
  epp::ServerConfig server = config_.epp.server;
  if (sites_) server.session.extensions = {epp::Ns::kSite};
  if (const auto ok = server_->start(server); !ok) return tl::unexpected(first_of(ok.error(), "epp"));
  pusher_->start();
  return {};
}

std::optional<std::string> Daemon::words(const std::vector<std::string>& words) {
  if (words.size() == 3 && words[0] == "user" && words[1] == "unlock") {
    if (!lock_out_.unlock(words[2])) return "not locked out";
    loop_.say(false, fmt::format("{} is let in again by cdbctl", words[2]));
    return "unlocked";
  }
  if (words.size() == 1 && words[0] == "locked") {
    std::string out;
    for (const auto& l : lock_out_.locked())
      out += fmt::format("{} {} for {} s\n", l.user ? "user" : "address", l.name, l.left.count());
    return out;
  }
  if (words.size() == 1 && words[0] == "sites") return sites_ ? to_text(sites_->status()) : std::string();
  return std::nullopt;
}

void Daemon::tick() {
  watch_->tick();
  if (sites_) {
    Sites::Status now = sites_->status();
    tell_alarms(sites_alarms_, sites_told_, now);
    sites_told_ = std::move(now);
  }
  const bool changed = board_.drain(clock_.wall(), [](const Alarm& a, bool set) {
    const AlarmText& text = alarm_text(a.id);
    LOGP(DLGLOBAL, set ? LOGL_ERROR : LOGL_NOTICE, "alarm %s %s %s: %s\n", std::string(text.name).c_str(),
         set ? "set" : "cleared", a.subject.c_str(), a.detail.c_str());
  });
  if (!changed) return;
  const std::lock_guard lock(alarms_mutex_);
  alarms_ = board_.active();
}

std::vector<Alarm> Daemon::alarms() const {
  const std::lock_guard lock(alarms_mutex_);
  return alarms_;
}

void Daemon::renew_certificates() {
  auto ok = server_->renew_certificates();
  if (ok && files_) ok = files_->renew_certificates();
  if (ok && sites_) ok = sites_->renew_certificates();
  if (ok)
    LOGP(DLGLOBAL, LOGL_NOTICE, "certificates read again\n");
  else
    for (const auto& p : ok.error())
      LOGP(DLGLOBAL, LOGL_ERROR, "certificates stay as they were: %s\n", p.message().c_str());
  watch_->certificates_renewed();
}

void Daemon::stop() {
  LOGP(DLGLOBAL, LOGL_NOTICE, "stopping: no new connections\n");
  // Sessions end in their own threads while the console goes on.
  std::atomic<bool> ended{false};
  std::thread drain([&] {
    pusher_->stop();
    server_->drain_and_stop(kDrain);
    if (files_) files_->stop();
    ended = true;
    loop_.stop();
  });
  loop_.run_until([&] { return ended.load(); });
  drain.join();
  metrics_.reset();
  control_.reset();
  server_.reset();
  watch_.reset();
  pusher_.reset();
  versions_.reset();
  gate_.reset();
  desk_.reset();
  files_.reset();
  sites_.reset();
  registry_.reset();
  LOGP(DLGLOBAL, LOGL_NOTICE, "stopped\n");
}

}  // namespace eir::appliance::cdbd
