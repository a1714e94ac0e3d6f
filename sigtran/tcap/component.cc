// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/component.h"

namespace eir::sigtran::tcap {
namespace {

// ITU-T Q.773 §3.2, tables 15 to 19.
constexpr uint8_t kInvoke = 0xA1;
constexpr uint8_t kReturnResultLast = 0xA2;
constexpr uint8_t kReturnError = 0xA3;
constexpr uint8_t kReject = 0xA4;
constexpr uint8_t kReturnResultNotLast = 0xA7;
constexpr uint8_t kInteger = 0x02;
constexpr uint8_t kNull = 0x05;
constexpr uint8_t kOid = 0x06;
constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kLinkedId = 0x80;

Component faulty(std::optional<InvokeId> id, Problem problem) {
  Component c;
  c.id = id;
  c.problem = problem;
  return c;
}

/// The invoke identity in front of a component, or why there is none.
std::optional<InvokeId> read_id(BerReader& in, Problem& problem) {
  const auto tlv = in.next();
  problem = tlv ? kMistypedComponent : kBadlyStructuredComponent;
  if (!tlv || tlv->tag != kInteger || tlv->value.size() != 1) return std::nullopt;
  return static_cast<InvokeId>(tlv->value[0]);
}

Component read_invoke(Octets value) {
  BerReader in(value);
  Component c;
  c.id = read_id(in, c.problem);
  if (!c.id) return c;
  auto tlv = in.next();
  const bool linked = tlv && tlv->tag == kLinkedId;
  if (linked) tlv = in.next();
  if (!tlv) return faulty(c.id, in.empty() ? kMistypedComponent : kBadlyStructuredComponent);
  if (tlv->tag != kInteger && tlv->tag != kOid) return faulty(c.id, kMistypedComponent);
  if (linked) return faulty(c.id, kUnrecognizedLinkedId);
  int32_t operation = 0;
  if (tlv->tag == kInteger && read_integer(tlv->value, operation)) c.operation = operation;
  c.parameter = in.rest();
  c.kind = Component::Kind::kInvoke;
  return c;
}

}  // namespace

bool ComponentReader::next(Component& out) noexcept {
  if (in_.only_zeros_left()) return false;
  const auto tlv = in_.next();
  if (!tlv) {
    out = faulty(std::nullopt, kBadlyStructuredComponent);
    in_ = BerReader();
    return true;
  }
  if (tlv->tag == kInvoke) {
    out = read_invoke(tlv->value);
    return true;
  }
  BerReader inner(tlv->value);
  Problem problem = kBadlyStructuredComponent;
  const auto id = read_id(inner, problem);
  switch (tlv->tag) {
    case kReturnResultLast:
    case kReturnResultNotLast: out = faulty(id, id ? kResultUnrecognizedInvokeId : problem); break;
    case kReturnError: out = faulty(id, id ? kErrorUnrecognizedInvokeId : problem); break;
    case kReject:
      out = faulty(id, problem);
      out.kind = Component::Kind::kIgnored;
      break;
    default: out = faulty(id, kUnrecognizedComponent); break;
  }
  return true;
}

void write_reply(BackWriter& w, const Reply& reply) noexcept {
  const size_t mark = w.size();
  uint8_t tag = kReject;
  switch (reply.kind) {
    case Reply::Kind::kResult:
      tag = kReturnResultLast;
      w.bytes(Octets(reply.parameter).first(reply.parameter_len));
      put(w, kInteger, reply.operation);
      wrap(w, mark, kSequence);
      break;
    case Reply::Kind::kError:
      tag = kReturnError;
      put(w, kInteger, reply.error);
      break;
    case Reply::Kind::kReject: put(w, reply.problem.kind, reply.problem.value); break;
  }
  if (reply.id) {
    put(w, kInteger, static_cast<uint8_t>(*reply.id));
  } else {
    put(w, kNull, Octets{});
  }
  wrap(w, mark, tag);
}

}  // namespace eir::sigtran::tcap
