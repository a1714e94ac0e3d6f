// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/s13_load.h"

#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/peers/latency.h"

namespace eir::tests::s13 {
namespace {

using std::chrono::steady_clock;

constexpr size_t kOutLen = 512 * 1024, kInLen = 512 * 1024;
constexpr unsigned kReadsPerTurn = 4;  ///< so that one busy connection does not starve the others
constexpr size_t kSessionDigits = 10;  ///< the low part of the Session-Id, RFC 6733 §8.8

int64_t now_ns() { return steady_clock::now().time_since_epoch().count(); }

uint32_t load32(const char* p) {
  uint32_t v;
  std::memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
void store32(char* p, uint32_t v) {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, 4);
}

/// An ECR ready but for its identifiers and the low part of its Session-Id.
struct Template {
  std::string octets;
  size_t session_at;
  uint32_t expected;  ///< 4: any
};
constexpr uint32_t kAnyStatus = 4;

Template make_template(const Identity& who, const LoadQuestion& q) {
  Builder b(kFlagRequest | kFlagProxiable, kCommandEcr, kApplication, 0, 0);
  const std::string session = who.origin_host + ";1;";
  b.avp(kSessionId, session + std::string(kSessionDigits, '0'));
  b.avp(kVendorSpecificApplicationId, make_u32(kVendorId, kVendor3gpp) + make_u32(kAuthApplicationId, kApplication));
  b.u32(kAuthSessionState, 1);
  b.avp(kOriginHost, who.origin_host);
  b.avp(kOriginRealm, who.origin_realm);
  if (!who.destination_host.empty()) b.avp(kDestinationHost, who.destination_host);
  b.avp(kDestinationRealm, who.destination_realm);
  b.avp(kTerminalInformation, make_avp(kImei, q.imei, kVendor3gpp), kVendor3gpp);
  return {b.finish(), kHeaderLen + 8 + session.size(), q.expected.value_or(kAnyStatus)};
}

/// What an answer says, read in place: a status 0 to 3, or a result code, or malformed.
struct Outcome {
  uint32_t status = kAnyStatus, code = 0;
  bool well_formed = false;
};

Outcome read_answer(const char* m, size_t len) {
  Outcome out;
  uint32_t status = kAnyStatus, result = 0, experimental = 0;
  for (size_t at = kHeaderLen; at < len;) {
    if (len - at < 8) return out;
    const uint32_t code = load32(m + at), word = load32(m + at + 4), avp_len = word & 0xFFFFFF;
    if (avp_len < 8 || avp_len > len - at) return out;
    if (code == kResultCode && avp_len == 12) result = load32(m + at + 8);
    if (code == kEquipmentStatus && avp_len == 16) status = load32(m + at + 12);
    if (code == kExperimentalResult && avp_len == 32)  // Vendor-Id and Experimental-Result-Code, in either order
      experimental = load32(m + at + 8) == kExperimentalResultCode ? load32(m + at + 16) : load32(m + at + 28);
    at += (avp_len + 3) & ~3u;
  }
  out.well_formed = (result != 0) != (experimental != 0);
  out.code = result + experimental;
  if (result == 2001 && status <= 2) out.status = status;
  if (experimental == 5422) out.status = 3;
  return out;
}

struct Tally {
  uint64_t sent = 0, answered = 0, wrong = 0, stray = 0, broken = 0;
  uint64_t measured = 0;
  std::array<uint64_t, 4> statuses{};
  std::map<uint32_t, uint64_t> others;  ///< by result code; 0: malformed
  LatencyHistogram latency;
};

class LoadConnection {
 public:
  LoadConnection(std::unique_ptr<Link> link, const LoadOptions& o, unsigned number)
      : conversation_(std::move(link)), who_(o.who), out_(kOutLen), in_(kInLen), slots_(o.window) {
    if (const auto at = who_.origin_host.find("{}"); at != std::string::npos)
      who_.origin_host.replace(at, 2, std::to_string(number));
    for (const auto& q : o.questions) {
      templates_.push_back(make_template(who_, q));
      longest_ = std::max(longest_, templates_.back().octets.size());
    }
    for (unsigned i = o.window; i-- > 0;) free_.push_back(i);
  }

  int fd() const { return conversation_.fd(); }
  bool broken() const { return broken_; }
  size_t outstanding() const { return slots_.size() - free_.size(); }
  size_t can_ask() const { return broken_ ? 0 : std::min(free_.size(), (out_.size() - out_end_) / longest_); }
  bool has_output() const { return out_begin_ != out_end_; }
  bool pending() const { return conversation_.pending(); }

  bool start(std::chrono::milliseconds timeout);
  void ask(int64_t due_ns, Tally& tally);
  void flush();
  /// Reads and judges what came; latencies count while `measuring`.
  void on_readable(bool measuring, Tally& tally);
  void stop(std::chrono::milliseconds timeout);

 private:
  struct Slot {
    int64_t due_ns = 0;
    uint32_t id = 0, expected = kAnyStatus;
    uint16_t turn = 0;
    bool busy = false;
  };
  void judge(const char* message, size_t len, int64_t now, bool measuring, Tally& tally);
  void take_all(bool measuring, Tally& tally);

  Conversation conversation_;
  Identity who_;
  std::vector<char> out_, in_;
  size_t out_begin_ = 0, out_end_ = 0, in_end_ = 0;
  std::vector<Slot> slots_;
  std::vector<uint32_t> free_;
  std::vector<Template> templates_;
  size_t next_template_ = 0, longest_ = 1;
  uint32_t session_ = 0;
  bool broken_ = false;
};

bool LoadConnection::start(std::chrono::milliseconds timeout) {
  const std::string cer = make_cer(who_, 1);
  if (!conversation_.send(cer, timeout)) return false;
  const auto cea = conversation_.receive(timeout);
  if (!cea) return false;
  return parse_answer(*cea, cer).result_code == 2001u;
}

void LoadConnection::ask(int64_t due_ns, Tally& tally) {
  const uint32_t at = free_.back();
  free_.pop_back();
  const Template& t = templates_[next_template_];
  if (++next_template_ == templates_.size()) next_template_ = 0;
  Slot& slot = slots_[at];
  slot = {due_ns, uint32_t{++slot.turn} << 16 | at, t.expected, slot.turn, true};
  char* m = out_.data() + out_end_;
  std::memcpy(m, t.octets.data(), t.octets.size());
  store32(m + 12, slot.id);
  store32(m + 16, slot.id);
  uint32_t digits = ++session_;
  for (size_t i = kSessionDigits; i-- > 0; digits /= 10) m[t.session_at + i] = static_cast<char>('0' + digits % 10);
  out_end_ += t.octets.size();
  ++tally.sent;
}

void LoadConnection::flush() {
  while (out_begin_ != out_end_ && !broken_) {
    const ssize_t n = conversation_.link().write_some({out_.data() + out_begin_, out_end_ - out_begin_});
    if (n == Link::kAgain) break;
    if (n < 0)
      broken_ = true;
    else
      out_begin_ += static_cast<size_t>(n);
  }
  if (out_begin_ == out_end_) {
    out_begin_ = out_end_ = 0;
  } else if (out_begin_ > out_.size() / 2) {
    std::memmove(out_.data(), out_.data() + out_begin_, out_end_ - out_begin_);
    out_end_ -= out_begin_;
    out_begin_ = 0;
  }
}

void LoadConnection::judge(const char* m, size_t len, int64_t now, bool measuring, Tally& tally) {
  const uint32_t flags_command = load32(m + 4);
  if (flags_command >> 24 & kFlagRequest) {  // the node's watchdog
    const std::string answer = make_success(who_, {m, len});
    if (out_.size() - out_end_ >= answer.size()) {
      std::memcpy(out_.data() + out_end_, answer.data(), answer.size());
      out_end_ += answer.size();
    }
    return;
  }
  const uint32_t id = load32(m + 12), at = id & 0xFFFF;
  if (at >= slots_.size() || !slots_[at].busy || slots_[at].id != id) {
    ++tally.stray;
    return;
  }
  Slot& slot = slots_[at];
  const Outcome o = read_answer(m, len);
  const bool right = o.well_formed && m[0] == 1 && (flags_command & 0xFFFFFF) == kCommandEcr &&
                     load32(m + 8) == kApplication && load32(m + 16) == id && o.status != kAnyStatus &&
                     (slot.expected == kAnyStatus || slot.expected == o.status);
  if (!right) ++tally.wrong;
  if (o.status != kAnyStatus)
    ++tally.statuses[o.status];
  else
    ++tally.others[o.well_formed ? o.code : 0];
  if (measuring) {
    ++tally.measured;
    tally.latency.add(now - slot.due_ns);
  }
  ++tally.answered;
  slot.busy = false;
  free_.push_back(at);
}

void LoadConnection::take_all(bool measuring, Tally& tally) {
  const int64_t now = now_ns();
  size_t at = 0;
  while (in_end_ - at >= kHeaderLen) {
    const size_t len = load32(in_.data() + at) & 0xFFFFFF;
    if (len < kHeaderLen || len > in_.size()) {
      broken_ = true;
      return;
    }
    if (in_end_ - at < len) break;
    judge(in_.data() + at, len, now, measuring, tally);
    at += len;
  }
  std::memmove(in_.data(), in_.data() + at, in_end_ - at);
  in_end_ -= at;
}

void LoadConnection::on_readable(bool measuring, Tally& tally) {
  for (unsigned i = 0; i < kReadsPerTurn && !broken_; ++i) {
    const size_t room = in_.size() - in_end_;
    const ssize_t n = conversation_.link().read_some(in_.data() + in_end_, room);
    if (n == Link::kAgain) return;
    if (n <= 0) {
      broken_ = true;
      return;
    }
    in_end_ += static_cast<size_t>(n);
    take_all(measuring, tally);
    if (static_cast<size_t>(n) < room && !conversation_.link().pending()) return;
  }
}

void LoadConnection::stop(std::chrono::milliseconds timeout) {
  if (broken_ || has_output()) return;
  if (conversation_.send(make_dpr(who_, 2), timeout)) (void)conversation_.receive(timeout);
}

class Load {
 public:
  explicit Load(const LoadOptions& o) : o_(o) {}
  int run();

 private:
  bool open_all();
  void turn(int64_t now);
  void ask_due(int64_t now);
  void wait_and_read(bool may_sleep);
  bool finished(int64_t now) const;
  size_t outstanding() const;
  int report(double seconds) const;

  const LoadOptions& o_;
  std::vector<std::unique_ptr<LoadConnection>> connections_;
  Tally tally_;
  int epoll_ = -1;
  int64_t start_ns_ = 0, measure_from_ns_ = 0;
  uint64_t due_sent_ = 0;
  size_t next_connection_ = 0;
  bool asking_ = true;
};

bool Load::open_all() {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  for (unsigned i = 0; i < o_.connections; ++i) {
    auto link = Link::open(o_.link);
    if (!link) {
      fmt::print(stderr, "connection {}: {}\n", i + 1, link.error());
      return false;
    }
    connections_.push_back(std::make_unique<LoadConnection>(std::move(*link), o_, i + 1));
    if (!connections_.back()->start(o_.timeout)) {
      fmt::print(stderr, "connection {}: the node refused the CER\n", i + 1);
      return false;
    }
    epoll_event e{};
    e.events = EPOLLIN;
    e.data.u32 = i;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_.back()->fd(), &e);
  }
  return true;
}

size_t Load::outstanding() const {
  size_t n = 0;
  for (const auto& c : connections_) n += c->outstanding();
  return n;
}

/// At a given rate: everything due by now, round robin; what finds no free slot stays due.
void Load::ask_due(int64_t now) {
  const double per_ns = static_cast<double>(o_.rate) / 1e9;
  const auto due = static_cast<uint64_t>(static_cast<double>(now - start_ns_) * per_ns);
  size_t refusals = 0;
  while (due_sent_ < due && refusals < connections_.size()) {
    auto& c = *connections_[next_connection_];
    if (++next_connection_ == connections_.size()) next_connection_ = 0;
    if (c.can_ask() == 0) {
      ++refusals;
      continue;
    }
    refusals = 0;
    c.ask(start_ns_ + static_cast<int64_t>(static_cast<double>(due_sent_) / per_ns), tally_);
    ++due_sent_;
  }
}

void Load::turn(int64_t now) {
  if (asking_ && o_.rate) ask_due(now);
  for (size_t i = 0; i < connections_.size(); ++i) {
    auto& c = *connections_[i];
    if (asking_ && !o_.rate)
      for (size_t n = c.can_ask(); n > 0; --n) c.ask(now, tally_);
    const bool waited = c.has_output();
    c.flush();
    if (!waited) continue;
    epoll_event e{};
    e.events = c.has_output() ? EPOLLIN | EPOLLOUT : EPOLLIN;
    e.data.u32 = static_cast<uint32_t>(i);
    if (c.has_output()) epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd(), &e);
  }
}

void Load::wait_and_read(bool may_sleep) {
  epoll_event events[64];
  const int n = epoll_wait(epoll_, events, 64, may_sleep ? 10 : 0);
  const bool measuring = now_ns() >= measure_from_ns_ && asking_;
  for (int i = 0; i < n; ++i) {
    const uint32_t at = events[i].data.u32;
    auto& c = *connections_[at];
    if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) c.on_readable(measuring, tally_);
    if (events[i].events & EPOLLOUT) {
      c.flush();
      epoll_event e{};
      e.events = c.has_output() ? EPOLLIN | EPOLLOUT : EPOLLIN;
      e.data.u32 = at;
      epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd(), &e);
    }
    if (c.broken()) epoll_ctl(epoll_, EPOLL_CTL_DEL, c.fd(), nullptr);
  }
}

bool Load::finished(int64_t now) const {
  if (o_.count && tally_.measured >= o_.count) return true;
  if (o_.duration_s > 0 && static_cast<double>(now - measure_from_ns_) >= o_.duration_s * 1e9) return true;
  return std::all_of(connections_.begin(), connections_.end(), [](const auto& c) { return c->broken(); });
}

int Load::report(double seconds) const {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  nlohmann::ordered_json results;
  static constexpr const char* kNames[] = {"white", "black", "grey", "unknown"};
  for (size_t i = 0; i < 4; ++i)
    if (tally_.statuses[i]) results[kNames[i]] = tally_.statuses[i];
  for (const auto& [code, n] : tally_.others) results[code ? std::to_string(code) : "malformed"] = n;
  const size_t lost = outstanding();
  const auto broken =
      std::count_if(connections_.begin(), connections_.end(), [](const auto& c) { return c->broken(); });
  const double cpu = static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
                     static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
  const nlohmann::ordered_json out{{"mode", o_.rate ? "rate" : "window"},
                                   {"connections", o_.connections},
                                   {"window", o_.window},
                                   {"sent", tally_.sent},
                                   {"answered", tally_.answered},
                                   {"measured", tally_.measured},
                                   {"seconds", seconds},
                                   {"rate", seconds > 0 ? static_cast<double>(tally_.measured) / seconds : 0},
                                   {"p50_us", tally_.latency.quantile_us(0.5)},
                                   {"p99_us", tally_.latency.quantile_us(0.99)},
                                   {"p999_us", tally_.latency.quantile_us(0.999)},
                                   {"max_us", tally_.latency.quantile_us(1.0)},
                                   {"wrong", tally_.wrong},
                                   {"lost", lost},
                                   {"stray", tally_.stray},
                                   {"broken", broken},
                                   {"client_cpu_s", cpu},
                                   {"results", results}};
  fmt::print("{}\n", out.dump());
  return tally_.wrong == 0 && lost == 0 && broken == 0 && tally_.stray == 0 && tally_.measured > 0 ? 0 : 1;
}

int Load::run() {
  if (!open_all()) return 1;
  start_ns_ = now_ns();
  measure_from_ns_ = start_ns_ + static_cast<int64_t>(o_.warmup_s * 1e9);
  int64_t now = start_ns_;
  while (!finished(now)) {
    turn(now);
    wait_and_read(o_.rate == 0);  // at a given rate it spins, so that its own wake-ups are not measured
    now = now_ns();
  }
  const double seconds = static_cast<double>(now - measure_from_ns_) / 1e9;
  asking_ = false;
  const int64_t until = now + std::chrono::nanoseconds(o_.timeout).count();
  while (outstanding() > 0 && now_ns() < until) {
    turn(now_ns());
    wait_and_read(true);
  }
  const int status = report(seconds);
  for (auto& c : connections_) c->stop(o_.timeout);
  close(epoll_);
  return status;
}

}  // namespace

int run_load(const LoadOptions& options) { return Load(options).run(); }

}  // namespace eir::tests::s13
