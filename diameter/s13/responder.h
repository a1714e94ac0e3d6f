// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/decision/question.h"
#include "diameter/codec/error_answer.h"
#include "diameter/codec/output.h"

namespace eir::diameter::s13 {

using codec::Octets;

/// What became of a request.
enum class Outcome : uint8_t {
  kWhite,  ///< as decision::Status; so are the next three
  kBlack,
  kGrey,
  kUnknown,
  kProtocolError,   ///< 3xxx
  kTooBusy,         ///< 3004
  kPermanentError,  ///< 5xxx
  kDropped,         ///< not even an error could be built (out of memory)
};
inline constexpr unsigned kOutcomes = 8;

/// The fields of an ECR that matter here. Views into the message, or into a parsed copy.
struct EcrFields {
  Octets session_id;
  Octets origin_host;
  Octets user_name;         ///< the IMSI; empty when absent
  Octets imei;              ///< empty when absent
  Octets software_version;  ///< empty when absent
};
/// 3GPP TS 29.272 §§7.3.4, 7.3.5: 14 to 16 digits, anything else is classed; a Software-Version of two
/// digits wins over digits 15 and 16. A User-Name that is no IMSI leaves the subscriber unknown.
decision::Question question_from(const EcrFields& fields, base::UnixSeconds now) noexcept;

/// Answers every request that is not the base protocol's: ME-Identity-Check of S13 and S13' (3GPP
/// TS 29.272 §6), and the refusals of everything else (RFC 6733 §§6.1, 7).
///
/// The fast path reads the ordinary ECR in place and writes the ECA from a template, without the heap. It
/// takes only the shape it knows; everything else goes the slow way through libfdproto. Where the fast
/// path answers, the slow path would have answered the same octets. Threads: one.
class Responder {
 public:
  /// The answerer must outlive it.
  Responder(codec::Identity self, decision::Answerer& answerer);

  /// REQUIRES: request is one whole message with the R bit, length and header agreeing.
  Outcome answer(Octets request, base::UnixSeconds now, codec::Output& out);
  /// 3004, RFC 6733 §7.1.3. To the ordinary ECR without the heap: a refusal must cost less than an answer.
  Outcome refuse_busy(Octets request, codec::Output& out);

  /// The two ways, for tests. The fast one writes nothing when it returns false.
  bool answer_fast(Octets request, base::UnixSeconds now, codec::Output& out, Outcome& outcome) noexcept;
  Outcome answer_slow(Octets request, base::UnixSeconds now, codec::Output& out);
  bool refuse_busy_fast(Octets request, codec::Output& out) noexcept;
  Outcome refuse_busy_slow(Octets request, codec::Output& out);

 private:
  Outcome refuse(Octets request, codec::Complaint complaint, codec::Output& out);
  Outcome answer_parsed(Octets request, const codec::ParsedRequest& parsed, base::UnixSeconds now, codec::Output& out);

  codec::Identity self_;
  decision::Answerer& answerer_;
  /// All of an ECA after its Session-Id, by decision::Status.
  std::array<std::vector<uint8_t>, decision::kStatuses> tails_;
  std::vector<uint8_t> busy_tail_;
};

}  // namespace eir::diameter::s13
