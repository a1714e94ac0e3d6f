// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/counter.h"

// One list makes both the members and what for_each() shows of them: name, help text.
#define EIR_TCAP_COUNTERS(X)                                                                    \
  X(begin_received, "Begin messages received")                                                  \
  X(continue_received, "Continue messages received")                                            \
  X(end_received, "End messages received and discarded")                                        \
  X(abort_received, "Abort messages received and discarded")                                    \
  X(unidirectional_received, "Unidirectional messages received and discarded")                  \
  X(end_sent, "End messages sent")                                                              \
  X(continue_sent, "Continue messages sent: dialogues opened without a component")              \
  X(undecodable_discarded, "messages discarded without an originating transaction to abort")    \
  X(p_abort_unrecognized_message, "P-Abort sent: unrecognized message type")                    \
  X(p_abort_unrecognized_transaction, "P-Abort sent: unrecognized transaction")                 \
  X(p_abort_badly_formatted, "P-Abort sent: badly formatted transaction portion")               \
  X(p_abort_incorrect, "P-Abort sent: incorrect transaction portion")                           \
  X(u_abort_empty_begin, "U-Abort sent: Begin without dialogue and component")                  \
  X(u_abort_dialogue, "U-Abort sent: dialogue portion that cannot be used")                     \
  X(u_abort_user, "U-Abort sent: refused by MAP")                                               \
  X(u_abort_screened, "U-Abort sent: refused by screening")                                     \
  X(refused_context, "AARE sent: application context name not supported")                       \
  X(refused_version, "AARE sent: no common dialogue portion")                                   \
  X(components_received, "components received")                                                 \
  X(components_ignored, "components that ask for no answer: Reject, and those above the bound") \
  X(components_bound, "messages with more components than are answered")                        \
  X(reject_sent, "Reject components sent")                                                      \
  X(continue_empty, "Continue messages without a component, discarded")

namespace eir::sigtran::tcap {

/// Counts of TCAP. Threads: the SIGTRAN thread writes, any thread reads.
struct Counters {
#define X(name, help) base::Counter name;
  EIR_TCAP_COUNTERS(X)
#undef X

  /// Calls f(std::string_view name, std::string_view help, uint64_t value) for each.
  template <class F>
  void for_each(F&& f) const {
#define X(name, help) f(std::string_view(#name), std::string_view(help), name.get());
    EIR_TCAP_COUNTERS(X)
#undef X
  }
};

}  // namespace eir::sigtran::tcap
