// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "sigtran/sccp/node.h"
#include "sigtran/tcap/application.h"
#include "sigtran/tcap/counters.h"
#include "sigtran/tcap/message.h"
#include "sigtran/tcap/otid.h"

namespace eir::sigtran::tcap {

/// Replies that one message gets at most; components above it are counted and not looked at.
inline constexpr size_t kRepliesMax = 4;

/// TCAP for an application that answers and never asks: each message is answered at once and nothing is
/// kept. ITU-T Q.771 to Q.775, structured dialogue only.
///
///     Begin with components             End: AARE if asked with AARQ, a reply per component
///     Begin with AARQ alone             Continue: AARE, and an OTID that proves itself (otid.h)
///     Continue to such an OTID          End: a reply per component
///     Continue to any other             P-Abort unrecognizedTransactionID
///     End, Abort, Unidirectional        nothing
///
/// Threads: the SIGTRAN thread. Allocates: no. User and clock outlive it.
class Responder final : public sccp::User {
 public:
  Responder(Application& user, const base::Clock& clock, const OtidKey& key) : user_(user), clock_(clock), key_(key) {}
  void set_key(const OtidKey& key) noexcept { key_ = key; }

  sccp::Disposition on_unitdata(const Unitdata& in, BackWriter& answer) noexcept override;
  const Counters& counters() const { return counters_; }

 private:
  sccp::Disposition on_begin(const Message& m, const Unitdata& in, BackWriter& w) noexcept;
  sccp::Disposition on_continue(const Message& m, const Unitdata& in, BackWriter& w) noexcept;
  /// An opened dialogue goes on: End, or Continue where nothing was asked yet.
  sccp::Disposition go_on(const Message& m, const Unitdata& in, uint8_t version, Octets context,
                          BackWriter& w) noexcept;
  void answer_components(Octets portion, const Unitdata& in, uint8_t version, BackWriter& w) noexcept;
  Reply reply_to(const Component& c, const Unitdata& in, uint8_t version, bool duplicate) noexcept;
  sccp::Disposition u_abort(const Message& m, BackWriter& w, base::Counter& counter) noexcept;
  sccp::Disposition p_abort(const Message& m, BackWriter& w, PAbortCause cause) noexcept;
  base::UnixSeconds now() const noexcept { return std::chrono::floor<std::chrono::seconds>(clock_.wall()); }

  Application& user_;
  const base::Clock& clock_;
  OtidKey key_;
  Counters counters_;
};

}  // namespace eir::sigtran::tcap
