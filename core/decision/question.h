// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/clock.h"
#include "core/decision/reason.h"
#include "core/identity/digits.h"
#include "core/identity/imei.h"
#include "core/lists/list_set.h"

namespace eir::decision {

/// Where a question came in. Numbers are fixed: they stand in logs and metrics.
enum class Interface : uint8_t { kMapV1 = 1, kMapV2 = 2, kMapV3 = 3, kS13 = 4, kN17 = 5, kConsole = 6 };
inline constexpr unsigned kInterfaces = 7;
/// "map-v1", "map-v2", "map-v3", "s13", "n17", "console".
std::string_view to_string(Interface i) noexcept;

/// Who asked. Views live as long as the call that carries the question.
struct Asker {
  Interface interface = Interface::kConsole;
  std::string_view peer;        ///< Origin-Host, or the originating point code as text; may be empty
  uint32_t point_code = 0;      ///< originating point code; 0 outside SS7
  identity::Digits calling_gt;  ///< digits of the calling global title; empty where there is none
};

/// May this device be served?
struct Question {
  identity::Imei imei;
  identity::Imsi imsi;      ///< empty where the network sends none
  identity::Msisdn msisdn;  ///< empty where the network sends none
  Asker asker;
  base::UnixSeconds time{};  ///< when the question came; entries are judged at this time
};

/// The answer, and how it came about.
struct Verdict {
  Status told = Status::kUnknown;    ///< what the network is told
  Status judged = Status::kUnknown;  ///< the true decision; differs from told only when observed
  Reason reason = Reason::kFault;
  bool observed = false;      ///< observe mode turned told into white
  bool lock_unknown = false;  ///< the device is locked, and with whom it is used could not be compared
  lists::ListSet lists;       ///< the set the response type was applied to
  std::string_view note;      ///< the deciding entry's reason text; valid until the next question of this thread
  lists::Version version;     ///< the list version the answer was made from
};

/// What a protocol room asks. One per answering thread.
///
/// Implementations decide, count and log without waiting, touching a disk or the heap, and never fail: a
/// fault of our own becomes the configured fault answer with Reason::kFault.
class Answerer {
 public:
  virtual ~Answerer() = default;
  virtual Verdict answer(const Question& question) noexcept = 0;
  /// A question this node cannot get to in time, or whose making failed inside: the configured overload
  /// or fault answer at once, counted and logged. REQUIRES: reason is kOverload or kFault.
  virtual Verdict give_up(const Question& question, Reason reason) noexcept = 0;
};

}  // namespace eir::decision
