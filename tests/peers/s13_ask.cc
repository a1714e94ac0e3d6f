// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/s13_ask.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <random>
#include <thread>

#include <fmt/format.h>

namespace eir::tests::s13 {
namespace {

using nlohmann::json;
using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string text_of(const json& q, const char* name, std::string fallback) {
  const auto it = q.find(name);
  return it != q.end() && it->is_string() ? it->get<std::string>() : std::move(fallback);
}
uint32_t number_of(const json& q, const char* name, uint32_t fallback) {
  const auto it = q.find(name);
  return it != q.end() && it->is_number_unsigned() ? it->get<uint32_t>() : fallback;
}
bool listed(const json& q, const char* list, std::string_view name) {
  const auto it = q.find(list);
  return it != q.end() && it->is_array() && std::find(it->begin(), it->end(), name) != it->end();
}

/// Terminal-Information: IMEI and Software-Version as far as they are given. 3GPP TS 29.272 §7.3.3.
std::string terminal_information(const json& q) {
  std::string group;
  if (q.contains("imei")) group += make_avp(kImei, text_of(q, "imei", ""), kVendor3gpp);
  if (q.contains("svn")) group += make_avp(kSoftwareVersion, text_of(q, "svn", ""), kVendor3gpp);
  return group;
}

class Asker {
 public:
  explicit Asker(const AskOptions& o) : o_(o) {
    std::random_device seed;
    next_id_ = seed();
  }
  int run();

 private:
  bool open_up(json& why);
  bool exchange_cer(json& why);
  json ask(const json& q);
  json describe(const std::string& message, const std::string& request);
  std::optional<std::string> await_answer(std::optional<uint32_t> hop_by_hop, milliseconds timeout);
  bool take_request(const std::string& message);
  void event(const char* name, const std::string& message) const;
  void on_socket();
  bool on_input();
  void answer_line(std::string_view line);
  void say_goodbye();

  const AskOptions& o_;
  std::optional<Conversation> conversation_;
  std::string input_;
  uint32_t next_id_ = 0;
  bool all_answered_ = true;
};

void print(const json& line) {
  fmt::print("{}\n", line.dump(-1, ' ', true, json::error_handler_t::replace));
  std::fflush(stdout);
}

void Asker::event(const char* name, const std::string& message) const {
  if (o_.events) print({{"event", name}, {"raw", to_hex(message)}});
}

/// A request of the node's own: watchdog or disconnect. True when it was one.
bool Asker::take_request(const std::string& message) {
  const Header h = header_of(message);
  if (!h.request()) return false;
  event(h.command == kCommandDwr ? "dwr" : h.command == kCommandDpr ? "dpr" : "request", message);
  if (h.command == kCommandDwr && !o_.dwa) return true;
  if (h.command == kCommandDwr || h.command == kCommandDpr)
    conversation_->send(make_success(o_.who, message), o_.timeout);
  return true;
}

std::optional<std::string> Asker::await_answer(std::optional<uint32_t> hop_by_hop, milliseconds timeout) {
  const auto until = Steady::now() + timeout;
  for (;;) {
    const auto left = std::chrono::duration_cast<milliseconds>(until - Steady::now());
    auto message = conversation_->receive(std::max(left, milliseconds(0)));
    if (!message) return std::nullopt;
    if (take_request(*message)) continue;
    if (!hop_by_hop || header_of(*message).hop_by_hop == *hop_by_hop) return message;
    event("stray", *message);
  }
}

bool Asker::exchange_cer(json& why) {
  const uint32_t id = ++next_id_;
  const std::string cer = make_cer(o_.who, id);
  conversation_->send(cer, o_.timeout);
  const auto cea = await_answer(id, o_.timeout);
  if (!cea) {
    why = {{"result", conversation_->closed() ? "closed" : "timeout"}, {"error", "no CEA"}};
    return false;
  }
  const Answer a = parse_answer(*cea, cer);
  event("cea", *cea);
  if (a.result_code == 2001u && a.problems.empty()) return true;
  why = describe(*cea, cer);
  why["result"] = "refused";
  return false;
}

bool Asker::open_up(json& why) {
  if (conversation_ && !conversation_->closed()) return true;
  conversation_.reset();
  const auto until = Steady::now() + o_.connect_wait;
  for (;;) {
    auto link = Link::open(o_.link);
    if (link) {
      conversation_.emplace(std::move(*link));
      break;
    }
    if (Steady::now() >= until) {
      why = {{"result", "no-connection"}, {"error", link.error()}};
      return false;
    }
    std::this_thread::sleep_for(milliseconds(50));
  }
  if (!o_.cer || exchange_cer(why)) return true;
  conversation_.reset();
  return false;
}

json Asker::describe(const std::string& message, const std::string& request) {
  const Answer a = parse_answer(message, request);
  json out{{"result", result_of(a)}, {"command", a.header.command}, {"flags", a.header.flags}};
  if (a.result_code) out["result_code"] = *a.result_code;
  if (a.experimental_result) out["experimental_result"] = *a.experimental_result;
  if (!a.failed_avp.empty()) out["failed_avp"] = to_hex(a.failed_avp);
  if (!a.error_message.empty()) out["error_message"] = a.error_message;
  if (!a.origin_host.empty()) out["origin_host"] = a.origin_host;
  if (!a.problems.empty()) out["problems"] = a.problems;
  if (const auto sctp = conversation_->link().last_sctp()) {
    out["sctp_stream"] = sctp->first;
    out["sctp_ppid"] = sctp->second;
  }
  if (o_.raw) out["raw"] = to_hex(message);
  return out;
}

json Asker::ask(const json& q) {
  json why;
  if (!open_up(why)) return why;
  const uint32_t id = number_of(q, "hop_by_hop", ++next_id_);
  std::string message;
  std::optional<uint32_t> wanted;
  if (const auto raw = q.find("raw"); raw != q.end()) {
    auto octets = raw->is_string() ? from_hex(raw->get<std::string>()) : std::nullopt;
    if (!octets) return {{"result", "bad-question"}, {"error", "raw is no hexadecimal"}};
    message = std::move(*octets);
  } else if (q.contains("dwr")) {
    message = make_dwr(o_.who, id);
    wanted = id;
  } else {
    auto made = make_ecr(q, o_.who, id);
    if (!made) return {{"result", "bad-question"}, {"error", made.error()}};
    message = std::move(*made);
    wanted = id;
  }
  const milliseconds timeout(number_of(q, "timeout_ms", static_cast<uint32_t>(o_.timeout.count())));
  const auto begin = Steady::now();
  const bool sent = conversation_->send(message, timeout);
  const auto answer = sent ? await_answer(wanted, timeout) : std::nullopt;
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - begin);
  if (!answer) {
    if (conversation_->closed()) return {{"result", "closed"}, {"error", conversation_->why()}};
    return {{"result", "timeout"}};
  }
  json out = describe(*answer, message);
  out["latency_us"] = took.count();
  return out;
}

void Asker::answer_line(std::string_view line) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
  const json q = json::parse(line, nullptr, false);
  json out = q.is_object() ? ask(q) : json{{"result", "bad-question"}, {"error", "not a JSON object"}};
  const auto result = out.value("result", "");
  if (result == "timeout" || result == "closed" || result == "refused" || result == "no-connection" ||
      result == "bad-question")
    all_answered_ = false;
  for (const char* echoed : {"id", "imei", "svn", "imsi"})
    if (q.is_object() && q.contains(echoed)) out[echoed] = q[echoed];
  print(out);
}

/// Takes what stdin has; false at its end.
bool Asker::on_input() {
  char buffer[65536];
  const ssize_t n = read(STDIN_FILENO, buffer, sizeof buffer);
  if (n < 0) return errno == EINTR;
  input_.append(buffer, static_cast<size_t>(n));
  if (n == 0 && !input_.empty()) input_ += '\n';
  for (size_t end; (end = input_.find('\n')) != std::string::npos;) {
    const std::string line = input_.substr(0, end);
    input_.erase(0, end + 1);
    answer_line(line);
  }
  return n > 0;
}

void Asker::on_socket() {
  const auto message = conversation_->receive(milliseconds(0));
  if (message && !take_request(*message)) event("stray", *message);
  if (conversation_->closed()) event("closed", "");
}

void Asker::say_goodbye() {
  if (!conversation_ || conversation_->closed() || !o_.dpr || !o_.cer) return;
  const uint32_t id = ++next_id_;
  if (conversation_->send(make_dpr(o_.who, id), o_.timeout)) {
    const auto dpa = await_answer(id, o_.timeout);
    if (dpa) event("dpa", *dpa);
  }
}

int Asker::run() {
  json why;
  if (!open_up(why)) {
    print(why);
    return 1;
  }
  for (bool more = true; more;) {
    const bool live = conversation_ && !conversation_->closed();
    pollfd waits[2] = {{STDIN_FILENO, POLLIN, 0}, {live ? conversation_->fd() : -1, POLLIN, 0}};
    const bool pending = live && conversation_->pending();
    if (poll(waits, 2, pending ? 0 : -1) < 0 && errno != EINTR) break;
    if (live && (pending || waits[1].revents)) on_socket();
    if (waits[0].revents) more = on_input();
  }
  say_goodbye();
  return all_answered_ ? 0 : 1;
}

}  // namespace

std::string result_of(const Answer& a) {
  if (a.experimental_result) return *a.experimental_result == 5422 ? "unknown" : std::to_string(*a.experimental_result);
  if (!a.result_code) return "malformed";
  if (*a.result_code != 2001 || a.header.command != kCommandEcr) return std::to_string(*a.result_code);
  static constexpr const char* kNames[] = {"white", "black", "grey"};
  if (!a.equipment_status || *a.equipment_status > 2) return "malformed";
  return kNames[*a.equipment_status];
}

tl::expected<std::string, std::string> make_ecr(const json& q, const Identity& who, uint32_t id) {
  const auto flags = static_cast<uint8_t>(number_of(q, "flags", kFlagRequest | kFlagProxiable));
  Builder b(flags, number_of(q, "command", kCommandEcr), number_of(q, "application", kApplication), id,
            number_of(q, "end_to_end", id));
  const auto put = [&](const char* name, const std::string& avp) {
    if (avp.empty() || listed(q, "omit", name)) return;
    b.raw(avp);
    if (listed(q, "twice", name)) b.raw(avp);
  };
  const auto origin_host = text_of(q, "origin_host", who.origin_host);
  put("session-id", make_avp(kSessionId, text_of(q, "session_id", fmt::format("{};1;{}", origin_host, id))));
  put("vsai", make_avp(kVendorSpecificApplicationId,
                       make_u32(kVendorId, kVendor3gpp) + make_u32(kAuthApplicationId, kApplication)));
  put("auth-session-state", make_u32(kAuthSessionState, number_of(q, "auth_session_state", 1)));
  put("origin-host", make_avp(kOriginHost, origin_host));
  put("origin-realm", make_avp(kOriginRealm, text_of(q, "origin_realm", who.origin_realm)));
  if (const auto host = text_of(q, "destination_host", who.destination_host); !host.empty())
    put("destination-host", make_avp(kDestinationHost, host));
  put("destination-realm", make_avp(kDestinationRealm, text_of(q, "destination_realm", who.destination_realm)));
  put("terminal-information", make_avp(kTerminalInformation, terminal_information(q), kVendor3gpp));
  if (q.contains("imsi")) put("user-name", make_avp(kUserName, text_of(q, "imsi", "")));
  if (q.contains("append")) {
    const auto more = from_hex(text_of(q, "append", "?"));
    if (!more) return tl::unexpected(std::string("append is no hexadecimal"));
    b.raw(*more);
  }
  return b.finish();
}

int ask_from_stdin(const AskOptions& options) { return Asker(options).run(); }

}  // namespace eir::tests::s13
