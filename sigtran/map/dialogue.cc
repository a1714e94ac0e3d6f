// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/dialogue.h"

#include <algorithm>

namespace eir::sigtran::map {
namespace {

using base::Octets;
using tcap::BackWriter;
using tcap::BerReader;
using tcap::UserInformation;

constexpr uint8_t kExternal = 0x28;
constexpr uint8_t kOid = 0x06;
constexpr uint8_t kEnumerated = 0x0A;
constexpr uint8_t kSingleAsn1Type = 0xA0;
/// map-DialogueAS, 0.4.0.0.1.1.1.1. 3GPP TS 29.002 §17.4.2.
constexpr uint8_t kMapDialogueAs[] = {0x04, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01};
/// equipmentMngtContext without its version.
constexpr uint8_t kEquipmentContext[] = {0x04, 0x00, 0x00, 0x01, 0x00, 0x0D};
// MAP-DialoguePDU, 3GPP TS 29.002 §17.4.1.
constexpr uint8_t kMapOpen = 0xA0;
constexpr uint8_t kMapRefuse = 0xA3;
constexpr uint8_t kMapUserAbort = 0xA4;
constexpr uint8_t kMapProviderAbort = 0xA5;
constexpr uint8_t kDestinationReference = 0x80;
constexpr uint8_t kOriginationReference = 0x81;
constexpr size_t kAddressStringMax = 20;  // maxAddressLength, §17.7.8
constexpr uint8_t kNoReasonGiven = 0;
constexpr uint8_t kAbnormalDialogue = 0;
constexpr uint8_t kUserSpecificReason = 0x80;

/// Puts what `write` writes, under the choice's tag, into an EXTERNAL.
template <class F>
UserInformation make_external(uint8_t choice, F&& write) {
  UserInformation info;
  uint8_t octets[sizeof(info.octets)];
  BackWriter w(octets);
  write(w);
  tcap::wrap(w, 0, choice);
  tcap::wrap(w, 0, kSingleAsn1Type);
  tcap::put(w, kOid, kMapDialogueAs);
  tcap::wrap(w, 0, kExternal);
  if (!w.ok()) return info;
  std::ranges::copy(w.written(), info.octets.begin());
  info.len = static_cast<uint8_t>(w.size());
  return info;
}

bool read_open(Octets value) {
  BerReader in(value);
  while (!in.empty()) {
    const auto tlv = in.next();
    if (!tlv) return false;
    const bool reference = tlv->tag == kDestinationReference || tlv->tag == kOriginationReference;
    if (reference && (tlv->value.empty() || tlv->value.size() > kAddressStringMax)) return false;
  }
  return true;
}

}  // namespace

std::optional<uint8_t> equipment_context_version(Octets name) noexcept {
  constexpr size_t kLen = sizeof(kEquipmentContext);
  constexpr uint8_t kOneOctetArcMax = 0x7F;
  if (name.size() != kLen + 1 || !std::ranges::equal(name.first(kLen), kEquipmentContext)) return std::nullopt;
  if (name[kLen] == 0 || name[kLen] > kOneOctetArcMax) return std::nullopt;
  return name[kLen];
}

bool is_open_info(Octets user_information) noexcept {
  BerReader outer(user_information);
  const auto external = outer.next(kExternal);
  if (!external || !outer.empty()) return false;
  BerReader in(external->value);
  const auto syntax = in.next(kOid);
  if (!syntax || !std::ranges::equal(syntax->value, kMapDialogueAs)) return false;
  const auto type = in.next(kSingleAsn1Type);
  if (!type || !in.empty()) return false;
  BerReader pdu(type->value);
  const auto open = pdu.next(kMapOpen);
  return open && pdu.empty() && read_open(open->value);
}

UserInformation make_refuse_info(uint8_t alternative_version) noexcept {
  return make_external(kMapRefuse, [&](BackWriter& w) {
    w.u8(alternative_version);
    w.bytes(kEquipmentContext);
    tcap::wrap(w, 0, kOid);
    tcap::put(w, kEnumerated, kNoReasonGiven);
  });
}

UserInformation make_abnormal_dialogue() noexcept {
  return make_external(kMapProviderAbort, [](BackWriter& w) { tcap::put(w, kEnumerated, kAbnormalDialogue); });
}

UserInformation make_user_abort() noexcept {
  return make_external(kMapUserAbort, [](BackWriter& w) { tcap::put(w, kUserSpecificReason, Octets{}); });
}

}  // namespace eir::sigtran::map
