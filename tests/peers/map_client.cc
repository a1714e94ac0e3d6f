// SPDX-License-Identifier: GPL-3.0-or-later
// eir-map-client: an MSC for tests and benches. M3UA over libosmo-sigtran; SCCP, TCAP and MAP with an encoder and
// decoder of its own.
#include <CLI/CLI.hpp>
#include <fstream>

#include <fmt/format.h>

#include "tests/peers/map_ask.h"
#include "tests/peers/map_load.h"
#include "tests/peers/mtp_host.h"

namespace {

using namespace eir::tests;
using namespace eir::tests::map;

constexpr const char* kFooter = R"(
Questions, one JSON object a line on stdin:
  {"version":3,"imei":"490154203237518"}
  version (1, 2, 3), imei (digits) or raw_imei_tbcd (hex), imsi, msisdn, vendor (huawei, ericsson),
  message (udt, xudt, ludt), segment (octets of data a segment), dialogue_first (a Begin with AARQ alone, then a
  Continue), no_component, requested (hex of requestedEquipmentInfo), operation, return_option, hop_counter,
  protocol_class, sls, called_gt, calling_gt, called_ssn, calling_ssn, called_ri, calling_ri (gt, ssn), otid, dtid,
  timeout_ms, id (echoed);
  in hex: raw_argument, raw_operation, raw_component, raw_dialogue, raw_context, raw_called, raw_calling,
  raw_tcap (the whole SCCP data), raw_mtp_user_data (the whole SCCP message; the next message of any kind is shown)
Answers, one JSON object a line: result is white, black, grey, no status, "error N", "reject KIND N", "p-abort N",
"u-abort", "u-abort abrt SOURCE", "u-abort aare SOURCE N", "returned CAUSE", "management TYPE", no component,
malformed, timeout or bad question; "problems" names what the answer does against the specifications.)";

struct Options {
  MtpHost::Asp asp;
  Dialogue dialogue;
  LoadOptions load;
  std::string stp = "127.0.0.1:2905", dpc = "0.0.2", message = "udt", questions_file, config_file, role = "asp";
  std::string called_ri, calling_ri;
  std::vector<std::string> imeis;
  double timeout_s = 5, wait_s = 10;
  bool verbose = false, states = false;
};

/// 3-8-3, or a number.
bool point_code(const std::string& text, uint32_t& out) {
  unsigned a = 0, b = 0, c = 0;
  if (std::sscanf(text.c_str(), "%u.%u.%u", &a, &b, &c) == 3) {
    out = a << 11 | b << 3 | c;
    return a < 8 && b < 256 && c < 8;
  }
  return std::sscanf(text.c_str(), "%u", &out) == 1 && out < 16384;
}

std::string point_code_text(uint32_t pc) { return fmt::format("{}.{}.{}", pc >> 11, pc >> 3 & 255, pc & 7); }

void describe(CLI::App& app, Options& o) {
  app.footer(kFooter);
  app.add_option("--stp", o.stp, "host:port of the STP, or of the node's own listener")->capture_default_str();
  app.add_option("--local-port", o.asp.local_port, "SCTP port to connect from; 0: any")->capture_default_str();
  app.add_option("--local-ip", o.asp.local_host, "address to connect from");
  app.add_option("--pc", o.asp.point_code, "own point code")->capture_default_str();
  app.add_option("--dpc", o.dpc, "point code of the EIR")->capture_default_str();
  app.add_option("--rctx", o.asp.routing_context, "routing context")->capture_default_str();
  app.add_option("--traffic-mode", o.asp.traffic_mode)->capture_default_str();
  app.add_option("--role", o.role, "asp, the only one an MSC has here")->check(CLI::IsMember({"asp"}));
  app.add_option("--config", o.config_file, "a file with `cs7` nodes instead of the options above");
  app.add_option("--called-gt", o.dialogue.called_gt, "GT of the EIR; none: by point code and SSN");
  app.add_option("--calling-gt", o.dialogue.calling_gt, "GT of the MSC; none: point code and SSN");
  app.add_option("--called-ssn", o.dialogue.called_ssn)->capture_default_str();
  app.add_option("--calling-ssn", o.dialogue.calling_ssn)->capture_default_str();
  app.add_option("--called-ri", o.called_ri, "gt or ssn; default: gt where there is one")
      ->check(CLI::IsMember({"gt", "ssn"}));
  app.add_option("--calling-ri", o.calling_ri, "the same for the calling address")->check(CLI::IsMember({"gt", "ssn"}));
  app.add_option("--message", o.message, "udt, xudt or ludt")->check(CLI::IsMember({"udt", "xudt", "ludt"}));
  app.add_option("--timeout", o.timeout_s, "seconds for each answer")->capture_default_str();
  app.add_option("--wait", o.wait_s, "seconds for the ASP to become active")->capture_default_str();
  app.add_flag("--states", o.states, "AS, ASP and destination states on stderr");
  app.add_flag("-v", o.verbose, "the library's whole log on stderr");
}

void describe_load(CLI::App& app, Options& o) {
  const auto group = app.add_option_group("load", "load mode: with --load, --rate or --duration");
  group->add_option("--load", o.load.count, "answers to measure");
  group->add_option("--duration", o.load.duration_s, "seconds to measure");
  group->add_option("--warmup", o.load.warmup_s, "seconds before measuring")->capture_default_str();
  group->add_option("--window", o.load.window, "questions outstanding; default: 64, with --rate 4096")
      ->check(CLI::Range(1U, kWindowMax));
  group->add_option("--rate", o.load.rate, "questions per second; 0: as many as the window allows");
  group->add_option("--version-map", o.load.version, "MAP version")->check(CLI::Range(1U, 3U))->capture_default_str();
  group->add_option("--imei", o.imeis, "IMEIs to ask in turn; any of the four statuses is right");
  group->add_option("--questions", o.questions_file, "file of lines imei[,white|black|grey|unknown]");
  group->add_flag("--echo", o.load.echo, "the peer is eir-mtp-echo: the question is its answer");
}

bool read_questions(const std::string& file, std::vector<LoadQuestion>& out) {
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto comma = line.find(',');
    out.push_back({line.substr(0, comma), comma == std::string::npos ? "" : line.substr(comma + 1)});
  }
  return !out.empty();
}

bool complete(Options& o) {
  const auto colon = o.stp.rfind(':');
  if (colon == std::string::npos) {
    fmt::print(stderr, "--stp takes host:port\n");
    return false;
  }
  o.asp.remote_host = o.stp.substr(0, colon);
  o.asp.remote_port = static_cast<uint16_t>(std::strtoul(o.stp.c_str() + colon + 1, nullptr, 10));
  if (!point_code(o.asp.point_code, o.dialogue.own_pc) || !point_code(o.dpc, o.dialogue.peer_pc)) {
    fmt::print(stderr, "a point code is 3-8-3, such as 0.0.2\n");
    return false;
  }
  o.asp.point_code = point_code_text(o.dialogue.own_pc);
  o.dialogue.message = o.message == "ludt" ? Message::kLudt : o.message == "xudt" ? Message::kXudt : Message::kUdt;
  o.dialogue.called_on_gt = o.called_ri != "ssn";
  o.dialogue.calling_on_gt = o.calling_ri != "ssn";
  o.load.dialogue = o.dialogue;
  o.load.timeout = std::chrono::milliseconds(static_cast<int64_t>(o.timeout_s * 1000));
  for (const auto& imei : o.imeis) o.load.questions.push_back({imei, ""});
  if (!o.questions_file.empty() && !read_questions(o.questions_file, o.load.questions)) {
    fmt::print(stderr, "{}: no usable questions\n", o.questions_file);
    return false;
  }
  if (o.load.questions.empty()) o.load.questions.push_back({"49015420323751", ""});
  return true;
}

bool start(MtpHost& host, const Options& o, eir::sigtran::mtp::TransferUser& user) {
  host.show_states(o.states);
  const bool started = o.config_file.empty() ? host.start(MtpHost::config_of(o.asp), user, o.verbose)
                                             : host.start_from_file(o.config_file, user, o.verbose);
  if (!started) return false;
  if (host.wait_active(std::chrono::milliseconds(static_cast<int64_t>(o.wait_s * 1000)))) return true;
  fmt::print(stderr, "eir-map-client: the ASP did not become active within {} s\n", o.wait_s);
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("An MSC: asks an EIR over MAP (3GPP TS 29.002), TCAP, SCCP and M3UA");
  Options o;
  describe(app, o);
  describe_load(app, o);
  CLI11_PARSE(app, argc, argv);
  if (!complete(o)) return 2;

  MtpHost host("eir-map-client");
  if (o.load.count == 0 && o.load.duration_s <= 0 && o.load.rate <= 0) {
    Inbox inbox;
    if (!start(host, o, inbox)) return 1;
    const int status = ask_from_stdin(host, inbox, o.dialogue, o.load.timeout);
    host.stop();
    return status;
  }
  if (o.load.count == 0 && o.load.duration_s <= 0) o.load.duration_s = 5;
  if (o.load.window == 0) o.load.window = o.load.rate > 0 ? 4096 : 64;
  Load load(o.load);
  if (!start(host, o, load)) return 1;
  const int status = load.run(host);
  host.stop();
  return status;
}
