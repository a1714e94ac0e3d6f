// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/s13_codec.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>

namespace eir::tests::s13 {
namespace {

uint32_t get32(std::string_view s, size_t at) {
  uint32_t v = 0;
  for (size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<uint8_t>(s[at + i]);
  return v;
}
uint32_t get24(std::string_view s, size_t at) { return get32(s, at) & 0xFFFFFF; }

std::string be32(uint32_t v) {
  return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8), static_cast<char>(v)};
}

struct View {
  uint32_t code = 0, vendor = 0;
  uint8_t flags = 0;
  std::string_view data, whole;
};

/// Takes the next AVP off `rest`. RFC 6733 §4.1. Empty string: done well; else what is wrong.
std::string next_avp(std::string_view& rest, View& out) {
  if (rest.size() < 8) return fmt::format("{} stray octets after the last AVP", rest.size());
  out.code = get32(rest, 0);
  out.flags = static_cast<uint8_t>(rest[4]);
  const size_t len = get24(rest, 4);
  const size_t head = out.flags & kAvpVendor ? 12 : 8;
  if (len < head) return fmt::format("AVP {}: length {} is shorter than its header", out.code, len);
  const size_t padded = (len + 3) & ~size_t{3};
  if (padded > rest.size()) return fmt::format("AVP {}: length {} goes past the end", out.code, len);
  out.vendor = head == 12 ? get32(rest, 8) : 0;
  out.data = rest.substr(head, len - head);
  out.whole = rest.substr(0, padded);
  const auto padding = rest.substr(len, padded - len);
  rest.remove_prefix(padded);
  if (std::any_of(padding.begin(), padding.end(), [](char c) { return c != 0; }))
    return fmt::format("AVP {}: padding is not zero", out.code);
  return {};
}

/// What is known of the AVPs an answer may carry: flags as the specification fixes them, length of fixed types.
struct Known {
  uint32_t code, vendor;
  uint8_t flags;
  size_t len;  ///< 0: any
  bool once;
};
constexpr std::array kKnown{
    Known{kSessionId, 0, kAvpMandatory, 0, true},
    Known{kVendorSpecificApplicationId, 0, kAvpMandatory, 0, true},
    Known{kResultCode, 0, kAvpMandatory, 4, true},
    Known{kExperimentalResult, 0, kAvpMandatory, 0, true},
    Known{kAuthSessionState, 0, kAvpMandatory, 4, true},
    Known{kOriginHost, 0, kAvpMandatory, 0, true},
    Known{kOriginRealm, 0, kAvpMandatory, 0, true},
    Known{kOriginStateId, 0, kAvpMandatory, 4, true},
    Known{kErrorMessage, 0, 0, 0, true},
    Known{kErrorReportingHost, 0, 0, 0, true},
    Known{kFailedAvp, 0, kAvpMandatory, 0, false},
    Known{kProxyInfo, 0, kAvpMandatory, 0, false},
    Known{kEquipmentStatus, kVendor3gpp, kAvpVendor | kAvpMandatory, 4, true},
    Known{kHostIpAddress, 0, kAvpMandatory, 0, false},
    Known{kVendorId, 0, kAvpMandatory, 4, true},
    Known{kProductName, 0, 0, 0, true},
    Known{kFirmwareRevision, 0, 0, 4, true},
    Known{kSupportedVendorId, 0, kAvpMandatory, 4, false},
    Known{kAuthApplicationId, 0, kAvpMandatory, 4, false},
};

void check_known(const View& avp, std::vector<std::pair<uint32_t, uint32_t>>& seen,
                 std::vector<std::string>& problems) {
  if (avp.flags & 0x1F) problems.push_back(fmt::format("AVP {}: reserved flag bits {:02x}", avp.code, avp.flags));
  for (const auto& k : kKnown) {
    if (k.code != avp.code || k.vendor != avp.vendor) continue;
    if ((avp.flags & (kAvpVendor | kAvpMandatory)) != k.flags)
      problems.push_back(fmt::format("AVP {}: flags {:02x} instead of {:02x}", avp.code, avp.flags, k.flags));
    if (k.len && avp.data.size() != k.len)
      problems.push_back(fmt::format("AVP {}: {} octets of data instead of {}", avp.code, avp.data.size(), k.len));
    const std::pair id{avp.code, avp.vendor};
    if (k.once && std::find(seen.begin(), seen.end(), id) != seen.end())
      problems.push_back(fmt::format("AVP {}: twice", avp.code));
    seen.push_back(id);
    return;
  }
}

/// Experimental-Result: Vendor-Id and Experimental-Result-Code, each once. RFC 6733 §7.6.
void take_experimental(std::string_view group, Answer& a) {
  std::optional<uint32_t> vendor;
  for (View avp; !group.empty();) {
    if (auto bad = next_avp(group, avp); !bad.empty()) {
      a.problems.push_back("Experimental-Result: " + bad);
      return;
    }
    if (avp.data.size() != 4) continue;
    if (avp.code == kVendorId) vendor = get32(avp.data, 0);
    if (avp.code == kExperimentalResultCode) a.experimental_result = get32(avp.data, 0);
  }
  if (vendor != kVendor3gpp) a.problems.push_back("Experimental-Result: Vendor-Id is not 10415");
  if (!a.experimental_result) a.problems.push_back("Experimental-Result: no Experimental-Result-Code");
}

void take(const View& avp, Answer& a) {
  const auto number = [&]() -> std::optional<uint32_t> {
    if (avp.data.size() != 4) return std::nullopt;
    return get32(avp.data, 0);
  };
  if (avp.vendor == kVendor3gpp && avp.code == kEquipmentStatus) a.equipment_status = number();
  if (avp.vendor != 0) return;
  switch (avp.code) {
    case kSessionId: a.session_id = std::string(avp.data); break;
    case kResultCode: a.result_code = number(); break;
    case kExperimentalResult: take_experimental(avp.data, a); break;
    case kAuthSessionState: a.auth_session_state = number(); break;
    case kOriginHost: a.origin_host = avp.data; break;
    case kOriginRealm: a.origin_realm = avp.data; break;
    case kErrorMessage: a.error_message = avp.data; break;
    case kFailedAvp: a.failed_avp += avp.data; break;
    default: break;
  }
}

void check_against_request(std::string_view request, Answer& a) {
  if (request.size() < kHeaderLen) return;
  const Header asked = header_of(request);
  if (asked.command != a.header.command) a.problems.push_back("another command than the request's");
  if (asked.application != a.header.application) a.problems.push_back("another application than the request's");
  if (asked.end_to_end != a.header.end_to_end) a.problems.push_back("another End-to-End Identifier");
  if ((asked.flags & kFlagProxiable) != (a.header.flags & kFlagProxiable))
    a.problems.push_back("the P bit is not the request's");
  if (const auto session = find_avp(request, kSessionId)) {
    if (!a.session_id)
      a.problems.push_back("the request's Session-Id is missing");
    else if (*a.session_id != *session)
      a.problems.push_back("another Session-Id than the request's");
  }
}

void check_whole(bool session_first, Answer& a) {
  auto& p = a.problems;
  if (a.header.flags & kFlagRequest) p.push_back("the R bit is set");
  if (a.header.flags & 0x0F) p.push_back("reserved command flags are set");
  if (a.header.flags & kFlagRetransmitted) p.push_back("the T bit is set in an answer");
  if (a.session_id && !session_first) p.push_back("Session-Id is not first");
  if (a.origin_host.empty()) p.push_back("no Origin-Host");
  if (a.origin_realm.empty()) p.push_back("no Origin-Realm");
  if (a.result_code.has_value() == a.experimental_result.has_value())
    p.push_back(a.result_code ? "both Result-Code and Experimental-Result"
                              : "neither Result-Code nor Experimental-Result");
  const bool protocol_error = a.result_code && *a.result_code / 1000 == 3;
  // RFC 6733 §7.1.3: the E bit belongs to the protocol errors, 3xxx, and to nothing else.
  if (protocol_error != ((a.header.flags & kFlagError) != 0)) p.push_back("the E bit does not fit the result");
  if (a.header.command != kCommandEcr || protocol_error) return;
  if (a.header.application != kApplication) p.push_back("the application is not S13");
  // 3GPP TS 29.272 §7.2.20 requires it, §7.1.4 fixes its value.
  if (a.auth_session_state != 1u) p.push_back("Auth-Session-State is not NO_STATE_MAINTAINED");
  if (a.result_code == 2001u && !a.equipment_status) p.push_back("success without Equipment-Status");
  if (a.equipment_status && *a.equipment_status > 2) p.push_back("Equipment-Status outside 0 to 2");
  if (a.equipment_status && a.result_code != 2001u) p.push_back("Equipment-Status beside an error");
}

}  // namespace

std::string make_avp(uint32_t code, std::string_view data, uint32_t vendor, bool mandatory) {
  const auto len = static_cast<uint32_t>(data.size() + (vendor ? 12 : 8));
  const uint32_t flags = (vendor ? kAvpVendor : 0u) | (mandatory ? kAvpMandatory : 0u);
  std::string out = be32(code) + be32(flags << 24 | len);
  if (vendor) out += be32(vendor);
  out.append(data);
  out.resize((out.size() + 3) & ~size_t{3}, '\0');
  return out;
}

std::string make_u32(uint32_t code, uint32_t value, uint32_t vendor, bool mandatory) {
  return make_avp(code, be32(value), vendor, mandatory);
}

Builder::Builder(uint8_t flags, uint32_t command, uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end)
    : out_(be32(1u << 24) + be32(uint32_t{flags} << 24 | command) + be32(application) + be32(hop_by_hop) +
           be32(end_to_end)) {}

void Builder::avp(uint32_t code, std::string_view data, uint32_t vendor, bool mandatory) {
  out_ += make_avp(code, data, vendor, mandatory);
}
void Builder::u32(uint32_t code, uint32_t value, uint32_t vendor, bool mandatory) {
  out_ += make_u32(code, value, vendor, mandatory);
}

std::string Builder::finish() {
  const auto len = be32(static_cast<uint32_t>(out_.size()));
  out_.replace(1, 3, len, 1, 3);
  return std::move(out_);
}

std::string make_cer(const Identity& who, uint32_t hop_by_hop) {
  Builder b(kFlagRequest, kCommandCer, 0, hop_by_hop, hop_by_hop);
  b.avp(kOriginHost, who.origin_host);
  b.avp(kOriginRealm, who.origin_realm);
  in_addr v4{};
  in6_addr v6{};
  if (inet_pton(AF_INET, who.host_ip.c_str(), &v4) == 1)  // Address: family, then the octets. RFC 6733 §4.3.1.
    b.avp(kHostIpAddress, std::string("\0\1", 2) + std::string(reinterpret_cast<const char*>(&v4), sizeof v4));
  else if (inet_pton(AF_INET6, who.host_ip.c_str(), &v6) == 1)
    b.avp(kHostIpAddress, std::string("\0\2", 2) + std::string(reinterpret_cast<const char*>(&v6), sizeof v6));
  b.u32(kVendorId, 0);
  b.avp(kProductName, "Turnstile test MME", 0, false);
  if (who.origin_state_id) b.u32(kOriginStateId, *who.origin_state_id);
  b.u32(kSupportedVendorId, kVendor3gpp);
  for (const uint32_t app : who.applications)
    b.avp(kVendorSpecificApplicationId, make_u32(kVendorId, kVendor3gpp) + make_u32(kAuthApplicationId, app));
  return b.finish();
}

std::string make_dwr(const Identity& who, uint32_t hop_by_hop) {
  Builder b(kFlagRequest, kCommandDwr, 0, hop_by_hop, hop_by_hop);
  b.avp(kOriginHost, who.origin_host);
  b.avp(kOriginRealm, who.origin_realm);
  if (who.origin_state_id) b.u32(kOriginStateId, *who.origin_state_id);
  return b.finish();
}

std::string make_dpr(const Identity& who, uint32_t hop_by_hop) {
  Builder b(kFlagRequest, kCommandDpr, 0, hop_by_hop, hop_by_hop);
  b.avp(kOriginHost, who.origin_host);
  b.avp(kOriginRealm, who.origin_realm);
  b.u32(kDisconnectCause, 0);
  return b.finish();
}

std::string make_success(const Identity& who, std::string_view request) {
  const Header h = header_of(request);
  Builder b(0, h.command, h.application, h.hop_by_hop, h.end_to_end);
  b.u32(kResultCode, 2001);
  b.avp(kOriginHost, who.origin_host);
  b.avp(kOriginRealm, who.origin_realm);
  if (who.origin_state_id && h.command == kCommandDwr) b.u32(kOriginStateId, *who.origin_state_id);
  return b.finish();
}

Header header_of(std::string_view m) {
  Header h;
  h.version = static_cast<uint8_t>(m[0]);
  h.length = get24(m, 0);
  h.flags = static_cast<uint8_t>(m[4]);
  h.command = get24(m, 4);
  h.application = get32(m, 8);
  h.hop_by_hop = get32(m, 12);
  h.end_to_end = get32(m, 16);
  return h;
}

Answer parse_answer(std::string_view message, std::string_view request) {
  Answer a;
  if (message.size() < kHeaderLen) {
    a.problems.push_back("shorter than a header");
    return a;
  }
  a.header = header_of(message);
  if (a.header.version != 1) a.problems.push_back("version is not 1");
  if (a.header.length != message.size()) a.problems.push_back("Message Length is not the message's");
  bool session_first = false;
  std::vector<std::pair<uint32_t, uint32_t>> seen;
  auto rest = message.substr(kHeaderLen);
  for (bool first = true; !rest.empty(); first = false) {
    View avp;
    const size_t before = rest.size();
    if (auto bad = next_avp(rest, avp); !bad.empty()) {
      a.problems.push_back(std::move(bad));
      if (rest.size() == before) break;
    }
    if (first && avp.code == kSessionId && avp.vendor == 0) session_first = true;
    check_known(avp, seen, a.problems);
    take(avp, a);
  }
  check_against_request(request, a);
  check_whole(session_first, a);
  return a;
}

std::optional<std::string_view> find_avp(std::string_view message, uint32_t code) {
  if (message.size() < kHeaderLen) return std::nullopt;
  auto rest = message.substr(kHeaderLen);
  for (View avp; !rest.empty();) {
    const size_t before = rest.size();
    (void)next_avp(rest, avp);
    if (rest.size() == before) break;
    if (avp.code == code && avp.vendor == 0) return avp.data;
  }
  return std::nullopt;
}

std::string to_hex(std::string_view octets) {
  std::string out;
  out.reserve(octets.size() * 2);
  for (const char c : octets) fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<uint8_t>(c));
  return out;
}

std::optional<std::string> from_hex(std::string_view hex) {
  std::string out;
  int high = -1;
  for (const char c : hex) {
    int v;
    if (c >= '0' && c <= '9')
      v = c - '0';
    else if (c >= 'a' && c <= 'f')
      v = c - 'a' + 10;
    else if (c >= 'A' && c <= 'F')
      v = c - 'A' + 10;
    else if (c == ' ' && high < 0)
      continue;
    else
      return std::nullopt;
    if (high < 0) {
      high = v;
    } else {
      out.push_back(static_cast<char>(high << 4 | v));
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return out;
}

}  // namespace eir::tests::s13
