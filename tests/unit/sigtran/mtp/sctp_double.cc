// SPDX-License-Identifier: GPL-3.0-or-later
// One-to-one SCTP sockets as sequenced-packet sockets of this machine, for the binding's tests: whole messages,
// EAGAIN when the other end does not read, no kernel module, no ports. Linked into the test program, whose exported
// names libosmo-netif finds before libsctp's. A loopback port is a name of this process.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>

namespace {

constexpr uint16_t kFirstFreePort = 20000;

socklen_t to_name(uint16_t port, sockaddr_un& out) {
  out = {};
  out.sun_family = AF_UNIX;
  const int len = std::snprintf(out.sun_path + 1, sizeof out.sun_path - 1, "eir-sctp-%d-%u", getpid(), port);
  return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + static_cast<size_t>(len));
}

int to_address(const sockaddr_un& name, socklen_t name_len, sockaddr* out, socklen_t* len) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  char text[sizeof name.sun_path] = {};
  if (name_len > offsetof(sockaddr_un, sun_path) + 1) {
    std::memcpy(text, name.sun_path + 1, name_len - offsetof(sockaddr_un, sun_path) - 1);
  }
  if (const char* dash = std::strrchr(text, '-')) address.sin_port = htons(static_cast<uint16_t>(std::atoi(dash + 1)));
  if (out && len) {
    std::memcpy(out, &address, std::min<size_t>(*len, sizeof address));
    *len = sizeof address;
  }
  return 0;
}

bool is_double(int fd) {
  int domain = 0, type = 0;
  socklen_t len = sizeof domain;
  syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &domain, &len);
  len = sizeof type;
  syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len);
  return domain == AF_UNIX && type == SOCK_SEQPACKET;
}

uint16_t port_of(const sockaddr* address) {
  return ntohs(address->sa_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(address)->sin6_port
                                              : reinterpret_cast<const sockaddr_in*>(address)->sin_port);
}

}  // namespace

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (protocol != IPPROTO_SCTP) return static_cast<int>(syscall(SYS_socket, domain, type, protocol));
  const int flags = type & (SOCK_NONBLOCK | SOCK_CLOEXEC);
  return static_cast<int>(syscall(SYS_socket, AF_UNIX, SOCK_SEQPACKET | flags, 0));
}

int bind(int fd, const sockaddr* address, socklen_t len) noexcept {
  if (!is_double(fd)) return static_cast<int>(syscall(SYS_bind, fd, address, len));
  static uint16_t next_free = kFirstFreePort;
  sockaddr_un name{};
  const uint16_t wanted = port_of(address);
  const socklen_t name_len = to_name(wanted ? wanted : next_free++, name);
  return static_cast<int>(syscall(SYS_bind, fd, &name, name_len));
}

int connect(int fd, const sockaddr* address, socklen_t len) {
  if (!is_double(fd)) return static_cast<int>(syscall(SYS_connect, fd, address, len));
  sockaddr_un own{};
  socklen_t own_len = sizeof own;
  syscall(SYS_getsockname, fd, &own, &own_len);
  if (own_len <= sizeof own.sun_family) {
    const sockaddr_in any{AF_INET, 0, {0}, {0}};
    bind(fd, reinterpret_cast<const sockaddr*>(&any), sizeof any);
  }
  sockaddr_un name{};
  const socklen_t name_len = to_name(port_of(address), name);
  return static_cast<int>(syscall(SYS_connect, fd, &name, name_len));
}

int accept(int fd, sockaddr* address, socklen_t* len) {
  if (!is_double(fd)) return static_cast<int>(syscall(SYS_accept, fd, address, len));
  sockaddr_un name{};
  socklen_t name_len = sizeof name;
  const int accepted = static_cast<int>(syscall(SYS_accept, fd, &name, &name_len));
  if (accepted >= 0) to_address(name, name_len, address, len);
  return accepted;
}

int getsockname(int fd, sockaddr* address, socklen_t* len) noexcept {
  if (!is_double(fd)) return static_cast<int>(syscall(SYS_getsockname, fd, address, len));
  sockaddr_un name{};
  socklen_t name_len = sizeof name;
  if (syscall(SYS_getsockname, fd, &name, &name_len) < 0) return -1;
  return to_address(name, name_len, address, len);
}

int getpeername(int fd, sockaddr* address, socklen_t* len) noexcept {
  if (!is_double(fd)) return static_cast<int>(syscall(SYS_getpeername, fd, address, len));
  sockaddr_un name{};
  socklen_t name_len = sizeof name;
  if (syscall(SYS_getpeername, fd, &name, &name_len) < 0) return -1;
  return to_address(name, name_len, address, len);
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t len) noexcept {
  if (level == IPPROTO_SCTP) return 0;
  return static_cast<int>(syscall(SYS_setsockopt, fd, level, name, value, len));
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* len) noexcept {
  if (level != IPPROTO_SCTP) return static_cast<int>(syscall(SYS_getsockopt, fd, level, name, value, len));
  if (name == SCTP_EVENTS) *len = std::min<socklen_t>(*len, sizeof(sctp_event_subscribe));
  std::memset(value, 0, *len);
  return 0;
}

int sctp_bindx(int fd, sockaddr* addresses, int, int) { return bind(fd, addresses, sizeof(sockaddr_in)); }

int sctp_connectx(int fd, sockaddr* addresses, int, sctp_assoc_t*) {
  return connect(fd, addresses, sizeof(sockaddr_in));
}

int sctp_recvmsg(int fd, void* message, size_t len, sockaddr*, socklen_t*, sctp_sndrcvinfo* info, int* flags) {
  iovec part{message, len};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  const ssize_t n = recvmsg(fd, &header, *flags);
  if (n < 0) return -1;
  *info = {};
  info->sinfo_ppid = htonl(3);
  *flags = header.msg_flags & MSG_TRUNC ? 0 : MSG_EOR;
  return static_cast<int>(n);
}

int sctp_send(int fd, const void* message, size_t len, const sctp_sndrcvinfo*, int flags) {
  return static_cast<int>(send(fd, message, len, flags));
}

}  // extern "C"
