// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/base_messages.h"

#include <array>

namespace eir::diameter::peer {
namespace {

namespace avp = codec::avp;
using codec::AvpView;

constexpr size_t kOwnRequestMax = 1024;  // header, two identities of 255 octets, two numbers
constexpr uint32_t kFirmwareRevision = 1;

bool is_common(const AvpView& a) {
  uint32_t app = 0;
  return a.id == avp::kAuthApplicationId && a.u32(app) && (app == codec::kAppS13 || app == codec::kAppRelay);
}

/// Address of RFC 6733 §4.3.1: the family's number, then the octets.
void add_address(codec::AnswerBuilder& answer, const IpAddress& address) {
  std::array<uint8_t, 18> octets{};
  if (address.is_v4()) {
    octets[1] = 1;
    const auto bytes = address.to_v4().to_bytes();
    std::copy(bytes.begin(), bytes.end(), octets.begin() + 2);
    answer.octets(avp::kHostIpAddress, Octets(octets.data(), 6));
  } else {
    octets[1] = 2;
    const auto bytes = address.to_v6().to_bytes();
    std::copy(bytes.begin(), bytes.end(), octets.begin() + 2);
    answer.octets(avp::kHostIpAddress, Octets(octets.data(), 18));
  }
}

bool append(codec::AnswerBuilder& answer, codec::Output& out) {
  const auto octets = answer.finish();
  if (octets) out.append(*octets);
  return octets.has_value();
}

void write_request(uint32_t command, const Runtime& runtime, uint32_t hop_by_hop, codec::AvpId number, uint32_t value,
                   codec::Output& out) {
  base::ByteWriter w(out.room(kOwnRequestMax));
  codec::write_header(w, {codec::kVersion, 0, codec::kFlagRequest, command, codec::kAppBase, hop_by_hop, hop_by_hop});
  codec::write_avp(w, avp::kOriginHost, codec::kAvpMandatory, codec::octets_of(runtime.self.origin_host));
  codec::write_avp(w, avp::kOriginRealm, codec::kAvpMandatory, codec::octets_of(runtime.self.origin_realm));
  codec::write_avp_u32(w, number, codec::kAvpMandatory, value);
  w.patch_u24(1, static_cast<uint32_t>(w.size()));
  out.commit(w.size());
}

}  // namespace

Capabilities read_cer(Octets cer) {
  Capabilities caps;
  codec::AvpReader reader(codec::body_of(cer));
  AvpView a;
  bool security_named = false;
  bool plain = false;
  while (reader.next(a)) {
    uint32_t number = 0;
    if (a.id == avp::kOriginHost) caps.origin_host = codec::text_of(a.data);
    if (a.id == avp::kOriginRealm) caps.origin_realm = codec::text_of(a.data);
    if (a.id == avp::kProductName) caps.product_name = codec::text_of(a.data);
    if (a.id == avp::kOriginStateId && a.u32(number)) caps.origin_state_id = number;
    if (a.id == avp::kInbandSecurityId && a.u32(number)) {
      security_named = true;
      plain |= number == 0;
    }
    caps.common_application |= is_common(a);
    if (a.id == avp::kVendorSpecificApplicationId) {
      codec::AvpReader inner(a.data);
      AvpView b;
      while (inner.next(b)) caps.common_application |= is_common(b);
    }
  }
  caps.plain_security = plain || !security_named;
  return caps;
}

bool write_cea(Octets cer, codec::ResultCode code, const Runtime& runtime, const std::vector<IpAddress>& local,
               codec::Output& out) {
  codec::Header header;
  if (!codec::read_header(cer, header)) return false;
  codec::AnswerBuilder answer(header, false);
  answer.u32(avp::kResultCode, codec::number(code));
  answer.text(avp::kOriginHost, runtime.self.origin_host).text(avp::kOriginRealm, runtime.self.origin_realm);
  for (const IpAddress& address : runtime.host_ip.empty() ? local : runtime.host_ip) add_address(answer, address);
  answer.u32(avp::kVendorId, runtime.config.vendor_id).text(avp::kProductName, runtime.config.product_name);
  answer.u32(avp::kOriginStateId, runtime.origin_state_id).u32(avp::kSupportedVendorId, codec::kVendor3gpp);
  answer.enter(avp::kVendorSpecificApplicationId)
      .u32(avp::kVendorId, codec::kVendor3gpp)
      .u32(avp::kAuthApplicationId, codec::kAppS13)
      .leave();
  answer.u32(avp::kFirmwareRevision, kFirmwareRevision);
  return append(answer, out);
}

bool write_base_answer(Octets request, const Runtime& runtime, codec::Output& out) {
  codec::Header header;
  if (!codec::read_header(request, header)) return false;
  codec::AnswerBuilder answer(header, false);
  answer.u32(avp::kResultCode, codec::number(codec::ResultCode::kSuccess));
  answer.text(avp::kOriginHost, runtime.self.origin_host).text(avp::kOriginRealm, runtime.self.origin_realm);
  if (header.command == codec::kCmdDeviceWatchdog) answer.u32(avp::kOriginStateId, runtime.origin_state_id);
  return append(answer, out);
}

void write_dwr(const Runtime& runtime, uint32_t hop_by_hop, codec::Output& out) {
  write_request(codec::kCmdDeviceWatchdog, runtime, hop_by_hop, avp::kOriginStateId, runtime.origin_state_id, out);
}

void write_dpr(const Runtime& runtime, uint32_t hop_by_hop, uint32_t cause, codec::Output& out) {
  write_request(codec::kCmdDisconnectPeer, runtime, hop_by_hop, avp::kDisconnectCause, cause, out);
}

}  // namespace eir::diameter::peer
