// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/s13/responder.h"

#include <algorithm>

#include "diameter/s13/ecr_shape.h"

namespace eir::diameter::s13 {
namespace {

namespace avp = codec::avp;
using codec::Complaint;
using codec::Header;
using codec::ParsedRequest;
using codec::ResultCode;
using decision::Status;

/// An IMSI has at most 15 digits, 3GPP TS 23.003 §2.2.
constexpr size_t kImsiDigitsMax = 15;

Outcome outcome_of(Status s) { return static_cast<Outcome>(s); }
static_assert(static_cast<unsigned>(Status::kUnknown) == static_cast<unsigned>(Outcome::kUnknown));

/// RFC 6733 §6.1: loops, realm and host, before the application looks at anything.
std::optional<ResultCode> routing_fault(Octets avps, const codec::Identity& self) {
  codec::AvpReader reader(avps);
  codec::AvpView a;
  bool other_realm = false;
  bool other_host = false;
  while (reader.next(a)) {
    const std::string_view text = codec::text_of(a.data);
    if (a.id == avp::kRouteRecord && codec::same_identity(text, self.origin_host)) return ResultCode::kLoopDetected;
    if (a.id == avp::kDestinationRealm) other_realm |= !codec::same_identity(text, self.origin_realm);
    if (a.id == avp::kDestinationHost) other_host |= !codec::same_identity(text, self.origin_host);
  }
  if (other_realm) return ResultCode::kRealmNotServed;
  if (other_host) return ResultCode::kUnableToDeliver;
  return std::nullopt;
}

/// The n-th AVP, as Failed-AVP holds it.
Complaint bad_value(Octets avps, codec::AvpId id) {
  Complaint complaint{ResultCode::kInvalidAvpValue, {}};
  codec::AvpView a;
  if (codec::find_avp(avps, id, a)) {
    complaint.failed.assign(a.whole.begin(), a.whole.end());
    complaint.failed.resize(codec::padded(complaint.failed.size()));
  }
  return complaint;
}

/// Values that a well-formed ECR must not have.
std::optional<Complaint> value_fault(Octets request, const ParsedRequest& parsed) {
  const Octets avps = codec::body_of(request);
  if (parsed.find_u32(avp::kAuthSessionState).value_or(0) > codec::kNoStateMaintained)
    return bad_value(avps, avp::kAuthSessionState);
  // The asker's name goes into logs and labels: it must be a name.
  if (!codec::is_diameter_identity(codec::text_of(parsed.find(avp::kOriginHost).value_or(Octets{}))))
    return bad_value(avps, avp::kOriginHost);
  if (parsed.find(avp::kOriginRealm).value_or(Octets{}).empty()) return bad_value(avps, avp::kOriginRealm);
  // RFC 6733 §6.11: exactly one of the two, and the application of the header (§6.8).
  codec::AvpView group, inner;
  if (codec::find_avp(avps, avp::kVendorSpecificApplicationId, group)) {
    uint32_t vendor = 0;
    uint32_t app = 0;
    const bool good = codec::find_avp(group.data, avp::kVendorId, inner) && inner.u32(vendor) &&
                      vendor == codec::kVendor3gpp && codec::find_avp(group.data, avp::kAuthApplicationId, inner) &&
                      inner.u32(app) && app == codec::kAppS13 &&
                      !codec::find_avp(group.data, avp::kAcctApplicationId, inner);
    if (!good) return bad_value(avps, avp::kVendorSpecificApplicationId);
  }
  return std::nullopt;
}

void add_answer(codec::AnswerBuilder& answer, const codec::Identity& self, Status told) {
  answer.enter(avp::kVendorSpecificApplicationId)
      .u32(avp::kVendorId, codec::kVendor3gpp)
      .u32(avp::kAuthApplicationId, codec::kAppS13)
      .leave();
  if (told == Status::kUnknown) {
    answer.enter(avp::kExperimentalResult)
        .u32(avp::kVendorId, codec::kVendor3gpp)
        .u32(avp::kExperimentalResultCode, codec::kErrorEquipmentUnknown)
        .leave();
  } else {
    answer.u32(avp::kResultCode, codec::number(ResultCode::kSuccess));
  }
  answer.u32(avp::kAuthSessionState, codec::kNoStateMaintained);
  answer.text(avp::kOriginHost, self.origin_host).text(avp::kOriginRealm, self.origin_realm);
  if (told != Status::kUnknown) answer.u32(avp::kEquipmentStatus, static_cast<uint32_t>(told));
}

/// The same as octets, written without libfdproto: what add_answer() adds.
std::vector<uint8_t> tail_of(const codec::Identity& self, Status told) {
  constexpr uint8_t kM = codec::kAvpMandatory;
  std::vector<uint8_t> octets(2 * 300 + 256);
  base::ByteWriter w(octets);
  constexpr size_t kTwoNumbers = 2 * (codec::kAvpHeaderLen + 4);
  codec::write_avp_header(w, avp::kVendorSpecificApplicationId, kM, kTwoNumbers);
  codec::write_avp_u32(w, avp::kVendorId, kM, codec::kVendor3gpp);
  codec::write_avp_u32(w, avp::kAuthApplicationId, kM, codec::kAppS13);
  if (told == Status::kUnknown) {
    codec::write_avp_header(w, avp::kExperimentalResult, kM, kTwoNumbers);
    codec::write_avp_u32(w, avp::kVendorId, kM, codec::kVendor3gpp);
    codec::write_avp_u32(w, avp::kExperimentalResultCode, kM, codec::kErrorEquipmentUnknown);
  } else {
    codec::write_avp_u32(w, avp::kResultCode, kM, codec::number(ResultCode::kSuccess));
  }
  codec::write_avp_u32(w, avp::kAuthSessionState, kM, codec::kNoStateMaintained);
  codec::write_avp(w, avp::kOriginHost, kM, codec::octets_of(self.origin_host));
  codec::write_avp(w, avp::kOriginRealm, kM, codec::octets_of(self.origin_realm));
  if (told != Status::kUnknown)
    codec::write_avp_u32(w, avp::kEquipmentStatus, kM | codec::kAvpVendor, static_cast<uint32_t>(told));
  octets.resize(w.size());
  return octets;
}

/// The same for 3004: RFC 6733 §7.2.
std::vector<uint8_t> busy_tail_of(const codec::Identity& self) {
  constexpr uint8_t kM = codec::kAvpMandatory;
  std::vector<uint8_t> octets(2 * 300 + 32);
  base::ByteWriter w(octets);
  codec::write_avp_u32(w, avp::kResultCode, kM, codec::number(ResultCode::kTooBusy));
  codec::write_avp(w, avp::kOriginHost, kM, codec::octets_of(self.origin_host));
  codec::write_avp(w, avp::kOriginRealm, kM, codec::octets_of(self.origin_realm));
  octets.resize(w.size());
  return octets;
}

/// A whole answer from its template: header with the request's identifiers and P bit, Session-Id, tail.
void write_answer(Octets request, uint8_t flags, Octets session_id, Octets tail, codec::Output& out) {
  const size_t len = codec::kHeaderLen + codec::padded(codec::kAvpHeaderLen + session_id.size()) + tail.size();
  base::ByteWriter w(out.room(len));
  w.u8(codec::kVersion);
  w.u24(static_cast<uint32_t>(len));
  w.u8(static_cast<uint8_t>(flags | (request[4] & codec::kFlagProxiable)));
  w.bytes(request.subspan(5, codec::kHeaderLen - 5));  // command, application, hop-by-hop, end-to-end
  codec::write_avp(w, avp::kSessionId, codec::kAvpMandatory, session_id);
  w.bytes(tail);
  out.commit(len);
}

}  // namespace

decision::Question question_from(const EcrFields& fields, base::UnixSeconds now) noexcept {
  decision::Question q;
  q.imei = identity::Imei::from_text(codec::text_of(fields.imei));
  if (const auto svn = identity::parse_svn(codec::text_of(fields.software_version)); svn && q.imei.valid())
    q.imei.set_svn(*svn);
  if (fields.user_name.size() <= kImsiDigitsMax)
    if (const auto digits = identity::Digits::parse(codec::text_of(fields.user_name))) q.imsi = identity::Imsi(*digits);
  q.asker.interface = decision::Interface::kS13;
  q.asker.peer = codec::text_of(fields.origin_host);
  q.time = now;
  return q;
}

Responder::Responder(codec::Identity self, decision::Answerer& answerer) : self_(std::move(self)), answerer_(answerer) {
  for (unsigned s = 0; s < decision::kStatuses; ++s) tails_[s] = tail_of(self_, static_cast<Status>(s));
  busy_tail_ = busy_tail_of(self_);
}

Outcome Responder::answer(Octets request, base::UnixSeconds now, codec::Output& out) {
  Outcome outcome = Outcome::kDropped;
  if (answer_fast(request, now, out, outcome)) return outcome;
  return answer_slow(request, now, out);
}

bool Responder::answer_fast(Octets request, base::UnixSeconds now, codec::Output& out, Outcome& outcome) noexcept {
  EcrFields fields;
  if (!read_ordinary_ecr(request, self_.origin_host, self_.origin_realm, fields)) return false;
  const Status told = answerer_.answer(question_from(fields, now)).told;
  write_answer(request, 0, fields.session_id, tails_[static_cast<size_t>(told)], out);
  outcome = outcome_of(told);
  return true;
}

Outcome Responder::answer_slow(Octets request, base::UnixSeconds now, codec::Output& out) {
  Header header;
  if (!codec::read_header(request, header)) return Outcome::kDropped;
  if (const auto fault = codec::header_fault(header, true)) return refuse(request, {*fault, {}}, out);
  if (header.application != codec::kAppS13 && header.application != codec::kAppBase)
    return refuse(request, {ResultCode::kApplicationUnsupported, {}}, out);
  if (header.application != codec::kAppS13 || header.command != codec::kCmdMeIdentityCheck)
    return refuse(request, {ResultCode::kCommandUnsupported, {}}, out);
  if (const auto fault = routing_fault(codec::body_of(request), self_)) return refuse(request, {*fault, {}}, out);
  auto parsed = ParsedRequest::parse(request);
  if (!parsed) return refuse(request, std::move(parsed.error()), out);
  if (auto fault = value_fault(request, *parsed)) return refuse(request, std::move(*fault), out);
  return answer_parsed(request, *parsed, now, out);
}

Outcome Responder::answer_parsed(Octets request, const ParsedRequest& parsed, base::UnixSeconds now,
                                 codec::Output& out) {
  EcrFields fields;
  fields.session_id = parsed.find(avp::kSessionId).value_or(Octets{});
  fields.origin_host = parsed.find(avp::kOriginHost).value_or(Octets{});
  fields.user_name = parsed.find(avp::kUserName).value_or(Octets{});
  fields.imei = parsed.find_in(avp::kTerminalInformation, avp::kImei).value_or(Octets{});
  fields.software_version = parsed.find_in(avp::kTerminalInformation, avp::kSoftwareVersion).value_or(Octets{});
  const Status told = answerer_.answer(question_from(fields, now)).told;
  Header header;
  codec::read_header(request, header);
  codec::AnswerBuilder answer(header, false);
  answer.octets(avp::kSessionId, fields.session_id);
  add_answer(answer, self_, told);
  answer.proxy_info(request);
  const auto octets = answer.finish();
  if (!octets) return Outcome::kDropped;
  out.append(*octets);
  return outcome_of(told);
}

Outcome Responder::refuse_busy(Octets request, codec::Output& out) {
  return refuse_busy_fast(request, out) ? Outcome::kTooBusy : refuse_busy_slow(request, out);
}

bool Responder::refuse_busy_fast(Octets request, codec::Output& out) noexcept {
  EcrFields fields;
  if (!read_ordinary_ecr(request, self_.origin_host, self_.origin_realm, fields)) return false;
  write_answer(request, codec::kFlagError, fields.session_id, busy_tail_, out);
  return true;
}

Outcome Responder::refuse_busy_slow(Octets request, codec::Output& out) {
  return refuse(request, {ResultCode::kTooBusy, {}}, out);
}

Outcome Responder::refuse(Octets request, Complaint complaint, codec::Output& out) {
  if (!codec::write_error(request, self_, complaint, out)) return Outcome::kDropped;
  if (complaint.code == ResultCode::kTooBusy) return Outcome::kTooBusy;
  return codec::is_protocol_error(complaint.code) ? Outcome::kProtocolError : Outcome::kPermanentError;
}

}  // namespace eir::diameter::s13
