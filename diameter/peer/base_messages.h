// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "diameter/codec/error_answer.h"
#include "diameter/peer/runtime.h"

namespace eir::diameter::peer {

using codec::Octets;

/// What a CER says, RFC 6733 §5.3.1.
struct Capabilities {
  std::string origin_host;
  std::string origin_realm;
  std::string product_name;
  uint32_t origin_state_id = 0;     ///< 0: none
  bool common_application = false;  ///< S13, or a relay's "all": §5.3, §2.4
  bool plain_security = true;       ///< Inband-Security-Id absent or NO_INBAND_SECURITY among them: §6.10
};
/// REQUIRES: cer passed codec::ParsedRequest::parse().
Capabilities read_cer(Octets cer);

// Each writes one message; false, and nothing written, when memory ran out.
/// RFC 6733 §5.3.2; also with a refusal that has no E bit. `local`: where the runtime names no host_ip.
bool write_cea(Octets cer, codec::ResultCode code, const Runtime& runtime, const std::vector<IpAddress>& local,
               codec::Output& out);
/// The answer to a DWR (§5.5.2) or DPR (§5.4.2).
bool write_base_answer(Octets request, const Runtime& runtime, codec::Output& out);
/// §5.5.1
void write_dwr(const Runtime& runtime, uint32_t hop_by_hop, codec::Output& out);
/// §5.4.1
void write_dpr(const Runtime& runtime, uint32_t hop_by_hop, uint32_t cause, codec::Output& out);

}  // namespace eir::diameter::peer
