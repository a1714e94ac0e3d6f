// SPDX-License-Identifier: GPL-3.0-or-later
// The node `registry` of the configuration.
#include <filesystem>

#include "appliance/cdbd/config.h"
#include "core/feed/signature.h"
#include "sync/epp/transaction.h"

namespace eir::appliance::cdbd {
namespace {

RegistryConfig& edit() { return config().registry; }

void set(std::string pattern, std::initializer_list<std::string_view> help, std::function<void(const Console&)> take) {
  const std::string mark = "registry " + pattern.substr(0, pattern.find(' '));
  install_setting(kRegistryNode, std::move(pattern), help, mark, [take = std::move(take)](const Console& c) {
    take(c);
    return CMD_SUCCESS;
  });
}

int write_registry(vty* v) {
  const Console out(v, {});
  const RegistryConfig& r = edit();
  out.line("registry");
  out.line(" directory {}", r.directory);
  if (!r.signing_key.empty()) out.line(" signing-key {}", r.signing_key);
  out.line(" site {}", r.site);
  out.line(" version-interval {}", r.version_interval.count());
  out.line(" versions-kept {}", r.versions_kept.count());
  out.line(" sightings-kept {}", r.sightings_kept.count());
  out.line(" stale-after {}", config().stale_after.count());
  return 1;
}

}  // namespace

std::string signing_key_of(const Config& config) {
  return config.registry.signing_key.empty() ? config.registry.directory + "/centre.key" : config.registry.signing_key;
}

void install_registry_node() {
  install_node(kRegistryNode, "%s(config-registry)# ", write_registry);
  install_command(CONFIG_NODE, "registry", {"The central database"},
                  [](const Console& c) { return c.enter(kRegistryNode); });
  set("directory DIR", {"Where it is", "Directory; made when missing"},
      [](const Console& c) { edit().directory = c.arg(0); });
  set("signing-key FILE", {"What versions are signed with", "PEM; made when missing (default: DIR/centre.key)"},
      [](const Console& c) { edit().signing_key = c.arg(0); });
  set("site NAME", {"The name in transaction identifiers", "1 to 16 of A-Z, 0-9 and _ (default CDB)"},
      [](const Console& c) { edit().site = c.arg(0); });
  set("version-interval <10-60000>",
      {"For how long changes are gathered into one version", "Milliseconds (default 500)"},
      [](const Console& c) { edit().version_interval = std::chrono::milliseconds(number(c.arg(0))); });
  set("versions-kept <1-3650>", {"How long versions are kept to be merged for followers", "Days (default 90)"},
      [](const Console& c) { edit().versions_kept = std::chrono::days(number(c.arg(0))); });
  set("sightings-kept <0-36500>",
      {"How long a sighting is kept after it was last seen", "Days (default 730); 0: for ever"},
      [](const Console& c) { edit().sightings_kept = std::chrono::days(number(c.arg(0))); });
  set("stale-after <0-525600>", {"Alarm when a follower has not asked for so long", "Minutes (default 60); 0: never"},
      [](const Console& c) { config().stale_after = std::chrono::minutes(number(c.arg(0))); });
}

void validate_registry(const Config& config, Problems& problems) {
  namespace fs = std::filesystem;
  std::error_code error;
  const RegistryConfig& r = config.registry;
  const fs::path directory = fs::absolute(r.directory, error);
  if (fs::exists(directory, error) ? !fs::is_directory(directory, error)
                                   : !fs::is_directory(directory.parent_path(), error))
    problems.push_back({"registry directory", "'" + r.directory + "' is no directory, nor can it be made"});
  if (!epp::is_site(r.site)) problems.push_back({"registry site", "'" + r.site + "' is not 1 to 16 of A-Z, 0-9 and _"});
  const std::string key = signing_key_of(config);
  if (fs::exists(key, error)) {
    if (const auto loaded = feed::SigningKey::load(key); !loaded)
      problems.push_back({"registry signing-key", loaded.error().message()});
  } else if (!r.signing_key.empty() && !fs::is_directory(fs::absolute(key, error).parent_path(), error)) {
    problems.push_back({"registry signing-key", "'" + key + "' cannot be made there"});
  }
}

}  // namespace eir::appliance::cdbd
