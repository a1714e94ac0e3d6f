// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/codec/message.h"

#include <freeDiameter/freeDiameter-host.h>
#include <freeDiameter/libfdproto.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "diameter/codec/structure.h"

namespace eir::diameter::codec {
namespace {

ResultCode code_from(const char* name) {
  struct Row {
    std::string_view name;
    ResultCode code;
  };
  static constexpr Row kRows[] = {
      {"DIAMETER_AVP_UNSUPPORTED", ResultCode::kAvpUnsupported},
      {"DIAMETER_INVALID_AVP_LENGTH", ResultCode::kInvalidAvpLength},
      {"DIAMETER_INVALID_AVP_VALUE", ResultCode::kInvalidAvpValue},
      {"DIAMETER_MISSING_AVP", ResultCode::kMissingAvp},
      {"DIAMETER_AVP_OCCURS_TOO_MANY_TIMES", ResultCode::kAvpOccursTooManyTimes},
      {"DIAMETER_COMMAND_UNSUPPORTED", ResultCode::kCommandUnsupported},
  };
  for (const Row& row : kRows)
    if (name && row.name == name) return row.code;
  return ResultCode::kUnableToComply;
}

void* browse(void* from, msg_brw_dir dir) {
  void* found = nullptr;
  return fd_msg_browse_internal(from, dir, &found, nullptr) == 0 ? found : nullptr;
}

/// Where an AVP stands, outermost place first.
std::vector<unsigned> path_of(void* avp, void* message) {
  std::vector<unsigned> path;
  for (void* at = avp; at && at != message && path.size() <= kGroupDepthMax; at = browse(at, MSG_BRW_PARENT)) {
    unsigned place = 0;
    for (void* before = browse(at, MSG_BRW_PREV); before; before = browse(before, MSG_BRW_PREV)) ++place;
    path.insert(path.begin(), place);
  }
  return path;
}

constexpr uint8_t kNobody[4] = {0xFF, 0xFF, 0xFF, 0xFE};
constexpr uint8_t kZero[4] = {};

/// libfdproto refuses to look up vendor 0 and, with a vendor, code 0. Nobody defines such AVPs: rename
/// them in its copy to others that nobody defines, with the same flags.
void rename_nameless(uint8_t* avps, size_t len, unsigned depth) {
  AvpReader reader(Octets(avps, len));
  AvpView avp;
  while (reader.next(avp)) {
    uint8_t* at = avps + (avp.whole.data() - avps);
    if ((avp.flags & kAvpVendor) && std::memcmp(at, kZero, sizeof kZero) == 0) std::memcpy(at, kNobody, sizeof kNobody);
    if (avp.id.vendor == kVendorNobody) std::memcpy(at + kAvpHeaderLen, kNobody, sizeof kNobody);
    const AvpDef* def = Dictionary::instance()->find(avp.id);
    if (def && def->type == AvpType::kGrouped && depth < kGroupDepthMax)
      rename_nameless(at + (avp.whole.size() - avp.data.size()), avp.data.size(), depth + 1);
  }
}

Complaint complaint_from(const fd_pei& error, Octets message, void* parsed) {
  Complaint complaint{code_from(error.pei_errcode), {}};
  if (!error.pei_avp) return complaint;
  if (!error.pei_avp_free) {
    complaint.failed = failed_at(body_of(message), path_of(error.pei_avp, parsed));
    return complaint;
  }
  avp_hdr* hdr = nullptr;
  if (fd_msg_avp_hdr(error.pei_avp, &hdr) == 0) {
    const AvpId id{hdr->avp_code, hdr->avp_flags & AVP_FLAG_VENDOR ? hdr->avp_vendor : 0};
    complaint.failed =
        complaint.code == ResultCode::kAvpOccursTooManyTimes ? failed_repeat(body_of(message), id) : example_of(id);
  }
  fd_msg_free(error.pei_avp);
  return complaint;
}

void* child_named(void* parent, AvpId id) {
  for (void* at = browse(parent, MSG_BRW_FIRST_CHILD); at; at = browse(at, MSG_BRW_NEXT)) {
    avp_hdr* hdr = nullptr;
    if (fd_msg_avp_hdr(static_cast<struct avp*>(at), &hdr) != 0) continue;
    const uint32_t vendor = hdr->avp_flags & AVP_FLAG_VENDOR ? hdr->avp_vendor : 0;
    if (hdr->avp_code == id.code && vendor == id.vendor) return at;
  }
  return nullptr;
}

avp_value* value_of(void* at) {
  avp_hdr* hdr = nullptr;
  return at && fd_msg_avp_hdr(static_cast<struct avp*>(at), &hdr) == 0 ? hdr->avp_value : nullptr;
}

std::optional<Octets> octets_in(void* at) {
  const avp_value* value = value_of(at);
  if (!value) return std::nullopt;
  return Octets(value->os.data, value->os.len);
}

}  // namespace

std::optional<ResultCode> header_fault(const Header& header, bool proxiable) noexcept {
  if (header.version != kVersion) return ResultCode::kUnsupportedVersion;
  const uint8_t forbidden = kFlagError | (proxiable ? 0 : kFlagProxiable);
  if (header.flags & forbidden) return ResultCode::kInvalidHeaderBits;
  return std::nullopt;
}

void ParsedRequest::Free::operator()(msg* m) const { fd_msg_free(m); }
void AnswerBuilder::Free::operator()(msg* m) const { fd_msg_free(m); }

base::Result<ParsedRequest, Complaint> ParsedRequest::parse(Octets message) {
  const auto refuse = [](Complaint complaint) { return base::Unexpected<Complaint>(std::move(complaint)); };
  const Dictionary* dictionary = Dictionary::instance();
  if (!dictionary) return refuse({});
  if (auto complaint = check_structure(body_of(message))) return refuse(std::move(*complaint));

  auto* copy = static_cast<unsigned char*>(std::malloc(message.size()));
  if (!copy) return refuse({});
  std::memcpy(copy, message.data(), message.size());
  rename_nameless(copy + kHeaderLen, message.size() - kHeaderLen, 0);
  msg* parsed = nullptr;
  if (fd_msg_parse_buffer(&copy, message.size(), &parsed) != 0) {
    std::free(copy);
    return refuse({});
  }
  ParsedRequest request(parsed);
  fd_pei error{};
  if (fd_msg_parse_rules(parsed, dictionary->raw(), &error) != 0) return refuse(complaint_from(error, message, parsed));
  return request;
}

std::optional<Octets> ParsedRequest::find(AvpId id) const { return octets_in(child_named(msg_.get(), id)); }

std::optional<Octets> ParsedRequest::find_in(AvpId group, AvpId id) const {
  void* at = child_named(msg_.get(), group);
  return at ? octets_in(child_named(at, id)) : std::nullopt;
}

std::optional<uint32_t> ParsedRequest::find_u32(AvpId id) const {
  const avp_value* value = value_of(child_named(msg_.get(), id));
  return value ? std::optional<uint32_t>(value->u32) : std::nullopt;
}

AnswerBuilder::AnswerBuilder(const Header& request, bool error) {
  msg* m = nullptr;
  msg_hdr* hdr = nullptr;
  ok_ = Dictionary::instance() && fd_msg_new(nullptr, 0, &m) == 0 && fd_msg_hdr(m, &hdr) == 0;
  msg_.reset(m);
  parent_ = m;
  if (!ok_) return;
  hdr->msg_flags = static_cast<uint8_t>((request.flags & kFlagProxiable) | (error ? kFlagError : 0));
  hdr->msg_code = request.command;
  hdr->msg_appl = request.application;
  hdr->msg_hbhid = request.hop_by_hop;
  hdr->msg_eteid = request.end_to_end;
}

void* AnswerBuilder::add(AvpId id, const AvpDef*& def) {
  if (!ok_) return nullptr;
  def = Dictionary::instance()->find(id);
  struct avp* added = nullptr;
  ok_ = def && fd_msg_avp_new(def->object, 0, &added) == 0 && fd_msg_avp_add(parent_, MSG_BRW_LAST_CHILD, added) == 0;
  return ok_ ? added : nullptr;
}

AnswerBuilder& AnswerBuilder::octets(AvpId id, Octets data, std::optional<uint8_t> flags) {
  const AvpDef* def = nullptr;
  auto* added = static_cast<struct avp*>(add(id, def));
  if (!added) return *this;
  avp_value value{};
  uint8_t nothing = 0;
  value.os.data = data.empty() ? &nothing : const_cast<uint8_t*>(data.data());
  value.os.len = data.size();
  avp_hdr* hdr = nullptr;
  ok_ = def->type == AvpType::kOctets && fd_msg_avp_setvalue(added, &value) == 0 && fd_msg_avp_hdr(added, &hdr) == 0;
  if (ok_ && flags) hdr->avp_flags = *flags;
  return *this;
}

AnswerBuilder& AnswerBuilder::u32(AvpId id, uint32_t number) {
  const AvpDef* def = nullptr;
  auto* added = static_cast<struct avp*>(add(id, def));
  if (!added) return *this;
  avp_value value{};
  value.u32 = number;
  ok_ = def->type == AvpType::kUnsigned32 && fd_msg_avp_setvalue(added, &value) == 0;
  return *this;
}

AnswerBuilder& AnswerBuilder::enter(AvpId group) {
  const AvpDef* def = nullptr;
  if (void* added = add(group, def)) parent_ = added;
  return *this;
}

AnswerBuilder& AnswerBuilder::leave() {
  if (ok_) parent_ = browse(parent_, MSG_BRW_PARENT);
  ok_ = ok_ && parent_;
  return *this;
}

AnswerBuilder& AnswerBuilder::proxy_info(Octets request) {
  AvpReader reader(body_of(request));
  AvpView avp;
  while (reader.next(avp))
    if (avp.id == avp::kProxyInfo) octets(avp.id, avp.data, avp.flags);
  return *this;
}

std::optional<std::vector<uint8_t>> AnswerBuilder::finish() {
  unsigned char* buffer = nullptr;
  size_t len = 0;
  if (!ok_ || fd_msg_bufferize(msg_.get(), &buffer, &len) != 0) return std::nullopt;
  std::vector<uint8_t> out(buffer, buffer + len);
  std::free(buffer);
  return out;
}

}  // namespace eir::diameter::codec
