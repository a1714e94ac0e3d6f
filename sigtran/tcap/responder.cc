// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/responder.h"

#include <algorithm>

namespace eir::sigtran::tcap {
namespace {

using sccp::Disposition;

constexpr uint8_t kComponentPortion = 0x6C;

// Every answer fits one UDT: message, both identities, AARE and as many of the longest replies as a
// message gets. Q.773's length octets: up to two for the message and the component portion.
constexpr size_t kAnswerOctetsMax =
    3 + 2 * (2 + kTransactionIdOctetsMax) + kAareOctetsMax + 3 + kRepliesMax * kReplyOctetsMax;
static_assert(kAnswerOctetsMax <= sccp::kUserDataMax, "an answer must fit one UDT, whatever the addresses");

}  // namespace

Disposition Responder::on_unitdata(const Unitdata& in, BackWriter& answer) noexcept {
  Message m;
  if (const auto fault = decode_message(in.data, m)) return p_abort(m, answer, *fault);
  switch (m.type) {
    case MessageType::kBegin: counters_.begin_received.add(); return on_begin(m, in, answer);
    case MessageType::kContinue: counters_.continue_received.add(); return on_continue(m, in, answer);
    case MessageType::kEnd: counters_.end_received.add(); break;
    case MessageType::kAbort: counters_.abort_received.add(); break;
    case MessageType::kUnidirectional: counters_.unidirectional_received.add(); break;
  }
  return Disposition::kNone;
}

Disposition Responder::on_begin(const Message& m, const Unitdata& in, BackWriter& w) noexcept {
  if (in.no_new_dialogues && !in.refused) return Disposition::kNotTaken;
  DialogueRequest request;
  const DialogueFault fault = m.dialogue ? decode_dialogue(*m.dialogue, request) : DialogueFault::kNone;
  if (in.refused) {
    if (m.dialogue) write_abrt(w, AbortSource::kUser, user_.refusal());
    return u_abort(m, w, counters_.u_abort_screened);
  }
  if (!m.dialogue) {
    if (!m.components) return u_abort(m, w, counters_.u_abort_empty_begin);
    if (!user_.on_open_without_dialogue()) return u_abort(m, w, counters_.u_abort_user);
    return go_on(m, in, 1, {}, w);
  }
  if (fault == DialogueFault::kMalformed) {
    write_abrt(w, AbortSource::kProvider, {});
    return u_abort(m, w, counters_.u_abort_dialogue);
  }
  if (fault == DialogueFault::kNoCommonVersion) {
    write_aare(w, request.context, AareResult::kNoCommonVersion, {});
    return u_abort(m, w, counters_.refused_version);
  }
  const OpeningAnswer opening = user_.on_open(request);
  switch (opening.kind) {
    case OpeningAnswer::Kind::kAccept: return go_on(m, in, opening.version, request.context, w);
    case OpeningAnswer::Kind::kRefuseContext:
      write_aare(w, request.context, AareResult::kContextNotSupported, opening.info);
      return u_abort(m, w, counters_.refused_context);
    case OpeningAnswer::Kind::kAbort: break;
  }
  write_abrt(w, AbortSource::kUser, opening.info);
  return u_abort(m, w, counters_.u_abort_user);
}

Disposition Responder::go_on(const Message& m, const Unitdata& in, uint8_t version, Octets context,
                             BackWriter& w) noexcept {
  if (m.components) answer_components(*m.components, in, version, w);
  if (!context.empty()) write_aare(w, context, AareResult::kAccepted, {});
  if (m.components) {
    write_end(w, m.otid);
    counters_.end_sent.add();
  } else {
    const TransactionId own = make_otid(key_, version, m.otid, now());
    write_continue(w, own, m.otid);
    counters_.continue_sent.add();
  }
  return Disposition::kAnswer;
}

Disposition Responder::on_continue(const Message& m, const Unitdata& in, BackWriter& w) noexcept {
  const auto version = check_otid(key_, m.dtid, m.otid, now());
  if (!version) return p_abort(m, w, PAbortCause::kUnrecognizedTransactionId);
  // The dialogue was opened with an AARQ, so its U-Aborts carry an ABRT; a second dialogue portion is
  // abnormal, ITU-T Q.774 §3.2.1.4.
  if (in.refused) {
    write_abrt(w, AbortSource::kUser, user_.refusal());
    return u_abort(m, w, counters_.u_abort_screened);
  }
  if (m.dialogue) {
    write_abrt(w, AbortSource::kProvider, {});
    return u_abort(m, w, counters_.u_abort_dialogue);
  }
  if (!m.components) {
    counters_.continue_empty.add();
    return Disposition::kNone;
  }
  return go_on(m, in, *version, {}, w);
}

void Responder::answer_components(Octets portion, const Unitdata& in, uint8_t version, BackWriter& w) noexcept {
  std::array<Reply, kRepliesMax> replies;
  size_t count = 0;
  ComponentReader reader(portion);
  Component c;
  while (reader.next(c)) {
    counters_.components_received.add();
    if (c.kind == Component::Kind::kIgnored) {
      counters_.components_ignored.add();
      continue;
    }
    if (count == kRepliesMax) {
      counters_.components_ignored.add();
      counters_.components_bound.add();
      break;
    }
    const bool duplicate = std::any_of(replies.begin(), replies.begin() + static_cast<ptrdiff_t>(count),
                                       [&](const Reply& r) { return c.id && r.id == c.id; });
    replies[count++] = reply_to(c, in, version, duplicate);
  }
  if (count == 0) return;
  const size_t mark = w.size();
  for (size_t i = count; i-- > 0;) write_reply(w, replies[i]);
  wrap(w, mark, kComponentPortion);
}

Reply Responder::reply_to(const Component& c, const Unitdata& in, uint8_t version, bool duplicate) noexcept {
  const bool invoke = c.kind == Component::Kind::kInvoke;
  Reply reply;
  if (invoke && !duplicate) {
    reply = user_.on_invoke({version, *c.id, c.operation, c.parameter}, in);
  } else {
    reply = Reply::make_reject(c.id, invoke ? kDuplicateInvokeId : c.problem);
  }
  if (reply.kind == Reply::Kind::kReject) counters_.reject_sent.add();
  return reply;
}

Disposition Responder::u_abort(const Message& m, BackWriter& w, base::Counter& counter) noexcept {
  counter.add();
  write_u_abort(w, m.otid);
  return Disposition::kAnswer;
}

Disposition Responder::p_abort(const Message& m, BackWriter& w, PAbortCause cause) noexcept {
  if (m.otid.empty()) {
    counters_.undecodable_discarded.add();
    return Disposition::kNone;
  }
  switch (cause) {
    case PAbortCause::kUnrecognizedMessageType: counters_.p_abort_unrecognized_message.add(); break;
    case PAbortCause::kUnrecognizedTransactionId: counters_.p_abort_unrecognized_transaction.add(); break;
    case PAbortCause::kBadlyFormattedTransactionPortion: counters_.p_abort_badly_formatted.add(); break;
    case PAbortCause::kIncorrectTransactionPortion: counters_.p_abort_incorrect.add(); break;
  }
  write_p_abort(w, m.otid, cause);
  return Disposition::kAnswer;
}

}  // namespace eir::sigtran::tcap
