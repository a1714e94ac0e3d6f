// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/map_load.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "tests/peers/latency.h"

extern "C" {
#include <osmocom/core/select.h>
}

namespace eir::tests::map {

using namespace sigtran::mtp;

namespace {

constexpr size_t kIdLen = 4;
constexpr uint32_t kSlotBits = 14;
constexpr long kPaceNs = 200'000;  ///< how often a paced run looks for what is due
static_assert(kWindowMax == 1U << kSlotBits);

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// A question ready to send, and the answer to it once one was read in full.
struct Template {
  Bytes message;
  size_t id_at = 0;
  std::string expected;
  Bytes answer;  ///< empty until known
  size_t answer_id_at = 0;
};

size_t find_id(const Bytes& in, const Bytes& id) {
  const auto at = std::search(in.begin(), in.end(), id.begin(), id.end());
  return at == in.end() ? SIZE_MAX : static_cast<size_t>(at - in.begin());
}

}  // namespace

struct Load::State {
  struct Slot {
    int64_t sent_ns = 0;
    uint32_t id = 0;
    uint32_t which = 0;
    bool busy = false;
  };

  LoadOptions o;
  MtpHost* host = nullptr;
  std::vector<Template> templates;
  std::vector<Slot> slots;
  std::vector<uint32_t> free;
  LatencyHistogram latency;
  uint64_t sent = 0, answered = 0, wrong = 0, stray = 0, refused = 0, lost = 0;
  uint32_t generation = 0;
  bool sending = false;
  uint64_t next_template = 0;
  std::string first_wrong;

  void build();
  bool send_one();
  bool is_right(Template& t, const Slot& slot, base::Octets data);
  void on_answer(base::Octets data);
  void expire();
  void run_for(double seconds, uint64_t count);
  uint32_t outstanding() const { return static_cast<uint32_t>(slots.size() - free.size()); }
};

void Load::State::build() {
  const Bytes id{0xD1, 0xD2, 0xD3, 0xD4};
  for (const LoadQuestion& question : o.questions) {
    CheckImei c;
    c.version = o.version;
    c.imei = tbcd(question.imei);
    Unitdata m;
    m.type = o.dialogue.message;
    m.called = encode(called_address(o.dialogue));
    m.calling = encode(calling_address(o.dialogue));
    m.data = begin(id, o.version < 2 ? Bytes{} : aarq(application_context(o.version)),
                   invoke(1, tlv(0x02, Bytes{43}), argument(c)));
    Template t;
    t.message = encode(m);
    t.id_at = find_id(t.message, id);
    t.expected = question.expected;
    templates.push_back(std::move(t));
  }
  slots.resize(o.window);
  for (uint32_t i = o.window; i-- > 0;) free.push_back(i);
}

bool Load::State::send_one() {
  if (free.empty()) return false;
  const uint32_t at = free.back();
  Slot& slot = slots[at];
  slot.which = static_cast<uint32_t>(next_template++ % templates.size());
  Template& t = templates[slot.which];
  slot.id = ++generation << kSlotBits | at;
  for (size_t i = 0; i < kIdLen; ++i) t.message[t.id_at + i] = static_cast<uint8_t>(slot.id >> (24 - 8 * i));
  slot.sent_ns = now_ns();
  const RoutingLabel label{PointCode{o.dialogue.own_pc}, PointCode{o.dialogue.peer_pc}, o.dialogue.ni,
                           static_cast<uint8_t>(at & 15)};
  if (!host->binding().transfer(0, label, t.message)) {
    ++refused;
    return false;
  }
  free.pop_back();
  slot.busy = true;
  ++sent;
  return true;
}

/// The first answer to a template is read in full; later ones must be the same but for the transaction.
bool Load::State::is_right(Template& t, const Slot& slot, base::Octets data) {
  const Bytes id{static_cast<uint8_t>(slot.id >> 24), static_cast<uint8_t>(slot.id >> 16),
                 static_cast<uint8_t>(slot.id >> 8), static_cast<uint8_t>(slot.id)};
  if (data.size() == t.answer.size() && !t.answer.empty()) {
    const size_t after = t.answer_id_at + kIdLen;
    return std::memcmp(data.data(), t.answer.data(), t.answer_id_at) == 0 &&
           std::memcmp(data.data() + after, t.answer.data() + after, data.size() - after) == 0;
  }
  const Bytes octets(data.begin(), data.end());
  Received r;
  if (!decode(octets, r).empty()) return false;
  if (!o.echo) {
    const Answer a = decode_answer(r.data, o.version);
    const std::string status = a.result == "error 7" ? "unknown" : a.result;
    const bool known = status == "white" || status == "black" || status == "grey" || status == "unknown";
    if (!a.problems.empty() || !known || a.dtid != id) return false;
    if (!t.expected.empty() && t.expected != status) return false;
  } else if (r.data.empty() || r.data[0] != 0x62) {
    return false;
  }
  t.answer = octets;
  t.answer_id_at = find_id(octets, id);
  return t.answer_id_at != SIZE_MAX;
}

void Load::State::on_answer(base::Octets data) {
  // The transaction stands where it stood in a known answer, or is looked for.
  uint32_t at = UINT32_MAX;
  const auto try_at = [&](size_t pos) {
    if (pos + kIdLen > data.size()) return;
    uint32_t id = 0;
    for (size_t i = 0; i < kIdLen; ++i) id = id << 8 | data[pos + i];
    const uint32_t slot = id & (kWindowMax - 1);
    if (slot < slots.size() && slots[slot].busy && slots[slot].id == id) at = slot;
  };
  if (!templates[0].answer.empty()) try_at(templates[0].answer_id_at);
  for (size_t pos = 0; at == UINT32_MAX && pos + kIdLen <= data.size(); ++pos) try_at(pos);
  if (at == UINT32_MAX) {
    ++stray;
    return;
  }
  Slot& slot = slots[at];
  latency.add(now_ns() - slot.sent_ns);
  ++answered;
  if (!is_right(templates[slot.which], slot, data)) {
    if (++wrong == 1) first_wrong = to_hex(data);
  }
  slot.busy = false;
  free.push_back(at);
  if (sending && o.rate == 0) send_one();
}

void Load::State::expire() {
  const int64_t oldest = now_ns() - std::chrono::nanoseconds(o.timeout).count();
  for (uint32_t i = 0; i < slots.size(); ++i) {
    if (!slots[i].busy || slots[i].sent_ns > oldest) continue;
    slots[i].busy = false;
    free.push_back(i);
    ++lost;
  }
}

void Load::State::run_for(double seconds, uint64_t count) {
  const int64_t started = now_ns();
  const int64_t until = started + static_cast<int64_t>(seconds * 1e9);
  const uint64_t sent_before = sent, answered_before = answered;
  int64_t looked = started;
  sending = true;
  for (int64_t now = started; now < until && !host->asked_to_end(); now = now_ns()) {
    if (count && answered - answered_before >= count) break;
    if (now - looked > 100'000'000) {
      expire();
      looked = now;
    }
    const double due = o.rate > 0 ? o.rate * static_cast<double>(now - started) / 1e9 : 1e18;
    while (static_cast<double>(sent - sent_before) < due && send_one()) {
    }
    host->turn();
  }
  sending = false;
}

Load::Load(LoadOptions options) : s_(std::make_unique<State>()) {
  s_->o = std::move(options);
  s_->build();
}

Load::~Load() = default;

void Load::on_transfer(Instance, const RoutingLabel&, base::Octets data) noexcept { s_->on_answer(data); }

int Load::run(MtpHost& host) {
  State& s = *s_;
  s.host = &host;
  // The loop turns at least this often, for what is due or overdue.
  osmo_fd pace{};
  const int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  const timespec every{0, s.o.rate > 0 ? kPaceNs : 10'000'000};
  const itimerspec interval{every, every};
  timerfd_settime(fd, 0, &interval, nullptr);
  osmo_fd_setup(
      &pace, fd, OSMO_FD_READ,
      [](osmo_fd* ofd, unsigned) {
        uint64_t ticks = 0;
        return read(ofd->fd, &ticks, sizeof ticks) < 0 ? -1 : 0;
      },
      nullptr, 0);
  osmo_fd_register(&pace);

  s.run_for(s.o.warmup_s, 0);
  s.latency.clear();
  const uint64_t answered_before = s.answered, sent_before = s.sent;
  const int64_t started = now_ns();
  s.run_for(s.o.duration_s > 0 ? s.o.duration_s : 3600, s.o.count);
  const double seconds = static_cast<double>(now_ns() - started) / 1e9;
  const uint64_t measured = s.answered - answered_before, sent = s.sent - sent_before;
  const double p50 = s.latency.quantile_us(0.5), p99 = s.latency.quantile_us(0.99), p999 = s.latency.quantile_us(0.999);
  const int64_t end = now_ns() + std::chrono::nanoseconds(s.o.timeout).count();
  while (s.outstanding() > 0 && now_ns() < end && !host.asked_to_end()) host.turn();
  s.lost += s.outstanding();
  osmo_fd_unregister(&pace);
  close(fd);
  fmt::print(
      "{{\"rate\":{:.0f},\"answers\":{},\"sent\":{},\"seconds\":{:.3f},\"p50_us\":{:.1f},\"p99_us\":{:.1f},"
      "\"p999_us\":{:.1f},\"wrong\":{},\"lost\":{},\"stray\":{},\"refused\":{}}}\n",
      static_cast<double>(measured) / seconds, measured, sent, seconds, p50, p99, p999, s.wrong, s.lost, s.stray,
      s.refused);
  if (s.wrong) fmt::print(stderr, "the first wrong answer: {}\n", s.first_wrong);
  return s.wrong || s.lost || measured == 0 ? 1 : 0;
}

}  // namespace eir::tests::map
