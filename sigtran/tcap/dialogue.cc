// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/dialogue.h"

#include <algorithm>

namespace eir::sigtran::tcap {
namespace {

constexpr uint8_t kDialoguePortion = 0x6B;
constexpr uint8_t kExternal = 0x28;
constexpr uint8_t kOid = 0x06;
constexpr uint8_t kSingleAsn1Type = 0xA0;
/// itu-t recommendation q 773 as(1) dialogue-as(1) version1(1): 0.0.17.773.1.1.1.
constexpr uint8_t kDialogueAs[] = {0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01};
// ITU-T Q.773 §4.2.2.
constexpr uint8_t kAarq = 0x60;
constexpr uint8_t kAare = 0x61;
constexpr uint8_t kAbrt = 0x64;
constexpr uint8_t kProtocolVersion = 0x80;
constexpr uint8_t kAbortSource = 0x80;
constexpr uint8_t kContext = 0xA1;
constexpr uint8_t kResult = 0xA2;
constexpr uint8_t kDiagnostic = 0xA3;
constexpr uint8_t kByUser = 0xA1;
constexpr uint8_t kByProvider = 0xA2;
constexpr uint8_t kUserInformation = 0xBE;
constexpr uint8_t kInteger = 0x02;
constexpr uint8_t kVersion1[] = {0x07, 0x80};  // BIT STRING {version1(0)}, seven bits unused

bool read_context(Octets value, Octets& out) {
  const auto oid = BerReader(value).next(kOid);
  if (!oid || oid->value.empty() || oid->value.size() > kContextOctetsMax) return false;
  out = oid->value;
  return true;
}

DialogueFault read_aarq(Octets apdu, DialogueRequest& out) {
  bool version1 = true;  // the default
  BerReader in(apdu);
  while (!in.empty()) {
    const auto tlv = in.next();
    if (!tlv) return DialogueFault::kMalformed;
    switch (tlv->tag) {
      case kProtocolVersion:
        if (tlv->value.empty()) return DialogueFault::kMalformed;
        version1 = tlv->value.size() > 1 && tlv->value[1] & 0x80;
        break;
      case kContext:
        if (!read_context(tlv->value, out.context)) return DialogueFault::kMalformed;
        break;
      case kUserInformation: out.user_information = tlv->value; break;
      default: break;
    }
  }
  if (out.context.empty()) return DialogueFault::kMalformed;
  return version1 ? DialogueFault::kNone : DialogueFault::kNoCommonVersion;
}

/// The APDU since `mark` as a dialogue portion.
void wrap_portion(BackWriter& w, size_t mark) {
  wrap(w, mark, kSingleAsn1Type);
  put(w, kOid, kDialogueAs);
  wrap(w, mark, kExternal);
  wrap(w, mark, kDialoguePortion);
}

void put_information(BackWriter& w, const UserInformation& info) {
  if (info.len != 0) put(w, kUserInformation, info.view());
}

}  // namespace

DialogueFault decode_dialogue(Octets portion, DialogueRequest& out) noexcept {
  out = DialogueRequest{};
  const auto external = BerReader(portion).next(kExternal);
  if (!external) return DialogueFault::kMalformed;
  BerReader in(external->value);
  const auto syntax = in.next(kOid);
  if (!syntax || !std::ranges::equal(syntax->value, kDialogueAs)) return DialogueFault::kMalformed;
  const auto type = in.next(kSingleAsn1Type);
  if (!type) return DialogueFault::kMalformed;
  const auto apdu = BerReader(type->value).next(kAarq);
  return apdu ? read_aarq(apdu->value, out) : DialogueFault::kMalformed;
}

void write_aare(BackWriter& w, Octets context, AareResult result, const UserInformation& info) noexcept {
  constexpr uint8_t kDiagnostics[] = {0 /* null */, 2 /* application-context-name-not-supported */,
                                      2 /* no-common-dialogue-portion */};
  const size_t mark = w.size();
  put_information(w, info);
  const size_t diagnostic = w.size();
  put(w, kInteger, kDiagnostics[static_cast<size_t>(result)]);
  wrap(w, diagnostic, result == AareResult::kNoCommonVersion ? kByProvider : kByUser);
  wrap(w, diagnostic, kDiagnostic);
  const size_t associate = w.size();
  put(w, kInteger, result == AareResult::kAccepted ? uint8_t{0} : uint8_t{1} /* reject-permanent */);
  wrap(w, associate, kResult);
  const size_t name = w.size();
  put(w, kOid, context);
  wrap(w, name, kContext);
  put(w, kProtocolVersion, kVersion1);
  wrap(w, mark, kAare);
  wrap_portion(w, mark);
}

void write_abrt(BackWriter& w, AbortSource source, const UserInformation& info) noexcept {
  const size_t mark = w.size();
  put_information(w, info);
  put(w, kAbortSource, static_cast<uint8_t>(source));
  wrap(w, mark, kAbrt);
  wrap_portion(w, mark);
}

}  // namespace eir::sigtran::tcap
