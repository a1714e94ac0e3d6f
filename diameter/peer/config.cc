// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <set>

#include "diameter/peer/runtime.h"
#include "diameter/peer/tls.h"

namespace eir::diameter::peer {
namespace {

bool is_address(const std::string& text) {
  boost::system::error_code ec;
  boost::asio::ip::make_address(text, ec);
  return !ec;
}

void check_range(Problems& out, const char* where, uint64_t value, uint64_t from, uint64_t to) {
  if (value < from || value > to) out.push_back({where, fmt::format("{} is not within {} to {}", value, from, to)});
}

void check_addresses(Problems& out, const std::string& where, const std::vector<std::string>& addresses) {
  for (const std::string& a : addresses)
    if (!is_address(a)) out.push_back({where, fmt::format("'{}' is no IP address", a)});
}

void check_listeners(Problems& out, const ServerConfig& config) {
  if (config.listeners.empty()) out.push_back({"listen", "there is no listener"});
  std::set<std::pair<bool, std::string>> taken;  // TCP and TLS share the ports of one protocol
  for (const Listener& l : config.listeners) {
    const std::string where = fmt::format("listen {}", to_string(l.transport));
    if (l.addresses.empty()) out.push_back({where, "there is no address"});
    if (l.addresses.size() > kListenerAddressesMax)
      out.push_back({where, fmt::format("more than {} addresses", kListenerAddressesMax)});
    for (const std::string& a : l.addresses) check_addresses(out, fmt::format("{} {}", where, a), {a});
    for (const std::string& a : l.addresses) {
      const bool fresh = taken.insert({l.transport == Transport::kSctp, fmt::format("{} {}", a, l.port)}).second;
      if (!fresh && l.port != 0) out.push_back({where, fmt::format("{} port {} is there twice", a, l.port)});
    }
  }
}

void check_peers(Problems& out, const ServerConfig& config) {
  if (config.peers.size() > kPeersMax) out.push_back({"peer", fmt::format("more than {} peers", kPeersMax)});
  std::set<std::string> names;
  for (const PeerConfig& p : config.peers) {
    const std::string where = fmt::format("peer {}", p.origin_host);
    if (!is_diameter_identity(p.origin_host)) out.push_back({where, "is no DiameterIdentity"});
    if (!names.insert(lower_case(p.origin_host)).second) out.push_back({where, "is there twice"});
    if (lower_case(p.origin_host) == lower_case(config.origin_host)) out.push_back({where, "is our own origin-host"});
    check_addresses(out, where, p.addresses);
    if (p.burst != 0 && p.rate == 0) out.push_back({where, "a burst without a rate"});
  }
}

}  // namespace

std::string_view to_string(Transport t) noexcept {
  switch (t) {
    case Transport::kTcp: return "tcp";
    case Transport::kTls: return "tls";
    case Transport::kSctp: break;
  }
  return "sctp";
}

std::vector<base::Problem> validate(const ServerConfig& config) {
  Problems out;
  if (!is_diameter_identity(config.origin_host)) out.push_back({"origin-host", "is no DiameterIdentity"});
  if (!is_diameter_identity(config.origin_realm)) out.push_back({"origin-realm", "is no DiameterIdentity"});
  if (config.product_name.empty() || config.product_name.size() > kDiameterIdentityMax)
    out.push_back({"product-name", fmt::format("is empty or longer than {}", kDiameterIdentityMax)});
  check_addresses(out, "host-ip", config.host_ip);
  if (config.host_ip.size() > kListenerAddressesMax)
    out.push_back({"host-ip", fmt::format("more than {} addresses", kListenerAddressesMax)});
  check_range(out, "watchdog", config.watchdog_s, 1, 3600);
  check_range(out, "cer-timeout", config.cer_timeout_s, 1, 60);
  check_range(out, "threads", config.threads, 1, kThreadsMax);
  check_range(out, "limit without-cer", config.limits.without_cer_max, 1, 4096);
  check_range(out, "limit connections", config.limits.connections_max, 1, 65536);
  check_range(out, "limit output", config.limits.output_octets_max, 4096, 256 * 1024 * 1024);
  check_range(out, "limit message", config.limits.message_octets_max, 4096, kMessageOctetsLimit);
  check_listeners(out, config);
  check_peers(out, config);
  const auto is_tls = [](const Listener& l) { return l.transport == Transport::kTls; };
  if (std::any_of(config.listeners.begin(), config.listeners.end(), is_tls))
    tls::make_context(tls::Side::kServer, config.tls, out);
  return out;
}

}  // namespace eir::diameter::peer
