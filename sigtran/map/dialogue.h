// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "sigtran/tcap/dialogue.h"

namespace eir::sigtran::map {

/// The version of an equipmentMngtContext, 0.4.0.0.1.0.13.v (3GPP TS 29.002 §17.3.2.17), from the contents of
/// the name; nothing for any other context.
std::optional<uint8_t> equipment_context_version(base::Octets name) noexcept;

/// User information of an AARQ is one EXTERNAL of the MAP-DialogueAS with a MAP-OpenInfo. 3GPP TS 29.002
/// §17.4.2. Threads: pure. Allocates: no.
bool is_open_info(base::Octets user_information) noexcept;

/// MAP-RefuseInfo, noReasonGiven, with the equipmentMngtContext of this version as the alternative.
tcap::UserInformation make_refuse_info(uint8_t alternative_version) noexcept;
/// MAP-ProviderAbortInfo, abnormalDialogue.
tcap::UserInformation make_abnormal_dialogue() noexcept;
/// MAP-UserAbortInfo, userSpecificReason.
tcap::UserInformation make_user_abort() noexcept;

}  // namespace eir::sigtran::map
