// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "diameter/codec/message.h"
#include "diameter/codec/output.h"

namespace eir::diameter::codec {

/// Who this node is.
struct Identity {
  std::string origin_host;
  std::string origin_realm;
};

/// Refuses a request, whatever state it is in: Session-Id and Proxy-Info are taken over as far as they can
/// be read. 3xxx have the E bit and the grammar of RFC 6733 §7.2; an S13 answer without the E bit carries
/// what 3GPP TS 29.272 §7.2.20 asks for besides. False when libfdproto failed, and nothing was written.
/// REQUIRES: request holds a header.
bool write_error(Octets request, const Identity& self, const Complaint& complaint, Output& out);

}  // namespace eir::diameter::codec
