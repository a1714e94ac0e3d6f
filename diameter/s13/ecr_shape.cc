// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/s13/ecr_shape.h"

#include <cstring>

namespace eir::diameter::s13 {
namespace {

using codec::AvpReader;
using codec::AvpView;
namespace avp = codec::avp;

constexpr uint8_t kM = codec::kAvpMandatory;
constexpr uint8_t kVM = codec::kAvpVendor | codec::kAvpMandatory;

// One bit for each AVP of the shape.
constexpr unsigned kSession = 1;
constexpr unsigned kVsai = 2;
constexpr unsigned kState = 4;
constexpr unsigned kOriginHost = 8;
constexpr unsigned kOriginRealm = 16;
constexpr unsigned kDestHost = 32;
constexpr unsigned kDestRealm = 64;
constexpr unsigned kTerminal = 128;
constexpr unsigned kUser = 256;
constexpr unsigned kRoute = 512;
constexpr unsigned kNeeded = kSession | kState | kOriginHost | kOriginRealm | kDestRealm | kTerminal;

/// One for each agent on the way; a longer way is the slow path's.
constexpr unsigned kRouteRecordsMax = 16;

constexpr uint8_t kVsaiData[] = {
    0, 0, 0x01, 0x0A, 0x40, 0, 0, 12, 0, 0, 0x28, 0xAF,  // Vendor-Id 10415
    0, 0, 0x01, 0x02, 0x40, 0, 0, 12, 1, 0, 0,    0x24,  // Auth-Application-Id 16777252
};
constexpr uint8_t kNoState[] = {0, 0, 0, codec::kNoStateMaintained};

template <size_t N>
bool is(Octets data, const uint8_t (&expected)[N]) {
  return data.size() == N && std::memcmp(data.data(), expected, N) == 0;
}
bool is(Octets data, std::string_view expected) { return codec::text_of(data) == expected; }

bool read_terminal(Octets data, EcrFields& out) {
  AvpReader reader(data);
  AvpView a;
  bool imei = false;
  bool version = false;
  while (reader.next(a)) {
    if (a.flags != kVM) return false;
    if (a.id == avp::kImei && !imei) {
      out.imei = a.data;
      imei = true;
    } else if (a.id == avp::kSoftwareVersion && !version) {
      out.software_version = a.data;
      version = true;
    } else {
      return false;
    }
  }
  return !reader.broken();
}

/// The bit of an AVP of the ordinary shape, or 0.
unsigned take(const AvpView& a, std::string_view own_host, std::string_view own_realm, EcrFields& out) {
  if (a.flags == kVM) return a.id == avp::kTerminalInformation && read_terminal(a.data, out) ? kTerminal : 0;
  if (a.flags != kM) return 0;
  switch (a.id.code) {
    case avp::kSessionId.code: out.session_id = a.data; return kSession;
    case avp::kVendorSpecificApplicationId.code: return is(a.data, kVsaiData) ? kVsai : 0;
    case avp::kAuthSessionState.code: return is(a.data, kNoState) ? kState : 0;
    case avp::kOriginHost.code:
      out.origin_host = a.data;
      return codec::is_diameter_identity(codec::text_of(a.data)) ? kOriginHost : 0;
    case avp::kOriginRealm.code: return a.data.empty() ? 0 : kOriginRealm;
    case avp::kDestinationHost.code: return is(a.data, own_host) ? kDestHost : 0;
    case avp::kDestinationRealm.code: return is(a.data, own_realm) ? kDestRealm : 0;
    case avp::kRouteRecord.code: return codec::same_identity(codec::text_of(a.data), own_host) ? 0 : kRoute;
    case avp::kUserName.code: out.user_name = a.data; return kUser;
    default: return 0;
  }
}

}  // namespace

bool read_ordinary_ecr(Octets request, std::string_view own_host, std::string_view own_realm, EcrFields& out) noexcept {
  codec::Header h;
  if (!codec::read_header(request, h) || h.version != codec::kVersion || h.length != request.size() ||
      (h.flags & (codec::kFlagRequest | codec::kFlagError)) != codec::kFlagRequest ||
      h.command != codec::kCmdMeIdentityCheck || h.application != codec::kAppS13)
    return false;
  AvpReader reader(codec::body_of(request));
  AvpView a;
  unsigned seen = 0;
  unsigned routes = 0;
  while (reader.next(a)) {
    const unsigned bit = take(a, own_host, own_realm, out);
    if (bit == 0 || (bit == kRoute ? ++routes > kRouteRecordsMax : (seen & bit) != 0)) return false;
    seen |= bit;
  }
  return !reader.broken() && (seen & kNeeded) == kNeeded;
}

}  // namespace eir::diameter::s13
