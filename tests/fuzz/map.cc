// SPDX-License-Identifier: GPL-3.0-or-later
// Input: an octet that says the version, then a CheckIMEI argument. It is decoded alone, and asked of a
// whole node in a well-formed Begin: that must be answered with exactly one result, error or Reject.

#include "sigtran/eir_node.h"
#include "sigtran/map/check_imei.h"
#include "sigtran/map/dialogue.h"
#include "sigtran_fuzz.h"

namespace {

using namespace eir;
using namespace eir::sigtran;

std::vector<uint8_t> begin(uint8_t version, base::Octets argument) {
  static constexpr uint8_t kOtid[] = {1, 2, 3, 4};
  static constexpr uint8_t kOperation[] = {0x02, 0x01, 0x07, 0x02, 0x01, 0x2B};
  const uint8_t context[] = {0x04, 0x00, 0x00, 0x01, 0x00, 0x0D, version};
  static constexpr uint8_t kDialogueAs[] = {0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01};
  std::vector<uint8_t> buffer(argument.size() + 128);
  tcap::BackWriter w(buffer);
  w.bytes(argument);
  w.bytes(kOperation);
  tcap::wrap(w, 0, 0xA1);
  tcap::wrap(w, 0, 0x6C);
  if (version > 1) {
    const size_t mark = w.size();
    tcap::put(w, 0x06, context);
    tcap::wrap(w, mark, 0xA1);
    tcap::wrap(w, mark, 0x60);
    tcap::wrap(w, mark, 0xA0);
    tcap::put(w, 0x06, kDialogueAs);
    tcap::wrap(w, mark, 0x28);
    tcap::wrap(w, mark, 0x6B);
  }
  tcap::put(w, 0x48, kOtid);
  tcap::wrap(w, 0, 0x62);
  return {w.written().begin(), w.written().end()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static fuzz::CheckingPort port;
  static fuzz::AnyAnswer answers;
  static base::ManualClock clock;
  static const auto node = std::move(*EirNode::make(port, answers, clock, {}));
  constexpr size_t kArgumentMax = 4000;
  if (size == 0 || size > kArgumentMax) return 0;
  const auto version = static_cast<uint8_t>(data[0] % 3 + 1);
  const base::Octets argument(data + 1, size - 1);
  (void)map::is_open_info(argument);
  const bool good = map::decode_check_imei(version, argument).has_value();
  const unsigned before = port.sent;
  node->on_transfer(0, fuzz::kLabel, fuzz::ludt(begin(version, argument)));
  fuzz::require(port.sent == before + 1);
  // The last portion of the End is the component portion with one component.
  tcap::BerReader end(port.last_data);
  const auto message = end.next(0x64);
  fuzz::require(message.has_value());
  tcap::BerReader parts(message->value);
  tcap::Tlv last;
  while (!parts.empty()) last = parts.next().value_or(tcap::Tlv{});
  fuzz::require(last.tag == 0x6C);
  tcap::BerReader components(last.value);
  const auto component = components.next();
  fuzz::require(component && components.empty());
  fuzz::require(good == (component->tag == 0xA2 || component->tag == 0xA3));
  fuzz::require(good || component->tag == 0xA4);
  return 0;
}
