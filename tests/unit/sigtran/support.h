// SPDX-License-Identifier: GPL-3.0-or-later
// What the tests of the SS7 side share: octets from hexadecimal text, messages built in the plainest way
// (not by the code under test), a port and an answerer that remember.
#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/question.h"
#include "sigtran/mtp/transfer.h"

namespace eir::sigtran::test {

using Bytes = std::vector<uint8_t>;

inline int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}
inline Bytes hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    const int n = nibble(c);
    if (n < 0) continue;
    if (high < 0) {
      high = n;
    } else {
      out.push_back(static_cast<uint8_t>(high << 4 | n));
      high = -1;
    }
  }
  return out;
}
inline std::string text(base::Octets octets) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const uint8_t o : octets) {
    if (!out.empty()) out += ' ';
    out += kHex[o >> 4];
    out += kHex[o & 0xF];
  }
  return out;
}
inline Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
/// Tag (one or two octets as written), definite length in its shortest form, contents.
inline Bytes tlv(uint8_t tag, const Bytes& value) {
  Bytes out{tag};
  if (value.size() > 0xFF) {
    out.insert(out.end(), {0x82, static_cast<uint8_t>(value.size() >> 8)});
  } else if (value.size() > 0x7F) {
    out.push_back(0x81);
  }
  out.push_back(static_cast<uint8_t>(value.size()));
  return out + value;
}
inline Bytes indefinite(uint8_t tag, const Bytes& value) { return Bytes{tag, 0x80} + value + Bytes{0, 0}; }

// SCCP. Lengths below 256, parameters in their usual order.
inline Bytes udt(uint8_t cls, const Bytes& called, const Bytes& calling, const Bytes& data) {
  const auto a = static_cast<uint8_t>(called.size());
  const auto b = static_cast<uint8_t>(calling.size());
  return Bytes{0x09, cls, 3, static_cast<uint8_t>(3 + a), static_cast<uint8_t>(3 + a + b)} + Bytes{a} + called +
         Bytes{b} + calling + Bytes{static_cast<uint8_t>(data.size())} + data;
}
inline Bytes xudt(uint8_t cls, uint8_t hops, const Bytes& called, const Bytes& calling, const Bytes& data,
                  const Bytes& optional = {}) {
  const auto a = static_cast<uint8_t>(called.size());
  const auto b = static_cast<uint8_t>(calling.size());
  const auto d = static_cast<uint8_t>(data.size());
  const uint8_t o = optional.empty() ? 0 : static_cast<uint8_t>(4 + a + b + d);
  return Bytes{0x11, cls, hops, 4, static_cast<uint8_t>(4 + a), static_cast<uint8_t>(4 + a + b), o} + Bytes{a} +
         called + Bytes{b} + calling + Bytes{d} + data + optional;
}
inline Bytes le16(size_t v) { return {static_cast<uint8_t>(v), static_cast<uint8_t>(v >> 8)}; }
inline Bytes ludt(uint8_t cls, uint8_t hops, const Bytes& called, const Bytes& calling, const Bytes& data,
                  const Bytes& optional = {}) {
  const size_t a = called.size();
  const size_t b = calling.size();
  const size_t o = optional.empty() ? 0 : 5 + a + b + data.size();
  return Bytes{0x13, cls, hops} + le16(7) + le16(6 + a) + le16(5 + a + b) + le16(o) + Bytes{static_cast<uint8_t>(a)} +
         called + Bytes{static_cast<uint8_t>(b)} + calling + le16(data.size()) + data + optional;
}
inline Bytes segment(bool first, uint8_t remaining, uint32_t reference) {
  return {0x10,
          4,
          static_cast<uint8_t>((first ? 0x80 : 0) | remaining),
          static_cast<uint8_t>(reference >> 16),
          static_cast<uint8_t>(reference >> 8),
          static_cast<uint8_t>(reference),
          0x00};
}

// Addresses. EIR: GT 882100000901 (12 digits); MSC: GT 380501234567.
inline const Bytes kEirGt = hex("12 09 00 12 04 88 12 00 00 90 10");
inline const Bytes kMscGt = hex("12 08 00 12 04 83 50 10 32 54 76");
inline const Bytes kEirPc = hex("43 02 00 09");
inline const Bytes kMscPc = hex("43 01 00 08");

// TCAP and MAP.
inline const Bytes kOtid = hex("48 04 11 22 33 44");
inline const Bytes kDtid = hex("49 04 11 22 33 44");
inline const Bytes kImei = hex("04 08 94 10 45 02 23 73 15 F8");
inline const Bytes kArgV3 = hex("30 0E 04 08 94 10 45 02 23 73 15 F8 03 02 06 80");
inline Bytes context(uint8_t version) { return Bytes{0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x00, 0x0D, version}; }
inline Bytes dialogue(const Bytes& apdu) {
  return tlv(0x6B, tlv(0x28, hex("06 07 00 11 86 05 01 01 01") + tlv(0xA0, apdu)));
}
inline Bytes open_info(const Bytes& contents = {}) {
  return tlv(0xBE, tlv(0x28, hex("06 07 04 00 00 01 01 01 01") + tlv(0xA0, tlv(0xA0, contents))));
}
inline Bytes aarq(const Bytes& name, const Bytes& information = {}) {
  return dialogue(tlv(0x60, hex("80 02 07 80") + tlv(0xA1, name) + information));
}
inline Bytes aare(const Bytes& name) {
  return dialogue(tlv(0x61, hex("80 02 07 80") + tlv(0xA1, name) + hex("A2 03 02 01 00 A3 05 A1 03 02 01 00")));
}
inline Bytes invoke(const Bytes& parameter, uint8_t id = 1, const Bytes& operation = hex("02 01 2B")) {
  return tlv(0xA1, Bytes{0x02, 0x01, id} + operation + parameter);
}
inline Bytes begin(const Bytes& portions) { return tlv(0x62, kOtid + portions); }
inline Bytes components(const Bytes& c) { return tlv(0x6C, c); }
inline Bytes result(const Bytes& parameter, uint8_t id = 1) {
  return tlv(0xA2, Bytes{0x02, 0x01, id} + tlv(0x30, hex("02 01 2B") + parameter));
}
inline Bytes reject(uint8_t kind, uint8_t value, uint8_t id = 1) {
  return tlv(0xA4, Bytes{0x02, 0x01, id, kind, 0x01, value});
}
inline Bytes end(const Bytes& portions) { return tlv(0x64, kDtid + portions); }
inline Bytes u_abort(const Bytes& portions = {}) { return tlv(0x67, kDtid + portions); }
inline Bytes p_abort(uint8_t cause) { return tlv(0x67, kDtid + Bytes{0x4A, 0x01, cause}); }
inline Bytes begin_v1() { return begin(components(invoke(kImei))); }
inline Bytes begin_v2() { return begin(aarq(context(2)) + components(invoke(kImei))); }
inline Bytes begin_v3() { return begin(aarq(context(3)) + components(invoke(kArgV3))); }

inline constexpr mtp::PointCode kMscOpc{1};
inline constexpr mtp::PointCode kEirOwnPc{2};
inline constexpr mtp::RoutingLabel kLabel{kMscOpc, kEirOwnPc, 2, 7};

struct Port final : mtp::TransferPort {
  struct Sent {
    mtp::Instance instance;
    mtp::RoutingLabel label;
    Bytes data;
  };
  std::vector<Sent> sent;
  bool takes = true;
  bool transfer(mtp::Instance instance, const mtp::RoutingLabel& label, base::Octets data) noexcept override {
    if (takes) sent.push_back({instance, label, {data.begin(), data.end()}});
    return takes;
  }
};

struct Answers final : decision::Answerer {
  decision::Verdict verdict;
  struct Asked {
    decision::Question question;
    std::string peer;
  };
  std::vector<Asked> asked;
  Answers() { tell(decision::Status::kWhite); }
  void tell(decision::Status status, decision::Reason reason = decision::Reason::kNotListed) {
    verdict.told = verdict.judged = status;
    verdict.reason = reason;
  }
  decision::Verdict answer(const decision::Question& q) noexcept override {
    asked.push_back({q, std::string(q.asker.peer)});
    return verdict;
  }
  decision::Verdict give_up(const decision::Question&, decision::Reason) noexcept override { return verdict; }
};

/// Lines of a vector file: fields between '|', without the blanks around them.
inline std::vector<std::vector<std::string>> read_vectors(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::vector<std::string> fields;
    std::stringstream parts(line + "|");
    for (std::string field; std::getline(parts, field, '|');) {
      const size_t from = field.find_first_not_of(' ');
      const size_t to = field.find_last_not_of(' ');
      fields.push_back(from == std::string::npos ? "" : field.substr(from, to - from + 1));
    }
    rows.push_back(fields);
  }
  return rows;
}

}  // namespace eir::sigtran::test
