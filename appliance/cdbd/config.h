// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "appliance/cdbd/files.h"
#include "appliance/cdbd/pusher.h"
#include "appliance/cdbd/sites.h"
#include "appliance/vty/command.h"
#include "appliance/vty/config_file.h"
#include "appliance/vty/service.h"
#include "sync/epp/server.h"

namespace eir::appliance::cdbd {

namespace epp = sync::epp;
using Problems = std::vector<base::Problem>;

struct RegistryConfig {
  std::string directory = "/var/lib/turnstile/cdb";
  std::string signing_key;  ///< empty: centre.key in the directory
  std::string site = "CDB";
  std::chrono::milliseconds version_interval{500};
  std::chrono::days versions_kept{90};
  std::chrono::days sightings_kept{730};  ///< 0: for ever
};

/// `server` has all that the server of EPP takes as it is.
struct EppConfig {
  epp::ServerConfig server;
  std::string messages = "/usr/share/turnstile/messages";
  uint32_t user_rate = 0;  ///< commands a second; 0: no limit
  uint32_t user_burst = 0;
};

/// So many failed logins within a time, and nobody is let in for another.
struct LockOutRule {
  unsigned failures = 0;  ///< 0: never
  std::chrono::seconds within{300};
  std::chrono::seconds locked{900};
};
struct UsersConfig {
  LockOutRule user{10};
  LockOutRule address{50};
};

/// A node that is told of versions at its own server: pusher.h.
struct NodeConfig {
  std::string name;  ///< the user here that follows, so that the two are shown as one
  std::string host;
  uint16_t port = 7000;
  std::string server_name;      ///< that its certificate bears; empty: `host`
  std::string user = "CENTRE";  ///< as the node's `push from` names us
  std::string password_file;    ///< empty: a word that means nothing, as eir-syncd looks at the certificate alone
  std::chrono::seconds alarm_after{60};  ///< without being told; 0: never
};

struct ControlConfig {
  std::string socket;  ///< empty: control.sock in the registry's directory
};

/// Everything of one configuration file; libosmovty's nodes (log, line vty) live in that library.
struct Config {
  RegistryConfig registry;
  EppConfig epp;
  UsersConfig users;
  ControlConfig control;
  FilesConfig files;
  SitesConfig sites;  ///< without peers: a centre of one site
  std::vector<NodeConfig> nodes;
  Endpoint metrics{"127.0.0.1", 9291};
  std::chrono::minutes stale_after{60};  ///< a follower that asked for nothing for so long is alarmed of; 0: never
};

/// The one configuration of the process, which the commands of the file fill.
Config& config();

/// The console's nodes of the configuration. A part's own file, config_NAME.cc, has its node.
enum VtyNode : int {
  kRegistryNode = kFirstNode,
  kEppNode,
  kUsersNode,
  kControlNode,
  kMetricsNode,
  kFilesNode,
  kFollowerNode,
  kSiteNode,
  kPushNode,
};

/// A part of the configuration: what installs its node, and what finds out what is wrong with it, without opening a
/// socket. A new part is one file with the two, its struct above, and one row of kParts in config.cc.
struct Part {
  void (*install)();
  void (*validate)(const Config& config, Problems& problems);
};
void install_registry_node();
void validate_registry(const Config& config, Problems& problems);
void install_epp_node();
void validate_epp(const Config& config, Problems& problems);
void install_users_node();
void validate_users(const Config& config, Problems& problems);
void install_files();
void validate_files(const Config& config, Problems& problems);
void install_sites();
void validate_sites(const Config& config, Problems& problems);
void install_nodes();
void validate_nodes(const Config& config, Problems& problems);
void install_services_nodes();
void validate_services(const Config& config, Problems& problems);

/// Prepares the console with all of the nodes. REQUIRES: as init_vty().
base::Result<void, base::Problem> install_config(const char* prints);
/// Of what was read.
Problems validate_config();

std::string signing_key_of(const Config& config);
std::string socket_of(const Config& config);
/// How the nodes are reached and logged in to. Errors: a password cannot be read.
base::Result<std::vector<PushNode>, base::Problem> push_nodes_of(const Config& config);

}  // namespace eir::appliance::cdbd
