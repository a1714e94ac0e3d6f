// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/codec/error_answer.h"

namespace eir::diameter::codec {

bool write_error(Octets request, const Identity& self, const Complaint& complaint, Output& out) {
  Header header;
  if (!read_header(request, header)) return false;
  const bool error = is_protocol_error(complaint.code);
  const bool s13 = header.application == kAppS13 && header.command == kCmdMeIdentityCheck && !error;
  AnswerBuilder answer(header, error);
  AvpView session;
  if (find_avp(body_of(request), avp::kSessionId, session)) answer.octets(avp::kSessionId, session.data);
  if (s13) {
    answer.enter(avp::kVendorSpecificApplicationId)
        .u32(avp::kVendorId, kVendor3gpp)
        .u32(avp::kAuthApplicationId, kAppS13)
        .leave();
  }
  answer.u32(avp::kResultCode, number(complaint.code));
  if (s13) answer.u32(avp::kAuthSessionState, kNoStateMaintained);
  answer.text(avp::kOriginHost, self.origin_host).text(avp::kOriginRealm, self.origin_realm);
  if (!complaint.failed.empty()) answer.octets(avp::kFailedAvp, complaint.failed);
  answer.proxy_info(request);
  const auto octets = answer.finish();
  if (octets) out.append(*octets);
  return octets.has_value();
}

}  // namespace eir::diameter::codec
