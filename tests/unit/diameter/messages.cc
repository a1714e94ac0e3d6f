// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/diameter/messages.h"

#include <algorithm>
#include <cstring>

namespace eir::diameter::test {

using codec::Octets;

Bytes make_raw(uint32_t code, uint8_t flags, uint32_t length, uint32_t vendor, Octets data) {
  Bytes out(codec::kAvpVendorHeaderLen + data.size() + 3);
  base::ByteWriter w(out);
  w.u32(code);
  w.u8(flags);
  w.u24(length);
  if (flags & codec::kAvpVendor) w.u32(vendor);
  w.bytes(data);
  w.zeros(codec::padded(w.size()) - w.size());
  out.resize(w.size());
  return out;
}

Bytes make(AvpId id, Octets data) {
  const size_t header = id.vendor ? codec::kAvpVendorHeaderLen : codec::kAvpHeaderLen;
  const uint8_t flags = codec::kAvpMandatory | (id.vendor ? codec::kAvpVendor : 0);
  return make_raw(id.code, flags, static_cast<uint32_t>(header + data.size()), id.vendor, data);
}
Bytes make(AvpId id, std::string_view data) { return make(id, codec::octets_of(data)); }
Bytes make_group(AvpId id, const std::vector<Bytes>& inner) {
  Bytes data;
  for (const Bytes& b : inner) data.insert(data.end(), b.begin(), b.end());
  return make(id, Octets(data));
}
Bytes make_u32(AvpId id, uint32_t value) {
  Bytes data(4);
  base::ByteWriter(data).u32(value);
  return make(id, Octets(data));
}
Bytes with_flags(Bytes avp, uint8_t flags) {
  avp[4] = flags;
  return avp;
}

Bytes message(codec::Header header, const std::vector<Bytes>& avps) {
  Bytes out(codec::kHeaderLen);
  for (const Bytes& a : avps) out.insert(out.end(), a.begin(), a.end());
  header.length = static_cast<uint32_t>(out.size());
  base::ByteWriter w(out);
  codec::write_header(w, header);
  return out;
}

Ecr::Ecr(std::string_view imei, std::string_view sv, std::string_view imsi) {
  avps = {make(avp::kSessionId, std::string(kMme) + ";1;2"),
          offers_s13(),
          make_u32(avp::kAuthSessionState, 1),
          make(avp::kOriginHost, kMme),
          make(avp::kOriginRealm, kOwnRealm),
          make(avp::kDestinationRealm, kOwnRealm),
          make_group(avp::kTerminalInformation,
                     sv.empty() ? std::vector<Bytes>{make(avp::kImei, imei)}
                                : std::vector<Bytes>{make(avp::kImei, imei), make(avp::kSoftwareVersion, sv)})};
  if (!imsi.empty()) avps.push_back(make(avp::kUserName, imsi));
}

namespace {
AvpId id_of(const Bytes& avp) {
  base::ByteReader r(avp);
  AvpId id;
  uint32_t skipped = 0;
  r.u32(id.code);
  r.u32(skipped);
  if (avp[4] & codec::kAvpVendor) r.u32(id.vendor);
  return id;
}
}  // namespace

Ecr& Ecr::without(AvpId id) {
  std::erase_if(avps, [&](const Bytes& a) { return id_of(a) == id; });
  return *this;
}
Ecr& Ecr::add(Bytes a) {
  avps.push_back(std::move(a));
  return *this;
}
Ecr& Ecr::put(AvpId id, Bytes a) {
  for (Bytes& old : avps)
    if (id_of(old) == id) old = a;
  return *this;
}

Bytes offers_s13() {
  return make_group(avp::kVendorSpecificApplicationId,
                    {make_u32(avp::kVendorId, codec::kVendor3gpp), make_u32(avp::kAuthApplicationId, codec::kAppS13)});
}

Bytes cer(std::string_view origin_host, const std::vector<Bytes>& more, uint32_t hop_by_hop) {
  static constexpr uint8_t kAddress[] = {0, 1, 127, 0, 0, 1};
  std::vector<Bytes> avps = {make(avp::kOriginHost, origin_host), make(avp::kOriginRealm, kOwnRealm),
                             make(avp::kHostIpAddress, Octets(kAddress)), make_u32(avp::kVendorId, 0),
                             with_flags(make(avp::kProductName, "test"), 0)};
  avps.insert(avps.end(), more.begin(), more.end());
  return message({codec::kVersion, 0, codec::kFlagRequest, codec::kCmdCapabilitiesExchange, 0, hop_by_hop, 7}, avps);
}
Bytes dwr(std::string_view origin_host, uint32_t hop_by_hop) {
  return message({codec::kVersion, 0, codec::kFlagRequest, codec::kCmdDeviceWatchdog, 0, hop_by_hop, 8},
                 {make(avp::kOriginHost, origin_host), make(avp::kOriginRealm, kOwnRealm)});
}
Bytes dpr(std::string_view origin_host, uint32_t cause, uint32_t hop_by_hop) {
  return message({codec::kVersion, 0, codec::kFlagRequest, codec::kCmdDisconnectPeer, 0, hop_by_hop, 9},
                 {make(avp::kOriginHost, origin_host), make(avp::kOriginRealm, kOwnRealm),
                  make_u32(avp::kDisconnectCause, cause)});
}
Bytes answer_to(Octets request, std::string_view origin_host) {
  codec::Header h = header_of(request);
  h.flags = 0;
  return message(
      h, {make_u32(avp::kResultCode, 2001), make(avp::kOriginHost, origin_host), make(avp::kOriginRealm, kOwnRealm)});
}

uint32_t u32_of(Octets m, AvpId id) {
  codec::AvpView a;
  uint32_t value = 0xFFFFFFFF;
  if (codec::find_avp(codec::body_of(m), id, a)) a.u32(value);
  return value;
}
std::string text_of(Octets m, AvpId id) {
  codec::AvpView a;
  return codec::find_avp(codec::body_of(m), id, a) ? std::string(codec::text_of(a.data)) : std::string();
}
bool has(Octets m, AvpId id) {
  codec::AvpView a;
  return codec::find_avp(codec::body_of(m), id, a);
}
codec::Header header_of(Octets m) {
  codec::Header h;
  codec::read_header(m, h);
  return h;
}

decision::Verdict DigitAnswerer::answer(const decision::Question& q) noexcept {
  ++questions;
  last = q;
  last.asker.peer = {};
  const size_t n = std::min(q.asker.peer.size(), sizeof last_peer - 1);
  std::memcpy(last_peer, q.asker.peer.data(), n);
  last_peer[n] = 0;
  decision::Verdict v;
  if (q.imei.valid()) v.told = static_cast<decision::Status>(std::min<uint64_t>(number(q.imei.key()) % 10, 3));
  v.judged = v.told;
  return v;
}
decision::Verdict DigitAnswerer::give_up(const decision::Question&, decision::Reason reason) noexcept {
  decision::Verdict v;
  v.told = v.judged = decision::Status::kWhite;
  v.reason = reason;
  return v;
}

}  // namespace eir::diameter::test
