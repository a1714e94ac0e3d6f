// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/sites_console.h"

#include <algorithm>
#include <cctype>

#include "appliance/vty/report.h"

namespace eir::appliance::cdbd {
namespace {

std::function<SitesConfig&()>& edited_config() {
  static std::function<SitesConfig&()> edited;
  return edited;
}

int write_node(vty* v) {
  if (edited_config()) write_site(v, edited_config()());
  return CMD_SUCCESS;
}

void install_file(int node, const char* word, const char* help, std::string sync::epp::TlsConfig::*member) {
  install_setting(node, std::string(word) + " FILE", {help, "PEM file"}, std::string("site ") + word,
                  [member](const Console& c) {
                    edited_config()().tls.*member = std::string(c.arg(0));
                    return CMD_SUCCESS;
                  });
}

const char* role_of(bool active) { return active ? "active" : "following"; }

Json report_of(const Sites::Status& s) {
  Json j;
  j["site"] = s.name;
  j["role"] = role_of(s.own.active);
  j["epoch"] = s.own.epoch;
  j["block"] = s.own.block;
  j["version"] = s.own.version.str();
  j["standby_sync"] = s.own.sync;
  j["alone"] = s.own.alone;
  j["acknowledged"] = s.own.acknowledged;
  j["held"] = s.own.held;
  j["following"] = s.following;
  j["behind"] = s.behind;
  j["problem"] = s.problem;
  j["two_active"] = s.two_active;
  j["lost"] = s.lost;
  j["peers"] = Json::array();
  for (const Sites::Peer& p : s.peers)
    j["peers"].push_back({{"peer", p.name},
                          {"reached", p.reachable},
                          {"role", role_of(p.state.active)},
                          {"epoch", p.state.epoch},
                          {"block", p.state.block},
                          {"problem", p.problem}});
  return j;
}

}  // namespace

void install_site_node(int node, std::function<SitesConfig&()> edited) {
  edited_config() = std::move(edited);
  install_node(node, "%s(config-site)# ", write_node);
  install_setting(CONFIG_NODE, "site NAME", {"This site of a centre of several", "What the others call it"},
                  "site name", [node](const Console& c) {
                    edited_config()().name = std::string(c.arg(0));
                    return c.enter(node);
                  });
  install_setting(node, "bind A.B.C.D <0-65535>",
                  {"Where the other sites ask, fixed once started", "IPv4 address", "TCP port"}, "site bind",
                  [](const Console& c) {
                    edited_config()().address = std::string(c.arg(0));
                    edited_config()().port = static_cast<uint16_t>(number(c.arg(1)));
                    return CMD_SUCCESS;
                  });
  install_setting(
      node, "peer NAME HOST <1-65535> FINGERPRINT",
      {"Another site", "What it calls itself", "Its address", "TCP port",
       "SHA-256 of its certificate, 64 hexadecimal digits"},
      "site peer", [](const Console& c) {
        std::string fingerprint(c.arg(3));
        std::transform(fingerprint.begin(), fingerprint.end(), fingerprint.begin(),
                       [](unsigned char x) { return static_cast<char>(std::tolower(x)); });
        edited_config()().peers.push_back({std::string(c.arg(0)), std::string(c.arg(1)),
                                           static_cast<uint16_t>(number(c.arg(2))), std::move(fingerprint)});
        return CMD_SUCCESS;
      });
  install_setting(node, "standby-sync (on|off)",
                  {"Whether a command is acknowledged only once a second site has it", "It is", "At once"},
                  "site standby-sync", [](const Console& c) {
                    edited_config()().standby_sync = c.arg(0) == "on";
                    return CMD_SUCCESS;
                  });
  install_file(node, "certificate", "Our certificate, with its chain", &sync::epp::TlsConfig::certificate);
  install_file(node, "private-key", "Its key, without a passphrase", &sync::epp::TlsConfig::private_key);
  install_file(node, "ca", "Who signs the certificates of sites", &sync::epp::TlsConfig::ca);
}

void write_site(vty* v, const SitesConfig& c) {
  if (c.name.empty()) return;
  const Console out(v, {});
  out.line("site {}", c.name);
  out.line(" bind {} {}", c.address, c.port);
  if (c.standby_sync) out.line(" standby-sync {}", on_off(*c.standby_sync));
  out.line(" certificate {}", c.tls.certificate);
  out.line(" private-key {}", c.tls.private_key);
  out.line(" ca {}", c.tls.ca);
  for (const PeerSite& peer : c.peers) out.line(" peer {} {} {} {}", peer.name, peer.host, peer.port, peer.fingerprint);
}

void install_site_commands(std::function<const Sites*()> sites, std::function<registry::Registry*()> registry) {
  install_report(
      "sites", {"Show running system information", "The sites of the centre", "As JSON, one line"},
      [sites] {
        const Sites* all = sites();
        return all ? report_of(all->status()) : Json::object();
      },
      [sites](const Console& c, const Json&) {
        const Sites* all = sites();
        c.put(all ? to_text(all->status()) : "This centre has one site");
      });
  install_command(
      ENABLE_NODE, "site (alone|standby-sync) (on|off)",
      {"What this site alone goes by", "Acknowledge without a second site, alarmed while it is on",
       "Acknowledge once a second site has it", "On", "Off"},
      [registry = std::move(registry)](const Console& c) {
        registry::Registry* r = registry();
        if (!r) return c.refuse("Nothing runs yet");
        registry::Request rq;
        rq.user_name = "console";
        rq.role = registry::Role::kAdministrator;
        rq.address = "local";
        const auto out = r->execute(std::move(rq), registry::SetSite{std::string(c.arg(0)), std::string(c.arg(1))});
        return out.ok() ? CMD_SUCCESS : c.refuse("Refused: {}", registry::to_string(out.why));
      });
}

}  // namespace eir::appliance::cdbd
