// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "appliance/vty/service.h"
#include "core/base/result.h"
#include "sync/epp/tls.h"
#include "sync/follow/push_desk.h"

namespace eir::appliance::syncd {

namespace epp = sync::epp;

/// A site of the centre, as the file names it.
struct SiteConfig {
  std::string name;
  std::string host;
  uint16_t port = 700;
  std::string server_name;  ///< that its certificate bears; empty: `host`
  std::string user, password_file;
  std::string files;        ///< "https://HOST:PORT" for sightings; empty: the host's port 8443
  unsigned priority = 100;  ///< the lowest is preferred
};

struct PushConfig {
  Endpoint listen;  ///< without an address nothing listens
  std::vector<sync::follow::PushAccount> accounts;
};

struct SightingsConfig {
  std::string journals;  ///< empty: nothing goes up
  std::string spool;
  uint64_t octets_max = 2'000'000'000;
  unsigned rows = 20'000;
  std::chrono::milliseconds interval{1'000};
  bool prune = false;
};

/// Everything of eir-syncd's file that is not libosmovty's.
struct Config {
  std::string node;
  std::string replica = "/var/lib/turnstile/replica";
  std::string spool = "/var/lib/turnstile/follow";
  std::string centre_key;
  std::chrono::milliseconds poll{1'000};
  std::chrono::seconds stale_after{60};
  bool guard = true;
  std::string schemas = "/usr/share/turnstile/schemas";
  std::string messages = "/usr/share/turnstile/messages";
  epp::TlsConfig tls;
  std::vector<SiteConfig> sites;
  PushConfig push;
  SightingsConfig sightings;
  Endpoint metrics{"127.0.0.1", 9293};
};

/// The one that the commands fill; libosmovty's commands are global, so is what they change. Threads: the loop's.
Config& config();
/// The nodes follow, tls, site, push, sightings and metrics. REQUIRES: init_vty().
void install_config_nodes();
/// What is wrong, as far as can be seen without a socket: `where` is what a line was marked with. Reads keys,
/// certificates and passwords.
std::vector<base::Problem> validate(const Config& config);
/// The first line. Errors: no such file, an empty line.
base::Result<std::string, base::Problem> read_password(const std::string& path);
/// The sites, the preferred one first.
std::vector<SiteConfig> by_priority(std::vector<SiteConfig> sites);

}  // namespace eir::appliance::syncd
