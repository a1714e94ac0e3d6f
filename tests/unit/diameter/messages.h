// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/question.h"
#include "diameter/codec/avp.h"

/// Messages for tests, written octet by octet so that they can be wrong in every way.
namespace eir::diameter::test {

using Bytes = std::vector<uint8_t>;
using codec::AvpId;
namespace avp = codec::avp;

inline constexpr std::string_view kOwnHost = "eir.epc.mnc01.mcc255.3gppnetwork.org";
inline constexpr std::string_view kOwnRealm = "epc.mnc01.mcc255.3gppnetwork.org";
inline constexpr std::string_view kMme = "mme1.epc.mnc01.mcc255.3gppnetwork.org";

/// An AVP with the usual flags: M, and V with a vendor.
Bytes make(AvpId id, codec::Octets data);
Bytes make(AvpId id, std::string_view data);
Bytes make_group(AvpId id, const std::vector<Bytes>& inner);
Bytes make_u32(AvpId id, uint32_t value);
/// Everything as the caller says, right or wrong.
Bytes make_raw(uint32_t code, uint8_t flags, uint32_t length, uint32_t vendor, codec::Octets data);
Bytes with_flags(Bytes avp, uint8_t flags);

/// A message from a header and AVPs; the length is put in.
Bytes message(codec::Header header, const std::vector<Bytes>& avps);

/// An ordinary ECR, as a list of AVPs that a test can change.
struct Ecr {
  codec::Header header{codec::kVersion,
                       0,
                       codec::kFlagRequest | codec::kFlagProxiable,
                       codec::kCmdMeIdentityCheck,
                       codec::kAppS13,
                       0x11223344,
                       0x55667788};
  std::vector<Bytes> avps;

  explicit Ecr(std::string_view imei = "35809101234567", std::string_view sv = "01",
               std::string_view imsi = "255012345678901");
  Bytes bytes() const { return message(header, avps); }
  Ecr& without(AvpId id);
  Ecr& add(Bytes avp);
  Ecr& put(AvpId id, Bytes avp);  ///< in its place
};

Bytes cer(std::string_view origin_host, const std::vector<Bytes>& more, uint32_t hop_by_hop = 1);
/// An application a CER offers: Vendor-Specific-Application-Id of S13.
Bytes offers_s13();
Bytes dwr(std::string_view origin_host, uint32_t hop_by_hop = 2);
Bytes dpr(std::string_view origin_host, uint32_t cause = 0, uint32_t hop_by_hop = 3);
/// The answer to a request of ours, 2001.
Bytes answer_to(codec::Octets request, std::string_view origin_host);

/// Looks into an answer.
uint32_t u32_of(codec::Octets message, AvpId id);  ///< 0xFFFFFFFF: absent
std::string text_of(codec::Octets message, AvpId id);
bool has(codec::Octets message, AvpId id);
codec::Header header_of(codec::Octets message);

/// Answers by the IMEI's last digit: 0 white, 1 black, 2 grey, else unknown; unknown for a bad IMEI.
class DigitAnswerer final : public decision::Answerer {
 public:
  decision::Verdict answer(const decision::Question& q) noexcept override;
  decision::Verdict give_up(const decision::Question& q, decision::Reason reason) noexcept override;
  decision::Question last;  ///< views are not kept
  char last_peer[300] = {};
  uint64_t questions = 0;
};

}  // namespace eir::diameter::test
