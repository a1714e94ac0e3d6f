// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "diameter/peer/socket.h"

namespace eir::diameter::peer {

// One-to-one SCTP sockets, RFC 6458 §4. RFC 6733 §2.1: one Diameter message is one SCTP message.

/// Binds one endpoint to all addresses (sctp_bindx). A kernel without SCTP is a Problem that says so.
base::Result<base::Fd, base::Problem> sctp_listen(const std::vector<std::string>& addresses, uint16_t port,
                                                  const SctpTuning& tuning, const std::string& where, int backlog);
/// Supervision of the associations a listener takes from now on. What `tuning` leaves at 0 gets the kernel's
/// own value back.
void sctp_tune(int fd, const SctpTuning& tuning);
/// NODELAY, and the stream number with every message. The rest comes from the listener.
void sctp_prepare(int fd);
/// A message, or a part of one (info.end_of_record). Notifications are passed over.
Io sctp_read(int fd, std::span<uint8_t> into, size_t& got, ReadInfo& info);
/// One message with PPID 46, ordered.
Io sctp_write(int fd, codec::Octets data, uint16_t stream);
std::vector<IpAddress> sctp_local_addresses(int fd);

}  // namespace eir::diameter::peer
