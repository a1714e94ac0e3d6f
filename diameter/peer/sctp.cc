// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/sctp.h"

#include <errno.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/sctp.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

namespace eir::diameter::peer {
namespace {

using boost::asio::ip::tcp;

struct Bound {
  std::vector<uint8_t> packed;  ///< sockaddrs one after the other, as sctp_bindx wants them
  int count = 0;
  bool v6 = false;
};

base::Result<Bound, base::Problem> pack(const std::vector<std::string>& addresses, uint16_t port,
                                        const std::string& where) {
  Bound bound;
  for (const std::string& text : addresses) {
    boost::system::error_code ec;
    const IpAddress ip = boost::asio::ip::make_address(text, ec);
    if (ec) return base::problem(where, fmt::format("'{}' is no IP address", text));
    const tcp::endpoint endpoint(ip, port);
    const auto* raw = reinterpret_cast<const uint8_t*>(endpoint.data());
    bound.packed.insert(bound.packed.end(), raw, raw + endpoint.size());
    bound.v6 |= ip.is_v6();
    ++bound.count;
  }
  return bound;
}

}  // namespace

base::Result<base::Fd, base::Problem> sctp_listen(const std::vector<std::string>& addresses, uint16_t port,
                                                  const SctpTuning& tuning, const std::string& where, int backlog) {
  auto bound = pack(addresses, port, where);
  if (!bound) return base::Unexpected<base::Problem>(bound.error());
  base::Fd fd(::socket(bound->v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_SCTP));
  if (!fd && (errno == EPROTONOSUPPORT || errno == ESOCKTNOSUPPORT))
    return base::problem(where, "this kernel has no SCTP (modprobe sctp, or leave the listener out)");
  if (!fd) return base::problem(where, fmt::format("no socket: {}", std::strerror(errno)));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sctp_initmsg streams{};
  streams.sinit_num_ostreams = kSctpStreamsMax;
  streams.sinit_max_instreams = kSctpStreamsMax;
  ::setsockopt(fd.get(), IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof streams);
  sctp_tune(fd.get(), tuning);
  sctp_prepare(fd.get());
  if (::sctp_bindx(fd.get(), reinterpret_cast<sockaddr*>(bound->packed.data()), bound->count, SCTP_BINDX_ADD_ADDR) !=
          0 ||
      ::listen(fd.get(), backlog) != 0)
    return base::problem(where,
                         fmt::format("cannot listen on {} port {}: {}", addresses.front(), port, std::strerror(errno)));
  return fd;
}

void sctp_tune(int fd, const SctpTuning& tuning) {
  // The kernel takes 0 for "as it is"; a fresh socket knows its own values.
  const base::Fd fresh(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP));
  sctp_rtoinfo rto{};
  socklen_t len = sizeof rto;
  ::getsockopt(fresh.get(), IPPROTO_SCTP, SCTP_RTOINFO, &rto, &len);
  if (tuning.rto_initial_ms) rto.srto_initial = tuning.rto_initial_ms;
  if (tuning.rto_min_ms) rto.srto_min = tuning.rto_min_ms;
  if (tuning.rto_max_ms) rto.srto_max = tuning.rto_max_ms;
  ::setsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, sizeof rto);
  sctp_paddrparams own{};
  len = sizeof own;
  ::getsockopt(fresh.get(), IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &own, &len);
  sctp_paddrparams path{};
  path.spp_hbinterval = tuning.heartbeat_ms ? tuning.heartbeat_ms : own.spp_hbinterval;
  path.spp_flags = SPP_HB_ENABLE;
  ::setsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, sizeof path);
}

void sctp_prepare(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
  sctp_event_subscribe events{};
  events.sctp_data_io_event = 1;
  ::setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof events);
}

Io sctp_read(int fd, std::span<uint8_t> into, size_t& got, ReadInfo& info) {
  for (;;) {
    sctp_sndrcvinfo received{};
    int flags = 0;
    const int n = ::sctp_recvmsg(fd, into.data(), into.size(), nullptr, nullptr, &received, &flags);
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::kWantRead : Io::kClosed;
    if (n == 0) return Io::kClosed;
    if (flags & MSG_NOTIFICATION) continue;
    got = static_cast<size_t>(n);
    info.stream = received.sinfo_stream;
    info.end_of_record = flags & MSG_EOR;
    return Io::kDone;
  }
}

Io sctp_write(int fd, codec::Octets data, uint16_t stream) {
  sctp_sndrcvinfo how{};
  how.sinfo_ppid = htonl(kSctpPpid);
  how.sinfo_stream = stream;
  int n = ::sctp_send(fd, data.data(), data.size(), &how, MSG_NOSIGNAL);
  if (n < 0 && errno == EINVAL && stream != 0) {  // the peer takes fewer streams than it sends
    how.sinfo_stream = 0;
    n = ::sctp_send(fd, data.data(), data.size(), &how, MSG_NOSIGNAL);
  }
  if (n >= 0) return Io::kDone;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Io::kWantWrite : Io::kClosed;
}

std::vector<IpAddress> sctp_local_addresses(int fd) {
  std::vector<IpAddress> out;
  sockaddr* list = nullptr;
  const int count = ::sctp_getladdrs(fd, 0, &list);
  const auto* at = reinterpret_cast<const uint8_t*>(list);
  for (int i = 0; i < count && out.size() < kListenerAddressesMax; ++i) {
    sockaddr_storage one{};
    std::memcpy(&one, at, sizeof(sa_family_t));
    const size_t len = one.ss_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    tcp::endpoint endpoint(one.ss_family == AF_INET ? tcp::v4() : tcp::v6(), 0);
    std::memcpy(endpoint.data(), at, len);
    out.push_back(endpoint.address());
    at += len;
  }
  if (count > 0) ::sctp_freeladdrs(list);
  return out;
}

}  // namespace eir::diameter::peer
