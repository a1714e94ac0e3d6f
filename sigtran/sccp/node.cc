// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/node.h"

#include <algorithm>

namespace eir::sigtran::sccp {
namespace {

using base::Octets;

base::UnixSeconds seconds(const base::Clock& clock) { return std::chrono::floor<std::chrono::seconds>(clock.wall()); }

}  // namespace

Node::Node(mtp::TransferPort& port, User& user, const base::Clock& clock, const Config& config)
    : port_(port),
      user_(user),
      clock_(clock),
      config_(config),
      screener_(config.screening),
      reassembler_(config.reassemblies_max, config.reassembly_octets_max, config.reassembly_timeout),
      remote_(counters_) {}

void Node::reconfigure(const Config& config) {
  const bool same_bounds = config.reassemblies_max == config_.reassemblies_max &&
                           config.reassembly_octets_max == config_.reassembly_octets_max &&
                           config.reassembly_timeout == config_.reassembly_timeout;
  screener_ = Screener(config.screening);
  if (!same_bounds)
    reassembler_ = Reassembler(config.reassemblies_max, config.reassembly_octets_max, config.reassembly_timeout);
  config_ = config;
}

void Node::on_destination(mtp::Instance instance, mtp::PointCode pc, bool available) noexcept {
  remote_.destination(instance, pc, available, seconds(clock_));
}

void Node::count_received(MessageType type) noexcept {
  switch (type) {
    case MessageType::kUdt: return counters_.udt_received.add();
    case MessageType::kXudt: return counters_.xudt_received.add();
    case MessageType::kLudt: return counters_.ludt_received.add();
    case MessageType::kUdts:
    case MessageType::kXudts:
    case MessageType::kLudts: return counters_.service_received.add();
  }
}

bool Node::decode_addresses(In& in) noexcept {
  const auto called = decode_address(in.m.called);
  const auto calling = decode_address(in.m.calling);
  if (!called || !calling) {
    counters_.syntax_error.add();
    return false;
  }
  in.called = *called;
  in.calling = *calling;
  if (in.calling.usable()) return true;
  counters_.calling_unusable.add();
  return false;
}

void Node::on_transfer(mtp::Instance instance, const mtp::RoutingLabel& label, Octets user_data) noexcept {
  const auto m = decode_message(user_data);
  if (!m)
    return m.error().cause == base::Cause::kUnknown ? counters_.unknown_message.add() : counters_.syntax_error.add();
  count_received(m->type);
  if (is_service(m->type)) return;  // Q.714 §4.2: never answered by one
  In in{instance, label, *m, {}, {}};
  if (!decode_addresses(in)) return;
  // A segment cannot be refused with an abort: what dialogue it belongs to is not known yet.
  const bool segmented = m->segmentation && !(m->segmentation->first && m->segmentation->remaining == 0);
  const Route to = route(in);
  const bool hops_left = !has_hop_counter(m->type) || m->hop_counter != 0;
  const Admission admission = screen(in, to, segmented && !m->segmentation->first && hops_left);
  if (admission != Admission::kPass) {
    if (admit(admission, to == Route::kUser && !segmented)) to_user(in, m->data, true);
    return;
  }
  if (!hops_left) {
    counters_.hop_counter_violation.add();
    return send_back(in, ReturnCause::kHopCounterViolation);
  }
  switch (to) {
    case Route::kUser: return segmented ? reassemble(in) : to_user(in, m->data, false);
    case Route::kManagement: return on_management(in);
    case Route::kNoTranslationNature:
      counters_.no_translation_nature.add();
      return send_back(in, ReturnCause::kNoTranslationNature);
    case Route::kNoTranslationAddress:
      counters_.no_translation_address.add();
      return send_back(in, ReturnCause::kNoTranslationAddress);
    case Route::kUnequipped: counters_.unequipped_user.add(); return send_back(in, ReturnCause::kUnequippedUser);
  }
}

/// A token is taken for whatever could make us send something. A message in segments takes it with its
/// first one, before it gets a place; `later_segment` is one that came for its message's place.
Admission Node::screen(const In& in, Route to, bool later_segment) noexcept {
  const Admission listed =
      to == Route::kManagement ? screener_.allowed(in.label.opc) : screener_.allowed(in.label.opc, in.calling);
  if (listed != Admission::kPass || (to == Route::kUser && later_segment)) return listed;
  return take_token(in);
}

Admission Node::take_token(const In& in) noexcept {
  if (!screener_.limits()) return Admission::kPass;
  return screener_.take(in.label.opc, in.calling, clock_.monotonic());
}

/// Counts a refusal; true where the user shall refuse the dialogue.
bool Node::admit(Admission admission, bool can_abort) noexcept {
  switch (admission) {
    case Admission::kPass: return true;
    case Admission::kOpc: counters_.screened_opc.add(); break;
    case Admission::kGt: counters_.screened_gt.add(); break;
    case Admission::kOpcRate: counters_.limited_opc.add(); break;
    case Admission::kGtRate: counters_.limited_gt.add(); break;
  }
  const bool abort = can_abort && config_.screening.action == ScreeningAction::kAbort;
  (abort ? counters_.refused_aborted : counters_.refused_discarded).add();
  return abort;
}

const LocalGt* Node::local_gt(const Address& called) const noexcept {
  const auto find = [&](identity::Digits digits) -> const LocalGt* {
    const auto it = std::ranges::find(config_.local_gts, digits, &LocalGt::digits);
    return it == config_.local_gts.end() ? nullptr : &*it;
  };
  if (const LocalGt* gt = find(called.digits); gt || called.digits.empty()) return gt;
  // GT indicator 2 says nothing of odd and even; an odd number ends with a filler 0. Q.713 §3.4.2.3.2.
  const bool filled = called.gt_indicator == 2 && called.digits.value() % 10 == 0;
  return filled ? find(called.digits.prefix(called.digits.length() - 1)) : nullptr;
}

/// ITU-T Q.714 §2.4: as the final destination.
Node::Route Node::route(const In& in) const noexcept {
  Ssn ssn = in.called.ssn;
  if (!in.called.route_on_ssn) {
    if (!in.called.gt_usable()) return Route::kNoTranslationNature;
    if (!config_.local_gts.empty() && !local_gt(in.called)) return Route::kNoTranslationAddress;
    if (ssn == kSsnUnknown) ssn = config_.own_ssn;  // the translation's result
  }
  if (ssn == config_.own_ssn) return Route::kUser;
  return ssn == kSsnManagement ? Route::kManagement : Route::kUnequipped;
}

void Node::reassemble(const In& in) noexcept {
  using Outcome = Reassembler::Outcome;
  const base::MonotonicTime now = clock_.monotonic();
  Reassembler::Step step = reassembler_.add(in.instance, in.label, in.m, now);
  if (step.outcome == Outcome::kWaiting) return;
  // A later segment of nothing has no first one that took a token for what goes back.
  if (!step.entry && !in.m.segmentation->first) {
    if (const Admission admission = take_token(in); admission != Admission::kPass) {
      counters_.reassembly_out_of_sequence.add();
      admit(admission, false);
      return;
    }
  }
  // The old message is given up when its reference begins anew; the new one goes on.
  const bool renewed = step.outcome == Outcome::kOutOfSequence && in.m.segmentation->first;
  const auto about = [&](const Message& m) { return In{in.instance, in.label, m, in.called, in.calling}; };
  switch (step.outcome) {
    case Outcome::kWaiting: break;
    case Outcome::kComplete: {
      counters_.reassembled.add();
      const In whole = about(step.entry->first);
      to_user(whole, step.entry->data(), false);
      break;
    }
    case Outcome::kNoRoom:
      counters_.reassembly_no_room.add();
      send_back(in, ReturnCause::kCannotReassemble);
      break;
    case Outcome::kTooLong:
      counters_.reassembly_too_long.add();
      send_back(step.entry ? about(step.entry->first) : in, ReturnCause::kCannotReassemble);
      break;
    case Outcome::kOutOfSequence:
      counters_.reassembly_out_of_sequence.add();
      send_back(step.entry ? about(step.entry->first) : in, ReturnCause::kErrorInMessageTransport);
      break;
  }
  if (step.entry) reassembler_.release(*step.entry);
  if (renewed && reassembler_.add(in.instance, in.label, in.m, now).outcome == Outcome::kNoRoom)
    counters_.reassembly_no_room.add();
}

void Node::tick() noexcept {
  reassembler_.expire(clock_.monotonic(), [&](Reassembler::Entry& e) {
    counters_.reassembly_timeout.add();
    In in{e.instance, e.label, e.first, {}, {}};
    const auto called = decode_address(e.first.called);
    const auto calling = decode_address(e.first.calling);
    if (!called || !calling) return;
    in.called = *called;
    in.calling = *calling;
    send_back(in, ReturnCause::kErrorInMessageTransport);
  });
}

void Node::to_user(const In& in, Octets data, bool refused) noexcept {
  uint8_t octets[kMtpUserDataMax];
  BackWriter answer(octets);
  const Unitdata unitdata{data, in.label.opc, in.calling.digits, refused, stopping_ && in.m.return_option};
  switch (user_.on_unitdata(unitdata, answer)) {
    case Disposition::kNone: return;
    case Disposition::kNotTaken: counters_.drained.add(); return send_back(in, ReturnCause::kSubsystemFailure);
    case Disposition::kAnswer: break;
  }
  // Q.714 §2.6: UDT answers UDT, XUDT XUDT, LUDT LUDT; the class is the question's.
  const uint8_t cls = class_octet(in.m);
  if (config_.calling_address == CallingAddressMode::kEcho)
    return send(in, answer, in.m.type, cls, in.called.raw, counters_.answers_sent);
  const OwnAddress calling = answer_calling(in);
  send(in, answer, in.m.type, cls, calling.view(), counters_.answers_sent);
}

const InstanceConfig* Node::instance(mtp::Instance i) const noexcept {
  const auto it = std::ranges::find(config_.instances, i, &InstanceConfig::instance);
  return it == config_.instances.end() ? nullptr : &*it;
}

/// The local address that was asked: the title with its fields where there is one of ours, else the
/// instance's own title, else point code and SSN.
OwnAddress Node::answer_calling(const In& in) const noexcept {
  const InstanceConfig* own = instance(in.instance);
  const mtp::PointCode own_pc = own ? own->own_pc : in.label.dpc;
  const Address& called = in.called;
  if (called.gt_usable()) {
    const LocalGt* gt = local_gt(called);
    if (gt && gt->answer_as) return make_address(config_.own_ssn, *gt->answer_as);
    if (gt || config_.local_gts.empty()) {
      const auto pc = called.route_on_ssn ? std::optional(own_pc) : std::nullopt;
      const OwnAddress kept = make_address(called.route_on_ssn, pc, config_.own_ssn, called.gt_indicator, called.gt);
      if (kept.len != 0) return kept;
    }
  }
  if (own && own->calling_gt) return make_address(config_.own_ssn, *own->calling_gt);
  return make_address(own_pc, config_.own_ssn);
}

/// Puts addresses and header in front of the user data and hands the message to MTP. ITU-T Q.714 §2.7:
/// the called address is the question's calling address; it also says where the message goes.
void Node::send(const In& in, BackWriter& w, MessageType type, uint8_t second, Octets calling,
                base::Counter& sent) noexcept {
  const InstanceConfig* own = instance(in.instance);
  const bool by_stp = own && own->answer_stp && in.calling.ssn != kSsnManagement;
  mtp::PointCode dpc = by_stp ? *own->answer_stp : in.label.opc;
  if (in.calling.route_on_ssn && in.calling.pc) dpc = *in.calling.pc;
  write_header(w, type, second, config_.hop_counter, in.calling.raw, calling);
  const mtp::RoutingLabel label{in.label.dpc, dpc, in.label.ni, in.label.sls};
  if (w.ok() && port_.transfer(in.instance, label, w.written())) {
    sent.add();
  } else {
    counters_.not_sent.add();
  }
}

/// ITU-T Q.714 §4.2: the message goes back, addresses exchanged, where its return option asks for it.
void Node::send_back(const In& in, ReturnCause cause) noexcept {
  if (!in.m.return_option) return;
  BackWriter w(service_octets_);
  w.bytes(in.m.data);
  send(in, w, service_of(in.m.type), static_cast<uint8_t>(cause), in.m.called, counters_.service_sent);
}

/// ITU-T Q.714 §5.3.4: a test is answered when the subsystem is here and allowed, and only then.
void Node::on_management(const In& in) noexcept {
  counters_.management_received.add();
  const auto m = decode_management(in.m.data);
  if (!m) return counters_.management_ignored.add();
  switch (m->type) {
    case ManagementType::kAllowed:
    case ManagementType::kProhibited:
      return remote_.subsystem(in.instance, m->affected_pc, m->affected_ssn, m->type == ManagementType::kAllowed,
                               seconds(clock_));
    case ManagementType::kStatusTest: break;
    default: return counters_.management_ignored.add();
  }
  const bool here = (m->affected_ssn == config_.own_ssn && !stopping_) || m->affected_ssn == kSsnManagement;
  if (!here) return counters_.management_ignored.add();
  const InstanceConfig* own = instance(in.instance);
  const mtp::PointCode own_pc = own ? own->own_pc : in.label.dpc;
  uint8_t octets[kMtpUserDataMax];
  BackWriter w(octets);
  write_management(w, {ManagementType::kAllowed, m->affected_ssn, own_pc});
  const OwnAddress calling = make_address(own_pc, kSsnManagement);
  send(in, w, in.m.type, in.m.protocol_class, calling.view(), counters_.sst_answered);
}

}  // namespace eir::sigtran::sccp
