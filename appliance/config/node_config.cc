// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/node_config.h"

#include <arpa/inet.h>
#include <openssl/rand.h>

#include <charconv>
#include <fstream>

#include "sigtran/eir_node.h"

namespace eir::appliance {
namespace {

bool is_ipv4(const std::string& text) {
  in_addr address{};
  return inet_pton(AF_INET, text.c_str(), &address) == 1;
}

}  // namespace

base::Result<void, base::Problem> read_secrets(NodeConfig& config) {
  auto& key = config.map.otid_key;
  if (config.otid_key_file.empty()) {
    if (key == std::array<uint8_t, 16>{} && RAND_bytes(key.data(), static_cast<int>(key.size())) != 1)
      return base::problem("map", "no random numbers for a key");
    return {};
  }
  std::ifstream in(config.otid_key_file);
  std::string text;
  if (!(in >> text) || text.size() != key.size() * 2)
    return base::problem("map otid-key-file", config.otid_key_file + " does not hold 32 hexadecimal digits");
  for (size_t i = 0; i < key.size(); ++i) {
    const char* at = text.data() + 2 * i;
    const auto [end, ec] = std::from_chars(at, at + 2, key[i], 16);
    if (ec != std::errc() || end != at + 2)
      return base::problem("map otid-key-file", config.otid_key_file + " does not hold 32 hexadecimal digits");
  }
  return {};
}

std::vector<base::Problem> validate(const NodeConfig& config) {
  std::vector<base::Problem> problems;
  NodeConfig filled = config;
  if (const auto ok = read_secrets(filled); !ok) problems.push_back(ok.error());
  if (const auto ok = sigtran::EirNode::validate({filled.sccp, filled.map}); !ok) problems.push_back(ok.error());
  if (uses_diameter(config))
    for (auto& p : diameter::peer::validate(config.diameter)) problems.push_back(std::move(p));
  const auto endpoint = [&](const char* name, const Endpoint& e) {
    if (!is_ipv4(e.address)) problems.push_back({name, "'" + e.address + "' is not an IPv4 address"});
  };
  endpoint("ctrl", config.ctrl);
  endpoint("metrics", config.metrics);
  if (!config.sightings.directory.empty())
    if (const auto ok = sightings::Journal::probe(config.sightings.directory); !ok)
      problems.push_back({"eir sightings-directory", ok.error().message()});
  if (config.replica_dir.empty()) problems.push_back({"eir replica", "no replica directory"});
  return problems;
}

}  // namespace eir::appliance
