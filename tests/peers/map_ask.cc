// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/map_ask.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include <fmt/format.h>

extern "C" {
#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>
}

namespace eir::tests::map {

using nlohmann::json;
using namespace sigtran::mtp;
using Clock = std::chrono::steady_clock;

Address called_address(const Dialogue& d) {
  const bool on_gt = !d.called_gt.empty() && d.called_on_gt;
  return {on_gt, on_gt ? std::nullopt : std::optional(d.peer_pc), d.called_ssn, d.called_gt};
}

Address calling_address(const Dialogue& d) {
  const bool on_gt = !d.calling_gt.empty() && d.calling_on_gt;
  return {on_gt, on_gt ? std::nullopt : std::optional(d.own_pc), d.calling_ssn, d.calling_gt};
}

namespace {

/// Lines from stdin without blocking the signalling loop.
class Lines {
 public:
  Lines() {
    osmo_fd_setup(&ofd_, STDIN_FILENO, OSMO_FD_READ, &Lines::on_readable, this, 0);
    // A file is always readable and cannot be waited for.
    pollable_ = lseek(STDIN_FILENO, 0, SEEK_CUR) < 0 || isatty(STDIN_FILENO);
    if (pollable_) osmo_fd_register(&ofd_);
  }
  ~Lines() {
    if (pollable_ && !ended_) osmo_fd_unregister(&ofd_);
  }
  bool next(std::string& line) {
    if (!pollable_ && !ended_ && buffer_.find('\n') == std::string::npos) read_some();
    const auto at = buffer_.find('\n');
    if (at == std::string::npos) {
      if (!ended_ || buffer_.empty()) return false;
      line.swap(buffer_);
      buffer_.clear();
      return true;
    }
    line = buffer_.substr(0, at);
    buffer_.erase(0, at + 1);
    return true;
  }
  bool ended() const { return ended_ && buffer_.empty(); }

 private:
  static int on_readable(osmo_fd* ofd, unsigned) {
    static_cast<Lines*>(ofd->data)->read_some();
    return 0;
  }
  void read_some() {
    std::array<char, 65536> chunk;
    const ssize_t n = read(STDIN_FILENO, chunk.data(), chunk.size());
    if (n > 0) buffer_.append(chunk.data(), static_cast<size_t>(n));
    if (n > 0) return;
    ended_ = true;
    if (pollable_) osmo_fd_unregister(&ofd_);
  }

  osmo_fd ofd_{};
  std::string buffer_;
  bool pollable_ = false, ended_ = false;
};

/// One question's way: what is sent, what is expected, what came.
class Question {
 public:
  Question(MtpHost& host, Inbox& inbox, Dialogue dialogue, std::chrono::milliseconds timeout, const json& q)
      : host_(host), inbox_(inbox), d_(std::move(dialogue)), q_(q), timeout_(timeout) {}

  json run() {
    json out = json::object();
    if (q_.contains("id")) out["id"] = q_["id"];
    try {
      prepare();
      ask(out);
    } catch (const json::exception& e) {
      out["result"] = "bad question";
      out["problems"] = {e.what()};
    } catch (const std::exception& e) {
      out["result"] = "bad question";
      out["problems"] = {e.what()};
    }
    return out;
  }

 private:
  Bytes hex(const char* name) const {
    const auto bytes = from_hex(q_.at(name).get<std::string>());
    if (!bytes) throw std::runtime_error(std::string(name) + " is no hex");
    return *bytes;
  }
  Bytes hex_or(const char* name, Bytes other) const { return q_.contains(name) ? hex(name) : other; }

  void prepare() {
    version_ = q_.value("version", 3U);
    if (q_.contains("timeout_ms")) timeout_ = std::chrono::milliseconds(q_["timeout_ms"].get<int>());
    d_.called_gt = q_.value("called_gt", d_.called_gt);
    d_.calling_gt = q_.value("calling_gt", d_.calling_gt);
    d_.called_ssn = q_.value("called_ssn", d_.called_ssn);
    d_.calling_ssn = q_.value("calling_ssn", d_.calling_ssn);
    if (q_.contains("called_ri")) d_.called_on_gt = q_["called_ri"] == "gt";
    if (q_.contains("calling_ri")) d_.calling_on_gt = q_["calling_ri"] == "gt";
    d_.return_option = q_.value("return_option", d_.return_option);
    d_.protocol_class = q_.value("protocol_class", d_.protocol_class);
    d_.sls = q_.value("sls", d_.sls);
    const std::string message = q_.value("message", "");
    if (message == "udt") d_.message = Message::kUdt;
    if (message == "xudt") d_.message = Message::kXudt;
    if (message == "ludt") d_.message = Message::kLudt;
    static uint32_t serial = 0x20000000;
    ++serial;
    otid_ = hex_or("otid", {static_cast<uint8_t>(serial >> 24), static_cast<uint8_t>(serial >> 16),
                            static_cast<uint8_t>(serial >> 8), static_cast<uint8_t>(serial)});
  }

  Bytes component() const {
    if (q_.value("no_component", false)) return {};
    if (q_.contains("raw_component")) return hex("raw_component");
    CheckImei c;
    c.version = version_;
    c.imei = q_.contains("raw_imei_tbcd") ? hex("raw_imei_tbcd") : tbcd(q_.value("imei", ""));
    c.imsi = q_.value("imsi", "");
    c.msisdn = q_.value("msisdn", "");
    const std::string vendor = q_.value("vendor", "");
    if (vendor == "huawei") c.vendor = Vendor::kHuawei;
    if (vendor == "ericsson") c.vendor = Vendor::kEricsson;
    c.requested = hex_or("requested", c.requested);
    const Bytes operation = hex_or("raw_operation", tlv(0x02, Bytes{static_cast<uint8_t>(q_.value("operation", 43U))}));
    return invoke(1, operation, q_.contains("raw_argument") ? hex("raw_argument") : argument(c));
  }

  Bytes dialogue_portion() const {
    if (q_.contains("raw_dialogue")) return hex("raw_dialogue");
    if (version_ < 2 && !q_.contains("raw_context")) return {};
    return aarq(hex_or("raw_context", application_context(version_)));
  }

  void ask(json& out) {
    inbox_.items.clear();
    const auto started = Clock::now();
    if (q_.contains("raw_mtp_user_data")) {
      send_octets(hex("raw_mtp_user_data"));
    } else if (q_.contains("raw_tcap")) {
      send_tcap(hex("raw_tcap"));
    } else if (q_.value("dialogue_first", false)) {
      send_tcap(begin(otid_, dialogue_portion(), {}));
      if (!wait(out, "continue")) return;
      out["continue_raw"] = out["raw"];
      inbox_.items.clear();
      const Bytes dtid = hex_or("dtid", peer_id_);
      send_tcap(carry_on(otid_, dtid, component()));
    } else {
      send_tcap(begin(otid_, dialogue_portion(), component()));
    }
    wait(out, "");
    out["latency_us"] = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started).count();
  }

  void send_tcap(const Bytes& tcap) {
    Unitdata m;
    m.type = d_.message;
    m.protocol_class = static_cast<uint8_t>(d_.protocol_class | (d_.return_option ? 0x80 : 0));
    m.hop_counter = q_.value("hop_counter", m.hop_counter);
    m.called = hex_or("raw_called", encode(called_address(d_)));
    m.calling = sent_calling_ = hex_or("raw_calling", encode(calling_address(d_)));
    m.data = tcap;
    if (q_.contains("segment")) {
      static uint32_t reference = 0;
      for (const Bytes& part : encode_segmented(m, q_["segment"].get<size_t>(), ++reference)) send_octets(part);
      return;
    }
    if (m.type != Message::kLudt && tcap.size() > 255) throw std::runtime_error("too long for one message: segment it");
    send_octets(encode(m));
  }

  void send_octets(const Bytes& octets) {
    const RoutingLabel label{PointCode{d_.own_pc}, PointCode{d_.peer_pc}, d_.ni, d_.sls};
    if (!host_.binding().transfer(0, label, octets)) throw std::runtime_error("not sent: no active ASP, or no room");
  }

  /// Waits for an answer and puts it into `out`. True when it is of the kind wanted; "" is any.
  bool wait(json& out, const std::string& kind) {
    osmo_timer_list timer{};
    osmo_timer_setup(
        &timer, [](void*) {}, nullptr);
    const auto until = Clock::now() + timeout_;
    while (inbox_.items.empty() && !host_.asked_to_end()) {
      const auto left = std::chrono::duration_cast<std::chrono::microseconds>(until - Clock::now()).count();
      if (left <= 0) break;
      osmo_timer_schedule(&timer, static_cast<int>(left / 1'000'000), static_cast<int>(left % 1'000'000));
      host_.turn();
    }
    osmo_timer_del(&timer);
    if (inbox_.items.empty()) {
      out["result"] = "timeout";
      return false;
    }
    const Inbox::Item item = inbox_.items.front();
    inbox_.items.erase(inbox_.items.begin());
    show(item, out);
    return kind.empty() || out.value("kind", "") == kind;
  }

  void show(const Inbox::Item& item, json& out) {
    out["raw"] = to_hex(item.data);
    json problems = json::array();
    Received r;
    if (const std::string wrong = decode(item.data, r); !wrong.empty()) problems.push_back("SCCP: " + wrong);
    out["message_type"] = item.data.empty() ? 0 : item.data[0];
    if (r.type == Message::kUdts || r.type == Message::kXudts || r.type == Message::kLudts) {
      out["kind"] = "returned";
      out["result"] = fmt::format("returned {}", r.protocol_class);
    } else if (problems.empty()) {
      if (!q_.contains("raw_mtp_user_data")) check_addressing(item, r, problems);
      if (item.data.size() > 0 && r.called.size() > 0 && is_management(r)) {
        out["kind"] = "management";
        out["result"] = fmt::format("management {}", r.data.empty() ? 0 : r.data[0]);
      } else {
        show_tcap(r, out, problems);
      }
    } else {
      out["result"] = "malformed";
    }
    if (!problems.empty()) out["problems"] = problems;
  }

  /// SCCP management, Q.713 §5: SSN 1 and a message of its own.
  static bool is_management(const Received& r) { return r.data.size() >= 5 && r.data[0] >= 1 && r.data[0] <= 6; }

  void check_addressing(const Inbox::Item& item, const Received& r, json& problems) const {
    if (r.type != d_.message) problems.push_back("answered in another message type");
    if (r.called != sent_calling_) problems.push_back("the called address is not our calling address");
    if ((r.protocol_class & 0x0F) != d_.protocol_class && !q_.contains("segment")) {
      problems.push_back("another protocol class");
    }
    if (number(item.label.opc) != d_.peer_pc) problems.push_back("from another point code");
    if (item.label.sls != d_.sls) problems.push_back("another SLS");
    if (item.label.ni != d_.ni) problems.push_back("another network indicator");
  }

  void show_tcap(const Received& r, json& out, json& problems) {
    const Answer a = decode_answer(r.data, version_);
    peer_id_ = a.otid;
    out["kind"] = a.kind;
    out["result"] = a.result;
    out["raw_tcap"] = to_hex(r.data);
    for (const std::string& problem : a.problems) problems.push_back("TCAP: " + problem);
    if (!a.context.empty()) out["context"] = to_hex(a.context);
    if (!a.user_information.empty()) out["user_information"] = to_hex(a.user_information);
    if (a.dialogue) out["accepted"] = a.accepted;
    const bool ours = !q_.contains("raw_tcap") && !q_.contains("raw_mtp_user_data");
    if (ours && a.dtid != otid_) problems.push_back("TCAP: the DTID is not our OTID");
    // The first answer to an AARQ accepts it, and no answer brings a dialogue that was not asked for.
    const bool plain = ours && !q_.contains("raw_dialogue") && !q_.contains("raw_context");
    if (!plain || a.kind == "abort") return;
    const bool first = !out.contains("continue_raw");
    if (version_ >= 2 && first && !a.accepted) problems.push_back("TCAP: the dialogue is not accepted");
    if (version_ >= 2 && first && a.context != application_context(version_))
      problems.push_back("TCAP: another context");
    if (version_ < 2 && a.dialogue) problems.push_back("TCAP: a dialogue portion in version 1");
  }

  MtpHost& host_;
  Inbox& inbox_;
  Dialogue d_;
  const json& q_;
  std::chrono::milliseconds timeout_;
  unsigned version_ = 3;
  Bytes otid_, peer_id_, sent_calling_;
};

}  // namespace

int ask_from_stdin(MtpHost& host, Inbox& inbox, const Dialogue& dialogue, std::chrono::milliseconds timeout) {
  Lines lines;
  std::string line;
  while (!host.asked_to_end() && !lines.ended()) {
    if (!lines.next(line)) {
      if (!lines.ended()) host.turn();
      continue;
    }
    if (line.find_first_not_of(" \r\t") == std::string::npos) continue;
    const json question = json::parse(line, nullptr, false);
    json answer;
    if (question.is_object()) {
      answer = Question(host, inbox, dialogue, timeout, question).run();
    } else {
      answer = {{"result", "bad question"}, {"problems", {"no JSON object"}}};
    }
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}

}  // namespace eir::tests::map
