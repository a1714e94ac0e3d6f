// SPDX-License-Identifier: GPL-3.0-or-later
// Input: messages one after another, each with a length octet in front and the last one to the end, for
// one node: so segments of one message meet, in any order.

#include <algorithm>
#include <chrono>

#include "sigtran_fuzz.h"

namespace {

using namespace eir;
using namespace eir::sigtran;

struct EchoUser final : sccp::User {
  sccp::Disposition on_unitdata(const sccp::Unitdata& in, sccp::BackWriter& w) noexcept override {
    if (in.data.empty()) return sccp::Disposition::kNone;
    if (in.data[0] == 0xFF) return sccp::Disposition::kNotTaken;
    w.bytes(in.data.first(std::min(in.data.size(), sccp::kUserDataMax)));
    return sccp::Disposition::kAnswer;
  }
};

sccp::Config config(uint8_t choice) {
  sccp::Config c;
  c.reassemblies_max = 2;
  c.reassembly_octets_max = 256;
  if (choice & 1) c.local_gts = {{*identity::Digits::parse("882100000901"), {}}};
  if (choice & 2) c.calling_address = sccp::CallingAddressMode::kEcho;
  if (choice & 4) c.instances = {{0, mtp::PointCode{2}, mtp::PointCode{99}, {}}};
  if (choice & 8) c.screening.gt_rates = {{*identity::Digits::parse("38"), {1, 2}}};
  if (choice & 16) c.screening.action = sccp::ScreeningAction::kAbort;
  return c;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  fuzz::CheckingPort port;
  EchoUser user;
  base::ManualClock clock;
  sccp::Node node(port, user, clock, config(data[0]));
  base::ByteReader in(base::Octets(data, size).subspan(1));
  uint8_t len = 0;
  while (in.u8(len)) {
    base::Octets message;
    in.take(std::min<size_t>(len, in.left()), message);
    const unsigned before = port.sent;
    node.on_transfer(0, fuzz::kLabel, message);
    fuzz::require(port.sent - before <= 1);
    fuzz::require(node.reassemblies_running() <= 2);
    if (message.size() % 16 == 3) clock.advance(std::chrono::seconds(6));
    node.tick();
  }
  return 0;
}
