// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes `diameter` and `peer` of the configuration.

#include <strings.h>

#include <algorithm>

#include "appliance/config/draft.h"
#include "appliance/config/words.h"
#include "appliance/vty/command.h"

namespace eir::appliance {
namespace {

using diameter::peer::Listener;
using diameter::peer::PeerConfig;
using diameter::peer::ServerConfig;
using diameter::peer::Transport;

ServerConfig& server() { return draft().edit().diameter; }

Transport transport_of(std::string_view word) {
  return word == "tls" ? Transport::kTls : word == "sctp" ? Transport::kSctp : Transport::kTcp;
}

bool same_host(const std::string& a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

PeerConfig* find_peer(std::string_view name) {
  auto& all = server().peers;
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& p) { return same_host(p.origin_host, name); });
  return at == all.end() ? nullptr : &*at;
}

/// The name of the peer whose node a console is in; a name, because the peers' vector moves.
std::string& peer_in_edit() {
  static std::string name;
  return name;
}

/// A word of the node `diameter` that sets one text.
void install_text(const std::string& pattern, std::initializer_list<std::string_view> help, std::string mark,
                  std::function<std::string&()> field) {
  install_command(kDiameterNode, pattern, help, [mark = std::move(mark), field = std::move(field)](const Console& c) {
    draft().mark(mark);
    field() = c.arg(0);
    return CMD_SUCCESS;
  });
}

void install_number(const std::string& pattern, std::initializer_list<std::string_view> help,
                    std::function<void(uint32_t)> set) {
  const std::string mark = pattern.substr(0, pattern.find(" <"));
  install_command(kDiameterNode, pattern, help, [mark, set = std::move(set)](const Console& c) {
    draft().mark(mark);
    set(static_cast<uint32_t>(number(c.arg(0))));
    return CMD_SUCCESS;
  });
}

int listen(const Console& c) {
  const Transport transport = transport_of(c.arg(0));
  const auto port = static_cast<uint16_t>(number(c.arg(2)));
  draft().mark("listen " + std::string(c.arg(0)));
  draft().mark("listen " + std::string(c.arg(0)) + " " + std::string(c.arg(1)));
  auto& all = server().listeners;
  // Several addresses of one SCTP port are one multi-homed endpoint.
  for (auto& l : all) {
    if (l.transport != transport || l.port != port) continue;
    if (std::find(l.addresses.begin(), l.addresses.end(), c.arg(1)) == l.addresses.end())
      l.addresses.emplace_back(c.arg(1));
    return CMD_SUCCESS;
  }
  all.push_back(Listener{transport, {std::string(c.arg(1))}, port});
  return CMD_SUCCESS;
}

int no_listen(const Console& c) {
  const Transport transport = transport_of(c.arg(0));
  const auto port = static_cast<uint16_t>(number(c.arg(2)));
  auto& all = server().listeners;
  for (auto& l : all)
    if (l.transport == transport && l.port == port && std::erase(l.addresses, c.arg(1))) {
      std::erase_if(all, [](const Listener& x) { return x.addresses.empty(); });
      return CMD_SUCCESS;
    }
  return c.refuse("not listening there: {} {} {}", c.arg(0), c.arg(1), c.arg(2));
}

void install_identity() {
  install_text("origin-host NAME", {"Who we are", "Our Origin-Host"}, "origin-host",
               []() -> std::string& { return server().origin_host; });
  install_text("origin-realm NAME", {"Our realm", "Our Origin-Realm"}, "origin-realm",
               []() -> std::string& { return server().origin_realm; });
  install_text("product-name NAME", {"Product-Name of CEA", "One word (default Turnstile)"}, "product-name",
               []() -> std::string& { return server().product_name; });
  install_number("vendor-id <0-4294967295>", {"Vendor-Id of CEA", "IANA enterprise number; 0 for none"},
                 [](uint32_t v) { server().vendor_id = v; });
  install_command(kDiameterNode, "host-ip-address ADDRESS",
                  {"Host-IP-Address of CEA (default: the connection's own)", "IPv4 or IPv6 address"},
                  [](const Console& c) {
                    draft().mark("host-ip");
                    server().host_ip.emplace_back(c.arg(0));
                    return CMD_SUCCESS;
                  });
  install_command(kDiameterNode, "no host-ip-address", {"Take away", "All Host-IP-Addresses"}, [](const Console&) {
    server().host_ip.clear();
    return CMD_SUCCESS;
  });
}

void install_transport() {
  const auto listen_words = {std::string_view("Where to listen"),
                             std::string_view("TCP, plain"),
                             std::string_view("TLS over TCP, with client certificates"),
                             std::string_view("SCTP, plain"),
                             std::string_view("IPv4 or IPv6 address"),
                             std::string_view("Port")};
  install_command(kDiameterNode, "listen (tcp|tls|sctp) ADDRESS <0-65535>", listen_words, listen);
  install_command(kDiameterNode, "no listen (tcp|tls|sctp) ADDRESS <0-65535>",
                  {"Take away", "A place to listen at", "TCP", "TLS", "SCTP", "Address", "Port"}, no_listen);
  const auto tls = [](const std::string& word, std::string_view help, std::string tls::Config::*field) {
    install_text("tls " + word + " TEXT", {"Mutual TLS", help, "Path, or OpenSSL's notation for ciphers"},
                 "tls " + word, [field]() -> std::string& { return server().tls.*field; });
  };
  tls("certificate", "Our certificate chain, PEM", &tls::Config::certificate);
  tls("private-key", "Our private key, PEM", &tls::Config::private_key);
  tls("ca", "Who signs our peers, PEM", &tls::Config::ca);
  tls("cipher-list", "Ciphers of TLS 1.2", &tls::Config::cipher_list);
  tls("cipher-suites", "Suites of TLS 1.3", &tls::Config::cipher_suites);
  const auto sctp = [](const std::string& word, std::string_view help, uint32_t diameter::peer::SctpTuning::*field) {
    install_number("sctp " + word + " <0-3600000>",
                   {"SCTP path supervision", help, "Milliseconds; 0 keeps the kernel's"},
                   [field](uint32_t v) { server().sctp.*field = v; });
  };
  using diameter::peer::SctpTuning;
  sctp("heartbeat", "Interval of heartbeats", &SctpTuning::heartbeat_ms);
  sctp("rto-initial", "First retransmission time-out", &SctpTuning::rto_initial_ms);
  sctp("rto-min", "Shortest retransmission time-out", &SctpTuning::rto_min_ms);
  sctp("rto-max", "Longest retransmission time-out", &SctpTuning::rto_max_ms);
}

void install_bounds() {
  install_number("watchdog <1-3600>", {"Device watchdog", "Seconds (default 30)"},
                 [](uint32_t v) { server().watchdog_s = v; });
  install_number("cer-timeout <1-60>", {"Time to send a CER", "Seconds (default 5)"},
                 [](uint32_t v) { server().cer_timeout_s = v; });
  install_number("threads <1-16>", {"Threads that answer", "Number, fixed once started (default 1)"},
                 [](uint32_t v) { server().threads = v; });
  install_number("unknown-rate <0-10000000>",
                 {"Questions per second of each unknown peer before 3004", "Questions per second; 0 for no limit"},
                 [](uint32_t v) { server().unknown_rate = v; });
  install_number("limit without-cer <1-4096>",
                 {"Bounds", "Connections that have not sent a CER (default 64)", "Connections"},
                 [](uint32_t v) { server().limits.without_cer_max = v; });
  install_number("limit connections <1-65536>", {"Bounds", "All connections (default 2048)", "Connections"},
                 [](uint32_t v) { server().limits.connections_max = v; });
  install_number("limit output <4096-268435456>",
                 {"Bounds", "Unsent answers of a peer before it is read no more (default 1048576)", "Octets"},
                 [](uint32_t v) { server().limits.output_octets_max = v; });
  install_number("limit message <4096-1048576>", {"Bounds", "Longest message taken (default 65536)", "Octets"},
                 [](uint32_t v) { server().limits.message_octets_max = v; });
  install_command(kDiameterNode, "unknown-peers (reject|accept)",
                  {"Peers that are not configured", "Refuse with 3010 (default)", "Accept"}, [](const Console& c) {
                    server().accept_unknown_peers = c.arg(0) == "accept";
                    return CMD_SUCCESS;
                  });
}

/// A command of the node `peer`; refuses when the peer was taken away meanwhile.
void install_peer_command(const std::string& pattern, std::initializer_list<std::string_view> help,
                          std::function<int(PeerConfig&, const Console&)> run) {
  install_command(kDiameterPeerNode, pattern, help, [run = std::move(run)](const Console& c) {
    PeerConfig* peer = find_peer(peer_in_edit());
    return peer ? run(*peer, c) : c.refuse("the peer {} is gone", peer_in_edit());
  });
}

void install_peer_commands() {
  install_peer_command("address ADDRESS", {"Where it may come from (default anywhere)", "IPv4 or IPv6 address"},
                       [](PeerConfig& p, const Console& c) {
                         if (std::find(p.addresses.begin(), p.addresses.end(), c.arg(0)) == p.addresses.end())
                           p.addresses.emplace_back(c.arg(0));
                         return CMD_SUCCESS;
                       });
  install_peer_command("no address ADDRESS", {"Take away", "An address", "Address"},
                       [](PeerConfig& p, const Console& c) {
                         if (!std::erase(p.addresses, c.arg(0))) return c.refuse("no such address: {}", c.arg(0));
                         return CMD_SUCCESS;
                       });
  install_peer_command("rate <0-10000000>",
                       {"Questions per second before 3004", "Questions per second; 0 for no limit"},
                       [](PeerConfig& p, const Console& c) {
                         p.rate = static_cast<uint32_t>(number(c.arg(0)));
                         return CMD_SUCCESS;
                       });
  install_peer_command("burst <0-10000000>", {"Questions at once", "Questions; 0 for one second's worth"},
                       [](PeerConfig& p, const Console& c) {
                         p.burst = static_cast<uint32_t>(number(c.arg(0)));
                         return CMD_SUCCESS;
                       });
  const auto flag = [](const std::string& word, std::string_view help, bool PeerConfig::*field) {
    install_peer_command(word, {help}, [field](PeerConfig& p, const Console&) {
      p.*field = true;
      return CMD_SUCCESS;
    });
    install_peer_command("no " + word, {"Take away", help}, [field](PeerConfig& p, const Console&) {
      p.*field = false;
      return CMD_SUCCESS;
    });
  };
  flag("blocked", "Refuse it with 3010, closing its connection", &PeerConfig::blocked);
  flag("tls-required", "Refuse it with 5017 on a plain connection", &PeerConfig::tls_required);
}

void write_peer(const Console& out, const PeerConfig& p) {
  out.line(" peer {}", p.origin_host);
  for (const auto& a : p.addresses) out.line("  address {}", a);
  if (p.rate) out.line("  rate {}", p.rate);
  if (p.burst) out.line("  burst {}", p.burst);
  if (p.tls_required) out.line("  tls-required");
  if (p.blocked) out.line("  blocked");
}

void write_transport(const Console& out, const ServerConfig& s) {
  for (const auto& l : s.listeners)
    for (const auto& a : l.addresses) out.line(" listen {} {} {}", diameter::peer::to_string(l.transport), a, l.port);
  const auto text = [&](std::string_view word, const std::string& value) {
    if (!value.empty()) out.line(" tls {} {}", word, value);
  };
  text("certificate", s.tls.certificate);
  text("private-key", s.tls.private_key);
  text("ca", s.tls.ca);
  text("cipher-list", s.tls.cipher_list);
  text("cipher-suites", s.tls.cipher_suites);
  const auto ms = [&](std::string_view word, uint32_t value) {
    if (value) out.line(" sctp {} {}", word, value);
  };
  ms("heartbeat", s.sctp.heartbeat_ms);
  ms("rto-initial", s.sctp.rto_initial_ms);
  ms("rto-min", s.sctp.rto_min_ms);
  ms("rto-max", s.sctp.rto_max_ms);
}

int write_diameter(vty* v) {
  const Console out(v, {});
  const ServerConfig& s = draft().running().diameter;
  out.line("diameter");
  if (!s.origin_host.empty()) out.line(" origin-host {}", s.origin_host);
  if (!s.origin_realm.empty()) out.line(" origin-realm {}", s.origin_realm);
  out.line(" product-name {}", s.product_name);
  out.line(" vendor-id {}", s.vendor_id);
  for (const auto& a : s.host_ip) out.line(" host-ip-address {}", a);
  write_transport(out, s);
  out.line(" watchdog {}", s.watchdog_s);
  out.line(" cer-timeout {}", s.cer_timeout_s);
  out.line(" threads {}", s.threads);
  out.line(" unknown-peers {}", s.accept_unknown_peers ? "accept" : "reject");
  out.line(" unknown-rate {}", s.unknown_rate);
  out.line(" limit without-cer {}", s.limits.without_cer_max);
  out.line(" limit connections {}", s.limits.connections_max);
  out.line(" limit output {}", s.limits.output_octets_max);
  out.line(" limit message {}", s.limits.message_octets_max);
  for (const auto& p : s.peers) write_peer(out, p);
  return 1;
}

/// The peers are written by write_diameter().
int write_nothing(vty*) { return 0; }

}  // namespace

void install_diameter_node() {
  install_node(kDiameterNode, "%s(config-diameter)# ", write_diameter);
  install_node(kDiameterPeerNode, "%s(config-diameter-peer)# ", write_nothing);
  install_command(CONFIG_NODE, "diameter", {"Diameter S13"}, [](const Console& c) {
    draft().mark("diameter");
    return c.enter(kDiameterNode);
  });
  install_identity();
  install_transport();
  install_bounds();
  install_command(kDiameterNode, "peer NAME", {"A peer that may connect", "Its Origin-Host"}, [](const Console& c) {
    draft().mark("peer " + std::string(c.arg(0)));
    if (!find_peer(c.arg(0))) {
      PeerConfig peer;
      peer.origin_host = c.arg(0);
      server().peers.push_back(std::move(peer));
    }
    peer_in_edit() = c.arg(0);
    return c.enter(kDiameterPeerNode);
  });
  install_command(kDiameterNode, "no peer NAME", {"Take away", "A peer", "Its Origin-Host"}, [](const Console& c) {
    if (!std::erase_if(server().peers, [&](const auto& p) { return same_host(p.origin_host, c.arg(0)); }))
      return c.refuse("no such peer: {}", c.arg(0));
    return CMD_SUCCESS;
  });
  install_peer_commands();
}

}  // namespace eir::appliance
