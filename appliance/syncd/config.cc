// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/config.h"

#include <algorithm>
#include <fstream>

#include "appliance/vty/command.h"
#include "appliance/vty/config_file.h"
#include "core/feed/signature.h"
#include "core/sightings/journal.h"
#include "sync/epp/messages.h"
#include "sync/follow/sites.h"
#include "sync/sightings/segment.h"

namespace eir::appliance::syncd {
namespace {

enum Node : int { kFollowNode = kFirstNode, kTlsNode, kSiteNode, kPushNode, kSightingsNode, kMetricsNode };

SiteConfig* the_site = nullptr;  ///< whose node is entered

using Take = std::function<void(std::string_view)>;

int nothing_written(vty*) { return 0; }

/// A setting of one word. `where` stands before it in the name of its line.
void text(int node, const std::string& word, const char* help, const char* value_help, Take take,
          const std::string& where = {}) {
  install_setting(node, word + " TEXT", {help, value_help}, where + word, [take = std::move(take)](const Console& c) {
    take(c.arg(0));
    return CMD_SUCCESS;
  });
}

void install_follow() {
  install_node(kFollowNode, "%s(config-follow)# ", nothing_written);
  install_command(CONFIG_NODE, "follow", {"What this node follows, and how"},
                  [](const Console& c) { return c.enter(kFollowNode); });
  install_setting(kFollowNode, "node NAME",
                  {"What the centre knows this node's sightings by", "[a-z][a-z0-9-]*, 32 at most"}, "node",
                  [](const Console& c) {
                    if (!sync::sightings::is_node(c.arg(0))) return c.refuse("'{}' is no name of a node", c.arg(0));
                    config().node = c.arg(0);
                    return CMD_SUCCESS;
                  });
  text(kFollowNode, "replica", "The replica that versions go to", "Directory", [](auto v) { config().replica = v; });
  text(kFollowNode, "spool", "Where a version's file is kept while it is fetched", "Directory",
       [](auto v) { config().spool = v; });
  text(kFollowNode, "centre-key", "What versions are signed with", "Ed25519 public key, PEM file",
       [](auto v) { config().centre_key = v; });
  text(kFollowNode, "schemas", "EPP's schemas", "Directory", [](auto v) { config().schemas = v; });
  text(kFollowNode, "messages", "EPP's texts", "Directory", [](auto v) { config().messages = v; });
  install_setting(kFollowNode, "poll-interval <100-60000>",
                  {"How often the centre is asked for messages", "Milliseconds"}, "poll-interval",
                  [](const Console& c) {
                    config().poll = std::chrono::milliseconds(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
  install_setting(kFollowNode, "stale-after <5-86400>",
                  {"Alarm when no site has said what is newest for so long, or what it said is not here", "Seconds"},
                  "stale-after", [](const Console& c) {
                    config().stale_after = std::chrono::seconds(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
  install_setting(kFollowNode, "guard (on|off)",
                  {"Hold versions that would turn too many devices seen", "As the policy document says", "Serve them"},
                  "guard", [](const Console& c) {
                    config().guard = c.arg(0) == "on";
                    return CMD_SUCCESS;
                  });
}

void install_tls() {
  install_node(kTlsNode, "%s(config-tls)# ", nothing_written);
  install_command(CONFIG_NODE, "tls", {"Our certificate, and whom we trust"},
                  [](const Console& c) { return c.enter(kTlsNode); });
  text(
      kTlsNode, "certificate", "Our chain, leaf first", "PEM file", [](auto v) { config().tls.certificate = v; },
      "tls ");
  text(
      kTlsNode, "private-key", "Of the leaf, without a passphrase", "PEM file",
      [](auto v) { config().tls.private_key = v; }, "tls ");
  text(
      kTlsNode, "ca", "Who signs the centre's certificates", "PEM file", [](auto v) { config().tls.ca = v; }, "tls ");
  text(
      kTlsNode, "cipher-list", "TLS 1.2", "OpenSSL's notation", [](auto v) { config().tls.cipher_list = v; }, "tls ");
  text(
      kTlsNode, "cipher-suites", "TLS 1.3", "OpenSSL's notation", [](auto v) { config().tls.cipher_suites = v; },
      "tls ");
}

void install_site() {
  install_node(kSiteNode, "%s(config-site)# ", nothing_written);
  install_setting(
      CONFIG_NODE, "site NAME", {"A site of the centre", "For people: main, backup"}, "site", [](const Console& c) {
        auto& all = config().sites;
        const auto it = std::find_if(all.begin(), all.end(), [&](const auto& s) { return s.name == c.arg(0); });
        if (it == all.end() && all.size() >= sync::follow::kSitesMax)
          return c.refuse("more than {} sites", sync::follow::kSitesMax);
        if (it == all.end()) {
          all.emplace_back().name = c.arg(0);
          the_site = &all.back();
        } else {
          the_site = &*it;
        }
        mark_line("site " + the_site->name);
        return c.enter(kSiteNode);
      });
  text(kSiteNode, "host", "Where it is", "Name or address", [](auto v) { the_site->host = v; });
  install_setting(kSiteNode, "port <1-65535>", {"EPP's (default 700)", "TCP port"}, "port", [](const Console& c) {
    the_site->port = static_cast<uint16_t>(number(c.arg(0)));
    return CMD_SUCCESS;
  });
  text(kSiteNode, "server-name", "What its certificate must bear (default: the host)", "Name",
       [](auto v) { the_site->server_name = v; });
  text(kSiteNode, "user", "As whom we log in", "3 to 16 characters", [](auto v) { the_site->user = v; });
  text(kSiteNode, "password-file", "Its first line is the password", "File",
       [](auto v) { the_site->password_file = v; });
  text(kSiteNode, "files", "Where sightings are put (default: the host's port 8443)", "https://HOST:PORT",
       [](auto v) { the_site->files = v; });
  install_setting(kSiteNode, "priority <1-1000>", {"Which is tried first (default 100)", "The lowest"}, "priority",
                  [](const Console& c) {
                    the_site->priority = static_cast<unsigned>(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
}

void install_push() {
  install_node(kPushNode, "%s(config-push)# ", nothing_written);
  install_command(CONFIG_NODE, "push", {"Versions that the centre sends by itself"},
                  [](const Console& c) { return c.enter(kPushNode); });
  install_setting(kPushNode, "listen A.B.C.D <0-65535>",
                  {"Where pushes come in (none: nowhere)", "IPv4 address", "TCP port"}, "push listen",
                  [](const Console& c) {
                    config().push.listen = {std::string(c.arg(0)), static_cast<uint16_t>(number(c.arg(1)))};
                    return CMD_SUCCESS;
                  });
  install_setting(kPushNode, "from USER FINGERPRINT",
                  {"Who may push", "As whom it logs in", "SHA-256 of its certificate, 64 hexadecimal digits"},
                  "push from", [](const Console& c) {
                    std::string print(c.arg(1));
                    std::erase(print, ':');
                    std::transform(print.begin(), print.end(), print.begin(),
                                   [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
                    if (print.size() != 64 || print.find_first_not_of("0123456789abcdef") != std::string::npos)
                      return c.refuse("'{}' is no SHA-256 fingerprint", c.arg(1));
                    config().push.accounts.push_back({std::string(c.arg(0)), print});
                    return CMD_SUCCESS;
                  });
}

void install_sightings() {
  install_node(kSightingsNode, "%s(config-sightings)# ", nothing_written);
  install_command(CONFIG_NODE, "sightings", {"What the node saw, on its way up to the centre"},
                  [](const Console& c) { return c.enter(kSightingsNode); });
  text(kSightingsNode, "journals", "eird's 'sightings-directory'", "Directory",
       [](auto v) { config().sightings.journals = v; });
  install_setting(kSightingsNode, "segments TEXT", {"Where segments wait for the centre", "Directory"}, "segments",
                  [](const Console& c) {
                    config().sightings.spool = c.arg(0);
                    return CMD_SUCCESS;
                  });
  install_setting(kSightingsNode, "backlog <1-1000000>",
                  {"Segments that wait; above it the oldest are given up (default 2000)", "Megabytes"}, "backlog",
                  [](const Console& c) {
                    config().sightings.octets_max = number(c.arg(0)) * 1'000'000;
                    return CMD_SUCCESS;
                  });
  install_setting(kSightingsNode, "batch <1-100000>", {"Sightings of one segment, at most (default 20000)", "Rows"},
                  "batch", [](const Console& c) {
                    config().sightings.rows = static_cast<unsigned>(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
  install_setting(kSightingsNode, "interval <100-3600000>",
                  {"How often journals are looked at (default 1000)", "Milliseconds"}, "interval",
                  [](const Console& c) {
                    config().sightings.interval = std::chrono::milliseconds(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
  install_setting(kSightingsNode, "prune-journals (on|off)",
                  {"Journal files of which the centre has all", "Remove them", "Leave them to eird (default)"},
                  "prune-journals", [](const Console& c) {
                    config().sightings.prune = c.arg(0) == "on";
                    return CMD_SUCCESS;
                  });
}

void check_site(const SiteConfig& s, std::vector<base::Problem>& problems) {
  const std::string where = "site " + s.name;
  if (s.host.empty()) problems.push_back({where, "has no host"});
  if (s.user.size() < 3 || s.user.size() > 16) problems.push_back({where, "its user must have 3 to 16 characters"});
  if (const auto p = read_password(s.password_file); !p) problems.push_back({where, p.error().message()});
  if (!s.files.empty() && (!s.files.starts_with("https://") || s.files.ends_with('/')))
    problems.push_back({where, "'files' must be https://HOST:PORT with no slash at the end"});
}

}  // namespace

Config& config() {
  static Config the_config;
  return the_config;
}

void install_config_nodes() {
  config().sites.reserve(sync::follow::kSitesMax);  // the_site points into it
  install_follow();
  install_tls();
  install_site();
  install_push();
  install_sightings();
  install_service(
      kMetricsNode, "metrics", "Metrics for Prometheus",
      [](vty* v) {
        write_service(v, "metrics", config().metrics);
        return 1;
      },
      []() -> Endpoint& { return config().metrics; });
}

base::Result<std::string, base::Problem> read_password(const std::string& path) {
  if (path.empty()) return base::problem("", "has no password-file");
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line) || line.empty()) return base::problem(path, "has no password in its first line");
  return line;
}

std::vector<SiteConfig> by_priority(std::vector<SiteConfig> sites) {
  std::stable_sort(sites.begin(), sites.end(), [](const auto& a, const auto& b) { return a.priority < b.priority; });
  return sites;
}

std::vector<base::Problem> validate(const Config& c) {
  std::vector<base::Problem> problems;
  if (c.sites.empty()) problems.push_back({"site", "there is none"});
  for (const SiteConfig& s : c.sites) check_site(s, problems);
  if (c.centre_key.empty())
    problems.push_back({"centre-key", "there is none, and without it no version can be proven"});
  else if (const auto key = feed::VerifyingKey::load(c.centre_key); !key)
    problems.push_back({"centre-key", key.error().message()});
  tls::make_context(tls::Side::kClient, c.tls, problems);
  if (const auto messages = epp::Messages::load(c.messages); !messages)
    for (const auto& p : messages.error()) problems.push_back({"messages", p.message()});
  std::ifstream schema(c.schemas + "/all.xsd");
  if (!schema) problems.push_back({"schemas", c.schemas + "/all.xsd cannot be read"});
  if (!c.push.listen.address.empty() && c.push.accounts.empty())
    problems.push_back({"push listen", "nobody may push: 'from' is missing"});
  const SightingsConfig& s = c.sightings;
  if (s.journals.empty() != s.spool.empty())
    problems.push_back({s.spool.empty() ? "journals" : "segments", "'journals' and 'segments' belong together"});
  if (!s.journals.empty() && c.node.empty()) problems.push_back({"journals", "'follow' / 'node' is missing"});
  if (!s.journals.empty() && s.journals == s.spool)
    problems.push_back({"segments", "must be another directory than the journals"});
  return problems;
}

}  // namespace eir::appliance::syncd
