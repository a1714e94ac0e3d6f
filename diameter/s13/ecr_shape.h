// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "diameter/s13/responder.h"

namespace eir::diameter::s13 {

/// Reads an ECR in place if it has the ordinary shape: every AVP among those 3GPP TS 29.272 §7.2.19 names,
/// with the flags the specifications give, at most once, well formed, for us and for this application. A
/// few Route-Records of other nodes may be there, which an agent adds (RFC 6733 §6.1.9). No Proxy-Info, nothing
/// unknown. False otherwise, which says nothing against the message.
/// Threads: pure. Allocates: no.
bool read_ordinary_ecr(Octets request, std::string_view own_host, std::string_view own_realm, EcrFields& out) noexcept;

}  // namespace eir::diameter::s13
