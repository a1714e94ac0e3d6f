// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/counter.h"

// One list makes both the members and what for_each() shows of them: name, help text.
#define EIR_SCCP_COUNTERS(X)                                                                             \
  X(udt_received, "UDT messages received")                                                               \
  X(xudt_received, "XUDT messages received, segments included")                                          \
  X(ludt_received, "LUDT messages received, segments included")                                          \
  X(service_received, "UDTS, XUDTS and LUDTS received: answers of ours that could not be delivered")     \
  X(answers_sent, "UDT, XUDT and LUDT answers handed to MTP")                                            \
  X(service_sent, "UDTS, XUDTS and LUDTS handed to MTP")                                                 \
  X(not_sent, "messages MTP did not take: no route, or its send queue is full")                          \
  X(unknown_message, "messages of a type connectionless SCCP does not have, discarded")                  \
  X(syntax_error, "messages that could not be decoded, discarded")                                       \
  X(calling_unusable, "questions discarded because their calling address allows no answer")              \
  X(no_translation_nature, "called global titles whose kind is not translated")                          \
  X(no_translation_address, "called global titles that are not ours")                                    \
  X(unequipped_user, "messages for a subsystem that is not here")                                        \
  X(hop_counter_violation, "messages with a used-up hop counter")                                        \
  X(screened_opc, "questions refused because their OPC is not on the allow-list")                        \
  X(screened_gt, "questions refused because their calling global title is not on the allow-list")        \
  X(limited_opc, "questions refused because the token bucket of their OPC was empty")                    \
  X(limited_gt, "questions refused because the token bucket of their global title prefix was empty")     \
  X(refused_discarded, "refused questions that were discarded")                                          \
  X(refused_aborted, "refused questions that were handed up to be aborted")                              \
  X(drained, "questions sent back with subsystem failure while stopping")                                \
  X(reassembled, "segmented messages put together")                                                      \
  X(reassembly_timeout, "segmented messages given up after the reassembly time")                         \
  X(reassembly_out_of_sequence, "segmented messages given up because a segment was missing or repeated") \
  X(reassembly_no_room, "first segments refused: all reassembly places, or their OPC's share, in use")   \
  X(reassembly_too_long, "segmented messages given up because they grew above the bound")                \
  X(management_received, "SCCP management messages received on SSN 1")                                   \
  X(management_ignored, "SCCP management messages that could not be decoded or ask for nothing we have") \
  X(sst_answered, "subsystem tests answered with SSA")                                                   \
  X(table_full, "states of remote subsystems or destinations not noted because the table was full")

namespace eir::sigtran::sccp {

/// Counts of connectionless SCCP. Threads: the SIGTRAN thread writes, any thread reads.
struct Counters {
#define X(name, help) base::Counter name;
  EIR_SCCP_COUNTERS(X)
#undef X

  /// Calls f(std::string_view name, std::string_view help, uint64_t value) for each.
  template <class F>
  void for_each(F&& f) const {
#define X(name, help) f(std::string_view(#name), std::string_view(help), name.get());
    EIR_SCCP_COUNTERS(X)
#undef X
  }
};

}  // namespace eir::sigtran::sccp
