// SPDX-License-Identifier: GPL-3.0-or-later
// What the fuzz targets of the SS7 side share: a port that checks what comes out, an answerer of every
// verdict, and a well-formed message around the octets under test.
#pragma once

#include <cstdlib>
#include <vector>

#include "core/decision/question.h"
#include "sigtran/sccp/address.h"
#include "sigtran/sccp/message.h"
#include "sigtran/sccp/node.h"

namespace eir::sigtran::fuzz {

inline void require(bool ok) {
  if (!ok) std::abort();
}

/// Whatever came in, what goes out is one whole SCCP message with two whole addresses.
struct CheckingPort final : mtp::TransferPort {
  unsigned sent = 0;
  std::vector<uint8_t> last_data;
  bool transfer(mtp::Instance, const mtp::RoutingLabel& label, base::Octets octets) noexcept override {
    ++sent;
    const auto m = sccp::decode_message(octets);
    require(m.has_value());
    const auto called = sccp::decode_address(m->called);
    require(called && called->usable());
    require(sccp::decode_address(m->calling).has_value());
    require(mtp::number(label.dpc) <= mtp::kPointCodeMax);
    require(sccp::is_service(m->type) || octets.size() <= sccp::kMtpUserDataMax);
    last_data.assign(m->data.begin(), m->data.end());
    return true;
  }
};

struct AnyAnswer final : decision::Answerer {
  decision::Verdict answer(const decision::Question& q) noexcept override {
    require(q.imei.text().size() <= identity::Imei::kTextMax);
    require(q.imsi.length() <= 15 && q.msisdn.length() <= 15);
    decision::Verdict v;
    v.told = v.judged = static_cast<decision::Status>(q.imei.text().size() % decision::kStatuses);
    v.reason = decision::Reason::kNotListed;
    return v;
  }
  decision::Verdict give_up(const decision::Question&, decision::Reason) noexcept override { return {}; }
};

inline constexpr mtp::RoutingLabel kLabel{mtp::PointCode{1}, mtp::PointCode{2}, 2, 7};

/// An LUDT from SSN 8 to SSN 9 with these octets as its user data; the message may be up to 64 KiB.
inline std::vector<uint8_t> ludt(base::Octets data) {
  std::vector<uint8_t> buffer(data.size() + 64);
  const uint8_t called[] = {0x42, 9};
  const uint8_t calling[] = {0x42, 8};
  sccp::BackWriter w(buffer);
  w.bytes(data);
  sccp::write_header(w, sccp::MessageType::kLudt, 0, 15, called, calling);
  return w.ok() ? std::vector<uint8_t>(w.written().begin(), w.written().end()) : std::vector<uint8_t>{};
}

}  // namespace eir::sigtran::fuzz
