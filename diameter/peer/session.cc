// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/session.h"

#include "diameter/peer/desk.h"

namespace eir::diameter::peer {

using codec::Complaint;
using codec::Header;
using codec::ResultCode;

Session::Session(Desk& desk, Line& line, LineInfo info)
    : desk_(desk), line_(line), info_(std::move(info)), next_id_(desk.first_id()) {
  desk_.enlist(*this);
}

Session::~Session() {
  if (state_ != State::kOver) {
    state_ = State::kOver;
    desk_.gone(*this);
  }
  desk_.strike(*this);
}

bool Session::receive(Octets message, Moment now) {
  now_ = now;
  Header header;
  if (!listening() || !codec::read_header(message, header)) return false;
  if (state_ == State::kWaitCer) {
    if (header.request() && header.command == codec::kCmdCapabilitiesExchange && header.application == codec::kAppBase)
      on_cer(message, now);
    else
      end();
    return false;
  }
  set_watchdog(now);  // RFC 3539 §3.4.1: whatever comes, even while a DWR stands unanswered
  if (suspect_) {
    suspect_ = false;
    desk_.note_state(*this);
  }
  if (!header.request()) {
    on_answer(header, now);
    return false;
  }
  if (on_base_request(header, message, now)) return false;
  on_question(message, now);
  return true;
}

bool Session::on_base_request(const Header& header, Octets message, Moment now) {
  if (header.application != codec::kAppBase) return false;
  switch (header.command) {
    case codec::kCmdCapabilitiesExchange: on_cer(message, now); return true;
    case codec::kCmdDeviceWatchdog: on_dwr(message); return true;
    case codec::kCmdDisconnectPeer: on_dpr(message); return true;
    default: return false;
  }
}

/// Answers with the error if the header or the grammar is wrong.
bool Session::grammatical(Octets message) {
  Header header;
  codec::read_header(message, header);
  if (const auto fault = codec::header_fault(header, false)) {
    codec::write_error(message, desk_.runtime().self, {*fault, {}}, out_);
    return false;
  }
  const auto parsed = codec::ParsedRequest::parse(message);
  if (!parsed) codec::write_error(message, desk_.runtime().self, parsed.error(), out_);
  return parsed.has_value();
}

void Session::on_cer(Octets message, Moment now) {
  if (!grammatical(message)) {
    desk_.counters().cer_malformed.add();
    if (state_ == State::kWaitCer) leave(kLeaveTime);
    return;
  }
  Capabilities caps = read_cer(message);
  cer_.assign(message.begin(), message.end());
  if (state_ != State::kWaitCer) {  // RFC 6733 §5.6: capabilities may be exchanged again, by the same peer
    if (!codec::same_identity(caps.origin_host, caps_.origin_host)) return end();
    write_cea(cer_, caps.common_application ? ResultCode::kSuccess : ResultCode::kNoCommonApplication, desk_.runtime(),
              info_.local, out_);
    return;
  }
  caps_ = std::move(caps);
  if (const auto refusal = desk_.admission(*this)) return turn_away(*refusal);
  if (!caps_.common_application) return turn_away(ResultCode::kNoCommonApplication);
  if (!caps_.plain_security) return turn_away(ResultCode::kNoCommonSecurity);
  desk_.arrive(*this, now);
}

void Session::let_in() {
  state_ = State::kOpen;
  if (!write_cea(cer_, ResultCode::kSuccess, desk_.runtime(), info_.local, out_)) return end();
  cer_.clear();
  cer_.shrink_to_fit();
  desk_.counters().cer_accepted.add();
  set_watchdog(now_);
  line_.wake();
}

void Session::turn_away(ResultCode code) {
  ThreadCounters& counters = desk_.counters();
  if (code == ResultCode::kUnknownPeer) counters.cer_unknown_peer.add();
  if (code == ResultCode::kNoCommonApplication) counters.cer_no_common_application.add();
  if (code == ResultCode::kUnableToComply) counters.cer_second.add();
  if (code == ResultCode::kNoCommonSecurity) counters.cer_no_security.add();
  if (codec::is_protocol_error(code))
    codec::write_error(cer_, desk_.runtime().self, {code, {}}, out_);
  else
    write_cea(cer_, code, desk_.runtime(), info_.local, out_);
  leave(kLeaveTime);
  line_.wake();
}

void Session::hold(Moment now) {
  state_ = State::kHeld;
  deadline_ = now.mono + kHoldTime;
}

void Session::challenge(Moment now) {
  challenged_ = true;
  send_dwr(now);
}

void Session::on_dwr(Octets message) {
  if (!grammatical(message)) return;
  desk_.counters().watchdogs_received.add();
  peer_->watchdogs_received.add();
  codec::AvpView a;
  uint32_t state_id = 0;
  if (codec::find_avp(codec::body_of(message), codec::avp::kOriginStateId, a) && a.u32(state_id) &&
      state_id != caps_.origin_state_id) {
    caps_.origin_state_id = state_id;
    desk_.note_state(*this);
  }
  write_base_answer(message, desk_.runtime(), out_);
}

void Session::on_dpr(Octets message) {
  if (!grammatical(message)) return;
  desk_.counters().disconnects_received.add();
  write_base_answer(message, desk_.runtime(), out_);
  leave(kLeaveTime);
}

void Session::on_answer(const Header& header, Moment now) {
  const bool base = header.version == codec::kVersion && header.application == codec::kAppBase;
  if (base && header.command == codec::kCmdDeviceWatchdog && watchdog_pending_ && header.hop_by_hop == dwr_id_) {
    watchdog_pending_ = false;
    peer_->watchdogs_answered.add();
    set_watchdog(now);
    if (challenged_) {
      challenged_ = false;
      desk_.proved_alive(*this);
    }
  } else if (base && header.command == codec::kCmdDisconnectPeer && state_ == State::kDisconnecting &&
             header.hop_by_hop == dpr_id_) {
    leave(kLeaveTime);
  } else {
    desk_.counters().stray_answers.add();
  }
}

void Session::on_question(Octets message, Moment now) {
  desk_.counters().requests.add();
  peer_->requests.add();
  const s13::Outcome outcome = peer_->bucket.take(now.mono) ? desk_.responder().answer(message, now.wall, out_)
                                                            : desk_.responder().refuse_busy(message, out_);
  desk_.counters().outcomes.add(outcome);
  peer_->outcomes.add(outcome);
}

void Session::set_watchdog(Moment now) {
  watchdog_due_ = now.mono + std::chrono::seconds(desk_.runtime().config.watchdog_s) + desk_.jitter();
}

void Session::send_dwr(Moment now) {
  dwr_id_ = next_id_++;
  watchdog_pending_ = true;
  write_dwr(desk_.runtime(), dwr_id_, out_);
  desk_.counters().watchdogs_sent.add();
  peer_->watchdogs_sent.add();
  set_watchdog(now);
  line_.wake();
}

void Session::tick(Moment now) {
  now_ = now;
  switch (state_) {
    case State::kWaitCer:
    case State::kOver: return;
    case State::kHeld:
      if (now.mono >= deadline_) desk_.hold_ran_out(*this);
      return;
    case State::kLeaving:
      if (now.mono >= deadline_) end();
      return;
    case State::kDisconnecting:
      if (now.mono >= deadline_) end();
      return;
    case State::kOpen: break;
  }
  if (now.mono < watchdog_due_) return;
  if (!watchdog_pending_) return send_dwr(now);
  desk_.counters().watchdogs_missed.add();
  if (suspect_) return end();
  suspect_ = true;
  set_watchdog(now);
  desk_.note_state(*this);
}

void Session::disconnect(uint32_t cause, Moment now) {
  now_ = now;
  if (state_ == State::kHeld || state_ == State::kWaitCer) return end();
  if (state_ != State::kOpen) return;
  state_ = State::kDisconnecting;
  deadline_ = now.mono + kDisconnectTime;
  dpr_id_ = next_id_++;
  write_dpr(desk_.runtime(), dpr_id_, cause, out_);
  desk_.counters().disconnects_sent.add();
  desk_.note_state(*this);
  line_.wake();
}

void Session::leave(std::chrono::seconds at_most) {
  state_ = State::kLeaving;
  deadline_ = now_.mono + at_most;
  desk_.gone(*this);
}

void Session::end() {
  if (state_ == State::kOver) return;
  state_ = State::kOver;
  desk_.gone(*this);
  line_.wake();
}

}  // namespace eir::diameter::peer
