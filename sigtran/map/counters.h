// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/counter.h"

// One list makes both the members and what for_each() shows of them: name, help text.
#define EIR_MAP_COUNTERS(X)                                                                      \
  X(check_imei_v1, "CheckIMEI v1 questions")                                                     \
  X(check_imei_v2, "CheckIMEI v2 questions")                                                     \
  X(check_imei_v3, "CheckIMEI v3 questions")                                                     \
  X(with_imsi, "CheckIMEI questions that carried an IMSI in a vendor's place")                   \
  X(with_msisdn, "CheckIMEI questions that carried an MSISDN in a vendor's place")               \
  X(subscriber_ignored, "vendor's IMSI or MSISDN that was no number, ignored")                   \
  X(results_sent, "returnResultLast sent")                                                       \
  X(results_without_status, "returnResultLast sent to questions that ask for no status")         \
  X(error_unknown_equipment, "returnError unknownEquipment sent")                                \
  X(error_system_failure, "returnError systemFailure sent")                                      \
  X(reject_unrecognized_operation, "Reject sent: operation other than CheckIMEI")                \
  X(reject_mistyped_parameter, "Reject sent: CheckIMEI argument that cannot be decoded")         \
  X(version_1_context, "dialogues aborted: application context name of version 1 in an AARQ")    \
  X(open_info_invalid, "dialogues aborted: user information that is no MAP-OpenInfo")            \
  X(context_unknown, "dialogues refused: application context not known or version not accepted") \
  X(version_1_refused, "dialogues aborted: version 1 is not accepted")

namespace eir::sigtran::map {

/// Counts of MAP. Threads: the SIGTRAN thread writes, any thread reads.
struct Counters {
#define X(name, help) base::Counter name;
  EIR_MAP_COUNTERS(X)
#undef X

  /// Calls f(std::string_view name, std::string_view help, uint64_t value) for each.
  template <class F>
  void for_each(F&& f) const {
#define X(name, help) f(std::string_view(#name), std::string_view(help), name.get());
    EIR_MAP_COUNTERS(X)
#undef X
  }
};

}  // namespace eir::sigtran::map
