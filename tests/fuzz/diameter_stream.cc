// SPDX-License-Identifier: GPL-3.0-or-later
// A peer's octets, cut into pieces, through framing and the peer state machine; time passes between.
// The first octet: bit 0 puts a good CER before the rest, bit 1 lets a first connection of the same peer
// be there already, the upper bits say how long the pieces are.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "diameter/codec/framing.h"
#include "diameter/peer/desk.h"

namespace {

using namespace eir;
using namespace eir::diameter;
using codec::Octets;

constexpr uint32_t kMessageMax = 65536;

class Quiet final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view, std::string_view) noexcept override {}
  void clear(base::AlarmId, std::string_view) noexcept override {}
};
class White final : public decision::Answerer {
 public:
  decision::Verdict answer(const decision::Question&) noexcept override { return {}; }
  decision::Verdict give_up(const decision::Question&, decision::Reason) noexcept override { return {}; }
};
class Nowhere final : public peer::Line {
 public:
  void wake() noexcept override {}
  bool may_speak_for(std::string_view) const override { return true; }
};

std::vector<uint8_t> good_cer() {
  static constexpr uint8_t kAddress[] = {0, 1, 127, 0, 0, 1};
  std::vector<uint8_t> out(256);
  base::ByteWriter w(out);
  namespace avp = codec::avp;
  codec::write_header(w, {1, 0, 0x80, 257, 0, 1, 1});
  codec::write_avp(w, avp::kOriginHost, 0x40, codec::octets_of("mme.example.org"));
  codec::write_avp(w, avp::kOriginRealm, 0x40, codec::octets_of("example.org"));
  codec::write_avp(w, avp::kHostIpAddress, 0x40, Octets(kAddress));
  codec::write_avp_u32(w, avp::kVendorId, 0x40, 0);
  codec::write_avp(w, avp::kProductName, 0, codec::octets_of("x"));
  codec::write_avp_u32(w, avp::kAuthApplicationId, 0x40, codec::kAppS13);
  w.patch_u24(1, static_cast<uint32_t>(w.size()));
  out.resize(w.size());
  return out;
}

void require_messages(codec::Output& out) {
  while (!out.empty()) {
    const codec::Frame frame = codec::next_frame(out.unsent(), 1 << 24);
    if (frame.kind != codec::Frame::Kind::kMessage) std::abort();
    out.consume(frame.length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static base::ManualClock clock;
  static Quiet alarms;
  static White white;
  static peer::Desk* desk = [] {
    peer::ServerConfig config;
    config.origin_host = "eir.example.org";
    config.origin_realm = "example.org";
    config.accept_unknown_peers = true;
    auto* made = new peer::Desk(0, white, alarms, clock);
    made->configure(std::make_shared<const peer::Runtime>(config, 1));
    return made;
  }();
  static const std::vector<uint8_t> cer = good_cer();
  if (size == 0 || size > kMessageMax) return 0;
  const uint8_t how = data[0];
  const size_t step = size_t{1} + (how >> 2) * 4;
  Nowhere line;
  std::unique_ptr<peer::Session> first;
  if (how & 2) {
    first = std::make_unique<peer::Session>(*desk, line, peer::LineInfo{});
    first->receive(cer, desk->now());
  }
  peer::Session session(*desk, line, peer::LineInfo{});
  std::vector<uint8_t> stream(how & 1 ? cer : std::vector<uint8_t>());
  for (size_t at = 1; at < size || !stream.empty(); at += step) {
    if (at < size) stream.insert(stream.end(), data + at, data + std::min(size, at + step));
    size_t used = 0;
    while (session.listening()) {
      const Octets rest = Octets(stream).subspan(used);
      const codec::Frame frame = codec::next_frame(rest, kMessageMax);
      if (frame.kind == codec::Frame::Kind::kBroken) session.end();
      if (frame.kind != codec::Frame::Kind::kMessage) break;
      session.receive(rest.first(frame.length), desk->now());
      used += frame.length;
    }
    stream.erase(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(used));
    require_messages(session.output());
    if (first) require_messages(first->output());
    clock.advance(std::chrono::milliseconds(300));
    desk->tick();
    if (at >= size) break;
  }
  return 0;
}
