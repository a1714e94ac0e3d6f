// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a TCAP message, asked of a whole node. What is answered must be a whole TCAP message again.

#include "sigtran/eir_node.h"
#include "sigtran/tcap/ber.h"
#include "sigtran_fuzz.h"

using namespace eir;
using namespace eir::sigtran;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::CheckingPort port;
  static fuzz::AnyAnswer answers;
  static base::ManualClock clock;
  static const auto node = std::move(*EirNode::make(port, answers, clock, {}));
  const unsigned before = port.sent;
  node->on_transfer(0, fuzz::kLabel, fuzz::ludt({data, size}));
  if (port.sent == before) return 0;
  fuzz::require(port.sent == before + 1);
  tcap::BerReader in(port.last_data);
  const auto message = in.next();
  fuzz::require(message && in.empty());
  fuzz::require(message->tag == 0x64 || message->tag == 0x65 || message->tag == 0x67);
  tcap::BerReader parts(message->value);
  while (!parts.empty()) {
    const auto part = parts.next();
    fuzz::require(part.has_value());
    if (part->tag != 0x6C) continue;
    tcap::BerReader components(part->value);
    fuzz::require(!components.empty());
    while (!components.empty()) fuzz::require(components.next().has_value());
  }
  return 0;
}
