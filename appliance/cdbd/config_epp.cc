// SPDX-License-Identifier: GPL-3.0-or-later
// The node `epp` of the configuration.
#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "appliance/cdbd/config.h"
#include "sync/epp/codec.h"

namespace eir::appliance::cdbd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

epp::ServerConfig& server() { return config().epp.server; }
epp::Limits& limits() { return server().session.limits; }

std::string mark_of(const std::string& pattern) {
  const size_t parameter = pattern.find_first_of("<(ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  return "epp " + pattern.substr(0, parameter == std::string::npos ? parameter : parameter - 1);
}

void set(const std::string& pattern, std::initializer_list<std::string_view> help,
         std::function<void(const Console&)> take) {
  install_setting(kEppNode, pattern, help, mark_of(pattern), [take = std::move(take)](const Console& c) {
    take(c);
    return CMD_SUCCESS;
  });
}

void bound(const std::string& pattern, std::string_view what, std::string_view unit,
           std::function<void(uint64_t)> take) {
  set(pattern, {"Bounds", what, unit}, [take = std::move(take)](const Console& c) { take(number(c.arg(0))); });
}

void install_tls() {
  const auto tls = [](const std::string& word, std::string_view help, std::string epp::TlsConfig::*field) {
    set("tls " + word + " TEXT", {"Mutual TLS 1.2 and 1.3", help, "Path, or OpenSSL's notation for ciphers"},
        [field](const Console& c) { server().tls.*field = c.arg(0); });
  };
  tls("certificate", "Our certificate chain, PEM", &epp::TlsConfig::certificate);
  tls("private-key", "Our private key, PEM", &epp::TlsConfig::private_key);
  tls("ca", "Who signs our clients, PEM", &epp::TlsConfig::ca);
  tls("cipher-list", "Ciphers of TLS 1.2", &epp::TlsConfig::cipher_list);
  tls("cipher-suites", "Suites of TLS 1.3", &epp::TlsConfig::cipher_suites);
}

void install_bounds() {
  bound("limit sessions <1-100000>", "Sessions of all users (default 1000)", "Sessions",
        [](uint64_t v) { limits().sessions_max = static_cast<unsigned>(v); });
  bound("limit user-sessions <1-10000>", "Sessions of one user (default 10)", "Sessions",
        [](uint64_t v) { limits().user_sessions_max = static_cast<unsigned>(v); });
  bound("limit connections <1-100000>", "Connections, logged in or not (default 1024)", "Connections",
        [](uint64_t v) { server().transport.connections_max = static_cast<unsigned>(v); });
  bound("limit handshakes <1-10000>", "Connections in their TLS handshake (default 128)", "Connections",
        [](uint64_t v) { server().transport.handshakes_max = static_cast<unsigned>(v); });
  bound("limit idle <1-86400>", "A session without a command (default 600)", "Seconds",
        [](uint64_t v) { limits().idle_timeout = seconds(v); });
  bound("limit login-time <1-3600>", "From connecting to being logged in (default 30)", "Seconds",
        [](uint64_t v) { limits().login_timeout = seconds(v); });
  bound("limit failed-logins <1-100>", "Failed logins of a connection (default 3)", "Logins",
        [](uint64_t v) { limits().failed_logins_max = static_cast<unsigned>(v); });
  bound("limit frame <16384-67108864>", "Octets of a frame (default 4194304)", "Octets",
        [](uint64_t v) { limits().frame_max = static_cast<uint32_t>(v); });
  bound("limit frame-time <1-3600>", "From a frame's first octet to its last (default 30)", "Seconds",
        [](uint64_t v) { server().transport.frame_timeout = seconds(v); });
  bound("limit in-flight <1-1000>", "Commands of a session at work at a time (default 32)", "Commands",
        [](uint64_t v) { limits().in_flight_max = static_cast<unsigned>(v); });
  set("limit rate <0-1000000> burst <0-1000000>",
      {"Bounds", "Commands a second of each user (default 0)", "Commands; 0 for no limit", "At once",
       "Commands; 0 for one second's worth"},
      [](const Console& c) {
        config().epp.user_rate = static_cast<uint32_t>(number(c.arg(0)));
        config().epp.user_burst = static_cast<uint32_t>(number(c.arg(1)));
      });
}

void write_tls(const Console& out, const epp::TlsConfig& tls) {
  const auto text = [&](std::string_view word, const std::string& value) {
    if (!value.empty()) out.line(" tls {} {}", word, value);
  };
  text("certificate", tls.certificate);
  text("private-key", tls.private_key);
  text("ca", tls.ca);
  text("cipher-list", tls.cipher_list);
  text("cipher-suites", tls.cipher_suites);
}

int64_t in_seconds(milliseconds t) { return std::chrono::duration_cast<seconds>(t).count(); }

int write_epp(vty* v) {
  const Console out(v, {});
  const epp::ServerConfig& s = server();
  const epp::Limits& l = s.session.limits;
  out.line("epp");
  for (const epp::Endpoint& e : s.listeners) out.line(" listen {} {}", e.address, e.port);
  for (const std::string& a : s.allowed) out.line(" allow {}", a);
  write_tls(out, s.tls);
  out.line(" server-id {}", s.session.server_id);
  out.line(" schemas {}", s.schema_directory);
  out.line(" messages {}", config().epp.messages);
  out.line(" validate-answers {}", on_off(s.validate_output));
  out.line(" threads {}", s.threads);
  out.line(" limit sessions {}", l.sessions_max);
  out.line(" limit user-sessions {}", l.user_sessions_max);
  out.line(" limit connections {}", s.transport.connections_max);
  out.line(" limit handshakes {}", s.transport.handshakes_max);
  out.line(" limit idle {}", in_seconds(l.idle_timeout));
  out.line(" limit login-time {}", in_seconds(l.login_timeout));
  out.line(" limit failed-logins {}", l.failed_logins_max);
  out.line(" limit frame {}", l.frame_max);
  out.line(" limit frame-time {}", in_seconds(s.transport.frame_timeout));
  out.line(" limit in-flight {}", l.in_flight_max);
  out.line(" limit rate {} burst {}", config().epp.user_rate, config().epp.user_burst);
  return 1;
}

}  // namespace

void install_epp_node() {
  server().schema_directory = "/usr/share/turnstile/schemas";
  install_node(kEppNode, "%s(config-epp)# ", write_epp);
  install_command(CONFIG_NODE, "epp", {"The EPP server"}, [](const Console& c) {
    mark_line("epp");
    return c.enter(kEppNode);
  });
  set("listen ADDRESS <0-65535>", {"Where to listen; several may be", "IPv4 or IPv6 address", "Port (EPP has 700)"},
      [](const Console& c) {
        const epp::Endpoint e{std::string(c.arg(0)), static_cast<uint16_t>(number(c.arg(1)))};
        auto& all = server().listeners;
        if (std::find(all.begin(), all.end(), e) == all.end()) all.push_back(e);
      });
  set("allow ADDRESS", {"Who may connect; several may be (default anybody)", "IPv4 or IPv6 address"},
      [](const Console& c) { server().allowed.emplace_back(c.arg(0)); });
  install_tls();
  set("server-id NAME", {"Who we are in the greeting", "3 to 64 characters (default Turnstile)"},
      [](const Console& c) { server().session.server_id = c.arg(0); });
  set("schemas DIR", {"The XML schemas", "Directory (default /usr/share/turnstile/schemas)"},
      [](const Console& c) { server().schema_directory = c.arg(0); });
  set("messages DIR",
      {"The texts of answers, a file for each language", "Directory (default /usr/share/turnstile/messages)"},
      [](const Console& c) { config().epp.messages = c.arg(0); });
  set("validate-answers (on|off)", {"Hold every answer to the schemas before it is sent (default on)", "On", "Off"},
      [](const Console& c) { server().validate_output = c.arg(0) == "on"; });
  set("threads <1-32>", {"Threads that serve connections", "Number (default 2)"},
      [](const Console& c) { server().threads = static_cast<unsigned>(number(c.arg(0))); });
  install_bounds();
}

void validate_epp(const Config& config, Problems& problems) {
  const EppConfig& e = config.epp;
  const auto literal = [&](const char* where, const std::string& address) {
    boost::system::error_code ec;
    boost::asio::ip::make_address(address, ec);
    if (ec) problems.push_back({where, fmt::format("'{}' is no IP address", address)});
  };
  if (e.server.listeners.empty()) problems.push_back({"epp", "no 'listen': nobody could connect"});
  for (const auto& l : e.server.listeners) literal("epp listen", l.address);
  for (const auto& a : e.server.allowed) literal("epp allow", a);
  Problems tls;
  (void)tls::make_context(tls::Side::kServer, e.server.tls, tls);
  for (auto& p : tls) problems.push_back({"epp " + p.where, std::move(p.text)});
  if (const size_t n = e.server.session.server_id.size(); n < 3 || n > 64)
    problems.push_back({"epp server-id", "must have 3 to 64 characters"});
  auto messages = epp::Messages::load(e.messages);
  if (!messages)
    for (const auto& p : messages.error()) problems.push_back({"epp messages", p.message()});
  else if (const auto codec = epp::Codec::make(e.server.schema_directory, *messages); !codec)
    problems.push_back({"epp schemas", codec.error().message()});
}

}  // namespace eir::appliance::cdbd
