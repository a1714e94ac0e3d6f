// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tests/peers/map_codec.h"

namespace eir::tests::map {

namespace {

void append(Bytes& to, View what) { to.insert(to.end(), what.begin(), what.end()); }

constexpr std::array<uint8_t, 7> kDialogueAs{0x00, 0x11, 0x86, 0x05, 0x01, 0x01, 0x01};  // 0.0.17.773.1.1.1

struct Element {
  uint8_t tag = 0;
  View value;
};

/// Reads strictly: one-octet tags, definite lengths in their shortest form. An answer needs no other.
class Reader {
 public:
  Reader(View data, std::vector<std::string>& problems) : data_(data), problems_(problems) {}
  bool empty() const { return data_.empty(); }
  uint8_t tag() const { return data_.empty() ? 0 : data_[0]; }

  bool next(Element& out, const char* what) {
    if (data_.size() < 2) return bad(what, "is cut off");
    if ((data_[0] & 0x1F) == 0x1F) return bad(what, "has a tag of several octets");
    size_t len = data_[1];
    size_t at = 2;
    if (len == 0x80) return bad(what, "has an indefinite length");
    if (len > 0x80) {
      const size_t octets = len & 0x7F;
      if (octets > 2 || data_.size() < 2 + octets) return bad(what, "has a length out of range");
      len = 0;
      for (size_t i = 0; i < octets; ++i) len = len << 8 | data_[at++];
      if (len < (octets == 1 ? 0x80U : 0x100U)) return bad(what, "has a length longer than needed");
    }
    if (data_.size() - at < len) return bad(what, "is longer than what holds it");
    out = {data_[0], data_.subspan(at, len)};
    data_ = data_.subspan(at + len);
    return true;
  }
  bool expect(uint8_t tag_wanted, Element& out, const char* what) {
    if (tag() != tag_wanted || empty()) return bad(what, "is missing");
    return next(out, what);
  }
  void end(const char* what) {
    if (!empty()) bad(what, "has something after its end");
  }

 private:
  bool bad(const char* what, const char* how) {
    problems_.push_back(fmt::format("{} {}", what, how));
    data_ = {};
    return false;
  }
  View data_;
  std::vector<std::string>& problems_;
};

std::string status_of(const Element& e) {
  if (e.value.size() != 1 || e.value[0] > 2) return "status out of range";
  static constexpr std::array<const char*, 3> kNames{"white", "black", "grey"};
  return kNames[e.value[0]];
}

/// MAP's result, TS 29.002 §17.7.1: CheckIMEI-Res of version 3, EquipmentStatus before.
std::string result_of(Reader& in, unsigned version, std::vector<std::string>& problems) {
  Element e;
  if (version < 3) {
    if (!in.expect(0x0A, e, "EquipmentStatus")) return "malformed";
    in.end("the result");
    return status_of(e);
  }
  if (!in.expect(0x30, e, "CheckIMEI-Res")) return "malformed";
  in.end("the result");
  Reader inner(e.value, problems);
  if (inner.empty()) return "no status";
  if (!inner.expect(0x0A, e, "equipmentStatus")) return "malformed";
  inner.end("CheckIMEI-Res");
  return status_of(e);
}

std::string component_of(Reader& in, unsigned version, std::vector<std::string>& problems) {
  Element component;
  if (!in.next(component, "the component")) return "malformed";
  Reader inner(component.value, problems);
  Element e;
  if (component.tag == 0xA4) {
    if (!inner.next(e, "the invoke id")) return "malformed";
    if (!inner.next(e, "the problem") || e.value.size() != 1) return "malformed";
    static constexpr std::array<const char*, 4> kKinds{"general", "invoke", "result", "error"};
    if (e.tag < 0x80 || e.tag > 0x83) return "malformed";
    return fmt::format("reject {} {}", kKinds[e.tag & 3], e.value[0]);
  }
  if (!inner.expect(0x02, e, "the invoke id")) return "malformed";
  if (e.value.size() != 1 || e.value[0] != 1) problems.push_back("another invoke id");
  if (component.tag == 0xA3) {
    if (!inner.expect(0x02, e, "the error code") || e.value.size() != 1) return "malformed";
    return fmt::format("error {}", e.value[0]);
  }
  if (component.tag != 0xA2) return fmt::format("component {:02x}", component.tag);
  if (!inner.expect(0x30, e, "the result's sequence")) return "malformed";
  inner.end("the component");
  Reader result(e.value, problems);
  if (!result.expect(0x02, e, "the operation code")) return "malformed";
  if (e.value.size() != 1 || e.value[0] != 43) problems.push_back("another operation code");
  return result_of(result, version, problems);
}

/// AARE and ABRT, Q.773 §3.2; tells what they say in `out`, for an abort in its result as well.
void read_pdu(const Element& pdu, Answer& out) {
  Reader in(pdu.value, out.problems);
  Element e, inner;
  if (pdu.tag == 0x64) {  // ABRT
    if (!in.expect(0x80, e, "abort-source")) return;
    out.result = fmt::format("u-abort abrt {}", e.value.size() == 1 && e.value[0] == 0 ? "user" : "provider");
  } else if (pdu.tag == 0x61) {  // AARE
    if (in.tag() == 0x80) in.next(e, "protocol-version");
    if (!in.expect(0xA1, e, "application-context-name")) return;
    Reader name(e.value, out.problems);
    if (name.expect(0x06, inner, "the application context")) out.context.assign(inner.value.begin(), inner.value.end());
    if (!in.expect(0xA2, e, "result")) return;
    Reader result(e.value, out.problems);
    if (!result.expect(0x02, inner, "the result's value") || inner.value.size() != 1) return;
    out.accepted = inner.value[0] == 0;
    if (!in.expect(0xA3, e, "result-source-diagnostic")) return;
    Reader source(e.value, out.problems);
    if (!source.next(inner, "the diagnostic")) return;
    Reader diagnostic(inner.value, out.problems);
    const bool user = inner.tag == 0xA1;
    if (!diagnostic.expect(0x02, e, "the diagnostic's value") || e.value.size() != 1) return;
    if (out.kind == "abort") out.result = fmt::format("u-abort aare {} {}", user ? "user" : "provider", e.value[0]);
  } else {
    out.problems.push_back("an unexpected dialogue PDU");
    return;
  }
  if (in.tag() == 0xBE && in.next(e, "user-information")) out.user_information.assign(e.value.begin(), e.value.end());
  in.end("the dialogue PDU");
}

void read_dialogue(const Element& portion, Answer& out) {
  out.dialogue = true;
  Reader in(portion.value, out.problems);
  Element external, e;
  if (!in.expect(0x28, external, "EXTERNAL")) return;
  in.end("the dialogue portion");
  Reader inner(external.value, out.problems);
  if (!inner.expect(0x06, e, "the dialogue's syntax")) return;
  if (!std::ranges::equal(e.value, kDialogueAs)) out.problems.push_back("another dialogue syntax");
  if (!inner.expect(0xA0, e, "single-ASN1-type")) return;
  inner.end("EXTERNAL");
  Reader pdu(e.value, out.problems);
  if (pdu.next(e, "the dialogue PDU")) read_pdu(e, out);
}

}  // namespace

Bytes tlv(uint8_t tag, View content) {
  const size_t len = content.size();
  Bytes out;
  out.reserve(4 + len);
  out.push_back(tag);
  if (len > 0xFF) {
    out.push_back(0x82);
    out.push_back(static_cast<uint8_t>(len >> 8));
  } else if (len > 0x7F) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<uint8_t>(len));
  append(out, content);
  return out;
}

Bytes argument(const CheckImei& q) {
  const Bytes imei = tlv(0x04, q.imei);
  const Bytes imsi = tbcd(q.imsi), msisdn = tbcd(q.msisdn);
  const Bytes requested = q.requested.empty() || q.version < 3 ? Bytes{} : tlv(0x03, q.requested);
  if (q.vendor == Vendor::kEricsson) {
    Bytes inner = imei;
    append(inner, requested);
    if (!imsi.empty()) append(inner, tlv(0xC1, imsi));
    return tlv(0x30, inner);
  }
  const bool huawei = q.vendor == Vendor::kHuawei && !(imsi.empty() && msisdn.empty());
  if (q.version < 3) {
    Bytes out = imei;
    if (huawei && msisdn.empty()) {
      append(out, tlv(0x00, imsi));
    } else if (huawei) {
      if (!imsi.empty()) append(out, tlv(0x01, imsi));
      append(out, tlv(0x02, msisdn));
      append(out, Bytes{0, 0, 0});
    }
    return out;
  }
  Bytes inner = imei;
  if (huawei && !imsi.empty()) append(inner, tlv(0x80, imsi));
  if (huawei && !msisdn.empty()) append(inner, tlv(0x81, msisdn));
  append(inner, requested);
  Bytes out = tlv(0x30, inner);
  if (huawei) append(out, Bytes{0, 0});
  return out;
}

Bytes invoke(uint8_t id, const Bytes& operation, const Bytes& parameter) {
  Bytes inner = tlv(0x02, Bytes{id});
  append(inner, operation);
  append(inner, parameter);
  return tlv(0xA1, inner);
}

Bytes application_context(unsigned version) {
  return {0x04, 0x00, 0x00, 0x01, 0x00, 0x0D, static_cast<uint8_t>(version)};
}

Bytes aarq(const Bytes& context) {
  Bytes pdu = tlv(0x80, Bytes{0x07, 0x80});
  append(pdu, tlv(0xA1, tlv(0x06, context)));
  Bytes external = tlv(0x06, kDialogueAs);
  append(external, tlv(0xA0, tlv(0x60, pdu)));
  return tlv(0x6B, tlv(0x28, external));
}

Bytes begin(const Bytes& otid, const Bytes& dialogue, const Bytes& components) {
  Bytes inner = tlv(0x48, otid);
  append(inner, dialogue);
  if (!components.empty()) append(inner, tlv(0x6C, components));
  return tlv(0x62, inner);
}

Bytes carry_on(const Bytes& otid, const Bytes& dtid, const Bytes& components) {
  Bytes inner = tlv(0x48, otid);
  append(inner, tlv(0x49, dtid));
  if (!components.empty()) append(inner, tlv(0x6C, components));
  return tlv(0x65, inner);
}

Answer decode_answer(View tcap, unsigned version) {
  Answer out;
  out.result = "malformed";
  Reader outer(tcap, out.problems);
  Element message, e;
  if (!outer.next(message, "the message")) return out;
  outer.end("the message");
  switch (message.tag) {
    case 0x62: out.kind = "begin"; break;
    case 0x64: out.kind = "end"; break;
    case 0x65: out.kind = "continue"; break;
    case 0x67: out.kind = "abort"; break;
    default: out.problems.push_back("an unknown message type"); return out;
  }
  Reader in(message.value, out.problems);
  const auto transaction = [&](uint8_t tag, Bytes& id) {
    if (in.tag() != tag || !in.next(e, "a transaction id")) return;
    if (e.value.empty() || e.value.size() > 4) out.problems.push_back("a transaction id out of range");
    id.assign(e.value.begin(), e.value.end());
  };
  transaction(0x48, out.otid);
  transaction(0x49, out.dtid);
  if (message.tag == 0x65 && out.otid.empty()) out.problems.push_back("a Continue without OTID");
  if (message.tag != 0x65 && message.tag != 0x62 && !out.otid.empty()) out.problems.push_back("an OTID out of place");
  if (out.kind == "abort") out.result = "u-abort";
  if (message.tag == 0x67 && in.tag() == 0x4A && in.next(e, "P-AbortCause") && e.value.size() == 1) {
    out.result = fmt::format("p-abort {}", e.value[0]);
  }
  if (in.tag() == 0x6B && in.next(e, "the dialogue portion")) read_dialogue(e, out);
  if (in.tag() == 0x6C && in.next(e, "the component portion")) {
    Reader components(e.value, out.problems);
    out.result = component_of(components, version, out.problems);
    components.end("the component portion");
  } else if (out.kind == "continue" || (out.kind == "end" && out.problems.empty())) {
    out.result = "no component";
  }
  in.end("the transaction");
  return out;
}

}  // namespace eir::tests::map
