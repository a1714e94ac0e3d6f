// SPDX-License-Identifier: GPL-3.0-or-later
// eir-s13-client: an MME for tests and benches. Diameter S13 with an encoder and decoder of its own.
#include <csignal>

#include <CLI/CLI.hpp>
#include <fstream>

#include <fmt/format.h>

#include "tests/peers/s13_ask.h"
#include "tests/peers/s13_load.h"

namespace {

using namespace eir::tests::s13;

constexpr const char* kFooter = R"(
Questions, one JSON object a line on stdin:
  {"imei":"49015420323751","svn":"00","imsi":"255011234567890"}
  more fields: session_id, origin_host, origin_realm, destination_host, destination_realm, flags, command,
  application, hop_by_hop, end_to_end, auth_session_state, append (AVPs in hex), timeout_ms, id (echoed);
  omit and twice: lists of session-id, vsai, auth-session-state, origin-host, origin-realm, destination-host,
  destination-realm, terminal-information, user-name
  {"raw":"hex of a whole message"}     the next answer of any kind is shown
  {"dwr":true}                         a watchdog of our own
Answers, one JSON object a line: result is white, black, grey, unknown (5422), a result code, or one of timeout,
closed, refused, no-connection, malformed; "problems" names what the answer does against the specifications.)";

struct Options {
  AskOptions ask;
  LoadOptions load;
  std::string connect = "127.0.0.1:3868", questions_file;
  std::vector<std::string> imeis;
  double timeout_s = 5, wait_s = 0;
};

void describe(CLI::App& app, Options& o) {
  app.footer(kFooter);
  app.add_option("--connect", o.connect, "the node: host:port or [v6]:port")->capture_default_str();
  const std::map<std::string, Transport> kTransports{
      {"tcp", Transport::kTcp}, {"tls", Transport::kTls}, {"sctp", Transport::kSctp}};
  app.add_option("--transport", o.ask.link.transport, "tcp, tls or sctp")
      ->transform(CLI::CheckedTransformer(kTransports));
  app.add_option("--local-address", o.ask.link.local_address, "address to connect from");
  auto& who = o.ask.who;
  who.origin_host = "mme1.epc.mnc01.mcc255.3gppnetwork.org";
  who.origin_realm = "epc.mnc01.mcc255.3gppnetwork.org";
  app.add_option("--origin-host", who.origin_host, "with several connections {} is the connection's number")
      ->capture_default_str();
  app.add_option("--origin-realm", who.origin_realm)->capture_default_str();
  app.add_option("--destination-realm", who.destination_realm, "default: the origin realm");
  app.add_option("--destination-host", who.destination_host, "default: none");
  app.add_option("--application", who.applications, "Auth-Application-Ids of the CER")->capture_default_str();
  app.add_option("--origin-state-id", who.origin_state_id);
  app.add_option("--host-ip", who.host_ip, "Host-IP-Address of the CER")->capture_default_str();
  app.add_option("--tls-certificate", o.ask.link.tls_certificate, "PEM chain of the client");
  app.add_option("--tls-private-key", o.ask.link.tls_private_key);
  app.add_option("--tls-ca", o.ask.link.tls_ca, "PEM; with it the node's certificate is checked");
  app.add_option("--tls-name", o.ask.link.tls_name, "name asked for and checked");
  app.add_option("--tls-ciphers", o.ask.link.tls_ciphers);
  app.add_option("--sctp-stream", o.ask.link.sctp_stream);
  app.add_option("--receive-buffer", o.ask.link.receive_buffer, "SO_RCVBUF, octets");
  app.add_option("--timeout", o.timeout_s, "seconds for each answer")->capture_default_str();
  app.add_option("--wait", o.wait_s, "seconds to go on trying the first connection")->capture_default_str();
  app.add_flag("!--no-cer", o.ask.cer, "say nothing first");
  app.add_flag("!--no-dpr", o.ask.dpr, "end without DPR");
  app.add_flag("!--no-dwa", o.ask.dwa, "leave watchdogs unanswered");
  app.add_flag("!--no-raw", o.ask.raw, "answers without their octets");
  app.add_flag("--events", o.ask.events, "show CEA, watchdogs, DPR and strays as {\"event\":...}");
}

void describe_load(CLI::App& app, Options& o) {
  const auto group = app.add_option_group("load", "load mode: with --load, --rate or --duration");
  group->add_option("--load", o.load.count, "answers to measure");
  group->add_option("--duration", o.load.duration_s, "seconds to measure");
  group->add_option("--warmup", o.load.warmup_s, "seconds before measuring")->capture_default_str();
  group->add_option("--window", o.load.window, "questions outstanding per connection")
      ->check(CLI::Range(1u, kWindowMax))
      ->capture_default_str();
  group->add_option("--rate", o.load.rate,
                    "questions per second over all connections; 0: as many as the window allows");
  group->add_option("--connections", o.load.connections)->check(CLI::Range(1u, 60u))->capture_default_str();
  group->add_option("--imei", o.imeis, "IMEIs to ask in turn; any of the four statuses is right");
  group->add_option("--questions", o.questions_file, "file of lines imei[,white|black|grey|unknown]");
}

bool read_questions(const std::string& file, std::vector<LoadQuestion>& out) {
  std::ifstream in(file);
  if (!in) return false;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto comma = line.find(',');
    LoadQuestion q{line.substr(0, comma), std::nullopt};
    if (comma != std::string::npos) {
      static constexpr std::string_view kNames[] = {"white", "black", "grey", "unknown"};
      const auto at = std::find(std::begin(kNames), std::end(kNames), line.substr(comma + 1));
      if (at == std::end(kNames)) return false;
      q.expected = static_cast<uint32_t>(at - std::begin(kNames));
    }
    out.push_back(std::move(q));
  }
  return !out.empty();
}

bool split_address(const std::string& text, LinkOptions& link) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return false;
  link.host = text.substr(0, colon);
  link.port = text.substr(colon + 1);
  if (link.host.front() == '[' && link.host.back() == ']') link.host = link.host.substr(1, link.host.size() - 2);
  return !link.host.empty() && !link.port.empty();
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  CLI::App app("An MME: asks an EIR over Diameter S13 (3GPP TS 29.272)");
  Options o;
  describe(app, o);
  describe_load(app, o);
  CLI11_PARSE(app, argc, argv);

  if (!split_address(o.connect, o.ask.link)) {
    fmt::print(stderr, "--connect takes host:port\n");
    return 2;
  }
  auto& who = o.ask.who;
  if (who.destination_realm.empty()) who.destination_realm = who.origin_realm;
  o.ask.timeout = o.ask.link.timeout = std::chrono::milliseconds(static_cast<int64_t>(o.timeout_s * 1000));
  o.ask.connect_wait = std::chrono::milliseconds(static_cast<int64_t>(o.wait_s * 1000));
  o.ask.link.tls_verify = !o.ask.link.tls_ca.empty();
  if (o.load.count == 0 && o.load.duration_s <= 0 && o.load.rate == 0) return ask_from_stdin(o.ask);

  o.load.who = who;
  o.load.link = o.ask.link;
  o.load.timeout = o.ask.timeout;
  if (o.load.count == 0 && o.load.duration_s <= 0) o.load.duration_s = 5;
  for (const auto& imei : o.imeis) o.load.questions.push_back({imei, std::nullopt});
  if (!o.questions_file.empty() && !read_questions(o.questions_file, o.load.questions)) {
    fmt::print(stderr, "{}: no usable questions\n", o.questions_file);
    return 2;
  }
  if (o.load.questions.empty()) o.load.questions.push_back({"49015420323751", std::nullopt});
  if (o.load.connections > 1 && who.origin_host.find("{}") == std::string::npos) {
    fmt::print(stderr, "with several connections --origin-host needs {{}} for the connection's number\n");
    return 2;
  }
  return run_load(o.load);
}
