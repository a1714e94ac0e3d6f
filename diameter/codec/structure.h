// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <span>

#include "diameter/codec/message.h"

namespace eir::diameter::codec {

/// Judges lengths and bits of every AVP we know how to look into, before libfdproto sees the message: it
/// knows neither RFC 6733's 5014 for a top-level AVP nor a bound on nesting. Allocates only to complain.
std::optional<Complaint> check_structure(Octets avps);

/// The offending AVP found by its path: `path[0]` is the place (from 0) of the outermost AVP, and so on
/// into groups. Wrapped in its groups, as RFC 6733 §7.5 shows. Empty when the path leads nowhere.
std::vector<uint8_t> failed_at(Octets avps, std::span<const unsigned> path);

/// The second AVP of that name under one parent, wrapped in its groups; empty when there is none.
std::vector<uint8_t> failed_repeat(Octets avps, AvpId id);

}  // namespace eir::diameter::codec
