// SPDX-License-Identifier: GPL-3.0-or-later
// Input: a TCAP message, asked of a whole node. What is answered must be a whole TCAP message again. A
// dialogue that opens with it goes on with the same octets as its components.

#include "sigtran/eir_node.h"
#include "sigtran/tcap/ber.h"
#include "sigtran/tcap/message.h"
#include "sigtran_fuzz.h"

using namespace eir;
using namespace eir::sigtran;

namespace {

/// The answer is one TCAP message of whole elements; returns its originating identity, if it has one.
base::Octets check(base::Octets answer) {
  tcap::BerReader in(answer);
  const auto message = in.next();
  fuzz::require(message && in.empty());
  fuzz::require(message->tag == 0x64 || message->tag == 0x65 || message->tag == 0x67);
  base::Octets otid;
  tcap::BerReader parts(message->value);
  while (!parts.empty()) {
    const auto part = parts.next();
    fuzz::require(part.has_value());
    if (part->tag == 0x48) otid = part->value;
    if (part->tag != 0x6C) continue;
    tcap::BerReader components(part->value);
    fuzz::require(!components.empty());
    while (!components.empty()) fuzz::require(components.next().has_value());
  }
  return otid;
}

std::vector<uint8_t> go_on(base::Octets peer, base::Octets ours, base::Octets components) {
  std::vector<uint8_t> buffer(components.size() + 64);
  tcap::BackWriter w(buffer);
  w.bytes(components);
  tcap::wrap(w, 0, 0x6C);
  tcap::put(w, 0x49, ours);
  tcap::put(w, 0x48, peer);
  tcap::wrap(w, 0, 0x65);
  return {w.written().begin(), w.written().end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::CheckingPort port;
  static fuzz::AnyAnswer answers;
  static base::ManualClock clock;
  static const auto node = std::move(*EirNode::make(port, answers, clock, {}));
  const base::Octets input(data, size);
  const unsigned before = port.sent;
  node->on_transfer(0, fuzz::kLabel, fuzz::ludt(input));
  if (port.sent == before) return 0;
  fuzz::require(port.sent == before + 1);
  const std::vector<uint8_t> first = port.last_data;
  const base::Octets ours = check(first);
  tcap::Message asked;
  if (ours.empty() || tcap::decode_message(input, asked)) return 0;
  const std::vector<uint8_t> peer(asked.otid.begin(), asked.otid.end());
  node->on_transfer(0, fuzz::kLabel, fuzz::ludt(go_on(peer, ours, input)));
  if (port.sent > before + 1) check(port.last_data);
  return 0;
}
