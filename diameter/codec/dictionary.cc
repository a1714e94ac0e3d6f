// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/codec/dictionary.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

namespace eir::diameter::codec {
namespace {

constexpr uint8_t kM = kAvpMandatory;
constexpr uint8_t kV = kAvpVendor;
constexpr auto kOct = AvpType::kOctets;
constexpr auto kU32 = AvpType::kUnsigned32;
constexpr auto kU64 = AvpType::kUnsigned64;
constexpr auto kGrp = AvpType::kGrouped;

// RFC 6733 §4.5, in the order of the codes; then what others may put into an ECR.
AvpDef table[] = {
    {{1}, "User-Name", kOct, kM},
    {{25}, "Class", kOct, kM},
    {{27}, "Session-Timeout", kU32, kM},
    {{33}, "Proxy-State", kOct, kM},
    {{44}, "Accounting-Session-Id", kOct, kM},
    {{50}, "Acct-Multi-Session-Id", kOct, kM},
    {{55}, "Event-Timestamp", kU32, kM},
    {{85}, "Acct-Interim-Interval", kU32, kM},
    {{257}, "Host-IP-Address", kOct, kM},
    {{258}, "Auth-Application-Id", kU32, kM},
    {{259}, "Acct-Application-Id", kU32, kM},
    {{260}, "Vendor-Specific-Application-Id", kGrp, kM},
    {{261}, "Redirect-Host-Usage", kU32, kM},
    {{262}, "Redirect-Max-Cache-Time", kU32, kM},
    {{263}, "Session-Id", kOct, kM},
    {{264}, "Origin-Host", kOct, kM},
    {{265}, "Supported-Vendor-Id", kU32, kM},
    {{266}, "Vendor-Id", kU32, kM},
    {{267}, "Firmware-Revision", kU32, 0},
    {{268}, "Result-Code", kU32, kM},
    {{269}, "Product-Name", kOct, 0},
    {{270}, "Session-Binding", kU32, kM},
    {{271}, "Session-Server-Failover", kU32, kM},
    {{272}, "Multi-Round-Time-Out", kU32, kM},
    {{273}, "Disconnect-Cause", kU32, kM},
    {{274}, "Auth-Request-Type", kU32, kM},
    {{276}, "Auth-Grace-Period", kU32, kM},
    {{277}, "Auth-Session-State", kU32, kM},
    {{278}, "Origin-State-Id", kU32, kM},
    {{279}, "Failed-AVP", kOct, kM},
    {{280}, "Proxy-Host", kOct, kM},
    {{281}, "Error-Message", kOct, 0},
    {{282}, "Route-Record", kOct, kM},
    {{283}, "Destination-Realm", kOct, kM},
    {{284}, "Proxy-Info", kOct, kM},
    {{285}, "Re-Auth-Request-Type", kU32, kM},
    {{287}, "Accounting-Sub-Session-Id", kU64, kM},
    {{291}, "Authorization-Lifetime", kU32, kM},
    {{292}, "Redirect-Host", kOct, kM},
    {{293}, "Destination-Host", kOct, kM},
    {{294}, "Error-Reporting-Host", kOct, 0},
    {{295}, "Termination-Cause", kU32, kM},
    {{296}, "Origin-Realm", kOct, kM},
    {{297}, "Experimental-Result", kGrp, kM},
    {{298}, "Experimental-Result-Code", kU32, kM},
    {{299}, "Inband-Security-Id", kU32, kM},
    {{300}, "E2E-Sequence", kOct, kM},
    {{301}, "DRMP", kU32, 0},  // RFC 7944 §9.1
    {{480}, "Accounting-Record-Type", kU32, kM},
    {{483}, "Accounting-Realtime-Required", kU32, kM},
    {{485}, "Accounting-Record-Number", kU32, kM},
    {{621}, "OC-Supported-Features", kOct, 0},                     // RFC 7683 §7.1; overload control is not ours
    {{628, kVendor3gpp}, "Supported-Features", kOct, kV},          // 3GPP TS 29.229 §6.3.29; S13 has no feature
    {{1401, kVendor3gpp}, "Terminal-Information", kGrp, kM | kV},  // 3GPP TS 29.272 §7.3.3
    {{1402, kVendor3gpp}, "IMEI", kOct, kM | kV},
    {{1403, kVendor3gpp}, "Software-Version", kOct, kM | kV},
    {{1445, kVendor3gpp}, "Equipment-Status", kU32, kM | kV},
    {{1471, kVendor3gpp}, "3GPP2-MEID", kOct, kM | kV},
};

constexpr int kMany = -1;
/// How often an AVP may stand in a command or group.
struct Rule {
  AvpId id;
  int min;
  int max;
};
struct Grammar {
  const char* name;
  uint32_t command;  ///< of a request; 0: `group` names an AVP
  AvpId group;
  std::vector<Rule> rules;
};

// Only what is bounded is named: everything else falls under "* [ AVP ]".
const std::array<Grammar, 6>& grammars() {
  static const std::array<Grammar, 6> kGrammars = {{
      {"Capabilities-Exchange-Request",
       kCmdCapabilitiesExchange,
       {},  // RFC 6733 §5.3.1
       {{avp::kOriginHost, 1, 1},
        {avp::kOriginRealm, 1, 1},
        {avp::kHostIpAddress, 1, kMany},
        {avp::kVendorId, 1, 1},
        {avp::kProductName, 1, 1},
        {avp::kOriginStateId, 0, 1},
        {avp::kFirmwareRevision, 0, 1}}},
      {"Device-Watchdog-Request",
       kCmdDeviceWatchdog,
       {},  // RFC 6733 §5.5.1
       {{avp::kOriginHost, 1, 1}, {avp::kOriginRealm, 1, 1}, {avp::kOriginStateId, 0, 1}}},
      {"Disconnect-Peer-Request",
       kCmdDisconnectPeer,
       {},  // RFC 6733 §5.4.1
       {{avp::kOriginHost, 1, 1}, {avp::kOriginRealm, 1, 1}, {avp::kDisconnectCause, 1, 1}}},
      {"ME-Identity-Check-Request",
       kCmdMeIdentityCheck,
       {},  // 3GPP TS 29.272 §7.2.19
       {{avp::kSessionId, 1, 1},
        {avp::kVendorSpecificApplicationId, 0, 1},
        {avp::kAuthSessionState, 1, 1},
        {avp::kOriginHost, 1, 1},
        {avp::kOriginRealm, 1, 1},
        {avp::kDestinationHost, 0, 1},
        {avp::kDestinationRealm, 1, 1},
        {avp::kTerminalInformation, 1, 1},
        {avp::kUserName, 0, 1},
        {{301}, 0, 1},
        {avp::kOriginStateId, 0, 1}}},
      {nullptr,
       0,
       avp::kVendorSpecificApplicationId,  // RFC 6733 §6.11
       {{avp::kVendorId, 1, 1}, {avp::kAuthApplicationId, 0, 1}, {avp::kAcctApplicationId, 0, 1}}},
      {nullptr,
       0,
       avp::kTerminalInformation,  // 3GPP TS 29.272 §7.3.3; an absent IMEI is a bad IMEI, no bad message
       {{avp::kImei, 0, 1}, {avp::kMeid, 0, 1}, {avp::kSoftwareVersion, 0, 1}}},
  }};
  return kGrammars;
}

enum dict_avp_basetype basetype_of(AvpType t) {
  switch (t) {
    case AvpType::kUnsigned32: return AVP_TYPE_UNSIGNED32;
    case AvpType::kUnsigned64: return AVP_TYPE_UNSIGNED64;
    case AvpType::kGrouped: return AVP_TYPE_GROUPED;
    case AvpType::kOctets: break;
  }
  return AVP_TYPE_OCTETSTRING;
}

uint64_t sort_key(AvpId id) { return uint64_t{id.vendor} << 32 | id.code; }

/// libfdproto writes a line to standard output for every message it refuses; we count them instead.
void drop_log(int, const char*, va_list) {}

// libfdproto's interface takes char* and keeps no more than a copy.
char* unconst(const char* text) { return const_cast<char*>(text); }

}  // namespace

const Dictionary* Dictionary::instance() noexcept {
  static const Dictionary* const kInstance = []() -> const Dictionary* {
    static Dictionary dictionary;
    return dictionary.load() ? &dictionary : nullptr;
  }();
  return kInstance;
}

const AvpDef* Dictionary::find(AvpId id) const noexcept {
  const auto less = [](const AvpDef& d, uint64_t key) { return sort_key(d.id) < key; };
  const auto* at = std::lower_bound(std::begin(table), std::end(table), sort_key(id), less);
  return at != std::end(table) && at->id == id ? at : nullptr;
}

bool Dictionary::load() {
  if (fd_libproto_init() != 0) return false;
  fd_log_handler_register(drop_log);
  if (fd_dict_init(&dict_) != 0) return false;
  dict_vendor_data vendor{kVendor3gpp, unconst("3GPP")};
  dict_application_data s13{kAppS13, unconst("S13")};
  dict_object* vendor_object = nullptr;
  dict_object* s13_object = nullptr;
  if (fd_dict_new(dict_, DICT_VENDOR, &vendor, nullptr, &vendor_object) != 0) return false;
  if (fd_dict_new(dict_, DICT_APPLICATION, &s13, vendor_object, &s13_object) != 0) return false;
  for (AvpDef& def : table) {
    dict_avp_data data{
        def.id.code,          def.id.vendor, unconst(def.name), AVP_FLAG_VENDOR, static_cast<uint8_t>(def.flags),
        basetype_of(def.type)};
    if (fd_dict_new(dict_, DICT_AVP, &data, nullptr, &def.object) != 0) return false;
  }
  for (const Grammar& grammar : grammars()) {
    dict_object* parent = nullptr;
    if (grammar.command != 0) {
      dict_cmd_data data{grammar.command, unconst(grammar.name), CMD_FLAG_REQUEST, CMD_FLAG_REQUEST};
      dict_object* app = grammar.command == kCmdMeIdentityCheck ? s13_object : nullptr;
      if (fd_dict_new(dict_, DICT_COMMAND, &data, app, &parent) != 0) return false;
    } else {
      parent = find(grammar.group)->object;
    }
    for (const Rule& rule : grammar.rules) {
      dict_rule_data data{find(rule.id)->object, rule.min > 0 ? RULE_REQUIRED : RULE_OPTIONAL, 0, rule.min, rule.max};
      if (fd_dict_new(dict_, DICT_RULE, &data, parent, nullptr) != 0) return false;
    }
  }
  return true;
}

}  // namespace eir::diameter::codec
