// SPDX-License-Identifier: GPL-3.0-or-later
// LD_PRELOAD library that carries one-to-one SCTP sockets over TCP, for tests, benches and the demonstration on
// kernels without SCTP. Both ends must run with it.
//
// Every message travels behind an eight-octet header of our own, so that message borders, the stream and the
// payload protocol identifier arrive as they were sent:
//
//   0      2      4             8
//   +------+------+-------------+---------
//   |stream| PPID | length      | message     all big-endian; PPID: its low 16 bits (M3UA 3, Diameter 46)
//   +------+------+-------------+---------
//
// Not there: multi-homing (the first address counts), notifications, unordered delivery, more than one
// association per socket. A peer's abort is a TCP reset, its shutdown an end of file.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kHeaderLen = 8, kMessageLenMax = 1 << 20, kFinishMs = 5000 };

int socket(int domain, int type, int protocol) {
  if (protocol != IPPROTO_SCTP) return (int)syscall(SYS_socket, domain, type, protocol);
  const int kind = SOCK_STREAM | (type & (SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int fd = (int)syscall(SYS_socket, domain, kind, IPPROTO_TCP);
  const int on = 1;
  if (fd >= 0) (void)syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int setsockopt(int fd, int level, int name, const void* value, socklen_t len) {
  if (level == IPPROTO_SCTP) return 0;
  return (int)syscall(SYS_setsockopt, fd, level, name, value, len);
}

int getsockopt(int fd, int level, int name, void* value, socklen_t* len) {
  if (level != IPPROTO_SCTP) return (int)syscall(SYS_getsockopt, fd, level, name, value, len);
  if (name == SCTP_EVENTS && *len > sizeof(struct sctp_event_subscribe)) *len = sizeof(struct sctp_event_subscribe);
  memset(value, 0, *len);
  return 0;
}

// The first of the packed addresses, as the socket's own family wants it.
static socklen_t first_address(int fd, const struct sockaddr* packed, struct sockaddr_storage* out) {
  int family = AF_UNSPEC;
  socklen_t len = sizeof family;
  (void)syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
  memset(out, 0, sizeof *out);
  if (packed->sa_family == AF_INET && family == AF_INET6) {
    const struct sockaddr_in* v4 = (const void*)packed;
    struct sockaddr_in6* v6 = (void*)out;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = v4->sin_port;
    if (v4->sin_addr.s_addr != INADDR_ANY) {
      v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xFF;
      memcpy(v6->sin6_addr.s6_addr + 12, &v4->sin_addr, sizeof v4->sin_addr);
    }
    return sizeof *v6;
  }
  len = packed->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
  memcpy(out, packed, len);
  return len;
}

int sctp_bindx(int fd, struct sockaddr* addrs, int count, int flags) {
  (void)count, (void)flags;
  struct sockaddr_storage address;
  const socklen_t len = first_address(fd, addrs, &address);
  return bind(fd, (struct sockaddr*)&address, len);
}

int sctp_connectx(int fd, struct sockaddr* addrs, int count, sctp_assoc_t* id) {
  (void)count;
  struct sockaddr_storage address;
  const socklen_t len = first_address(fd, addrs, &address);
  if (id) *id = 1;
  return connect(fd, (struct sockaddr*)&address, len);
}

static int one_address(int fd, struct sockaddr** out, int (*name)(int, struct sockaddr*, socklen_t*)) {
  struct sockaddr_storage* address = calloc(1, sizeof *address);
  socklen_t len = sizeof *address;
  if (!address) return -1;
  if (name(fd, (struct sockaddr*)address, &len) < 0) {
    free(address);
    return -1;
  }
  *out = (struct sockaddr*)address;
  return 1;
}

int sctp_getpaddrs(int fd, sctp_assoc_t id, struct sockaddr** out) {
  (void)id;
  return one_address(fd, out, getpeername);
}
int sctp_getladdrs(int fd, sctp_assoc_t id, struct sockaddr** out) {
  (void)id;
  return one_address(fd, out, getsockname);
}
int sctp_freepaddrs(struct sockaddr* addrs) {
  free(addrs);
  return 0;
}
int sctp_freeladdrs(struct sockaddr* addrs) {
  free(addrs);
  return 0;
}

static int wait_until(int fd, short event) {
  struct pollfd p = {.fd = fd, .events = event};
  const int rc = poll(&p, 1, kFinishMs);
  if (rc == 0) errno = ETIMEDOUT;
  return rc > 0 ? 0 : -1;
}

// The header, left in the queue. 1 when whole, 0 at the end of the connection, -1 with errno otherwise.
static int peek_header(int fd, uint8_t* header) {
  for (;;) {
    const ssize_t n = recv(fd, header, kHeaderLen, MSG_PEEK);
    if (n == kHeaderLen) return 1;
    if (n <= 0) return (int)n;
    // Part of a header: the rest was sent in the same call and is on its way.
    if (wait_until(fd, POLLIN)) return -1;
    usleep(50);
  }
}

static void fill_info(struct sctp_sndrcvinfo* info, const uint8_t* header) {
  if (!info) return;
  memset(info, 0, sizeof *info);
  info->sinfo_stream = (uint16_t)(header[0] << 8 | header[1]);
  info->sinfo_ppid = htonl((uint32_t)header[2] << 8 | header[3]);
  info->sinfo_assoc_id = 1;
}

static size_t length_of(const uint8_t* header) {
  return (size_t)header[4] << 24 | (size_t)header[5] << 16 | (size_t)header[6] << 8 | header[7];
}

// The first octets of the next message, left in the queue.
static int peek_message(int fd, void* msg, size_t len, struct sctp_sndrcvinfo* info, int* flags) {
  uint8_t header[kHeaderLen];
  struct iovec parts[2] = {{header, kHeaderLen}, {msg, len}};
  for (;;) {
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    const ssize_t n = recvmsg(fd, &m, MSG_PEEK);
    if (n <= 0) return (int)n;
    const size_t want = n < kHeaderLen ? len : length_of(header) < len ? length_of(header) : len;
    if (n >= (ssize_t)(kHeaderLen + want)) {
      fill_info(info, header);
      *flags = 0;
      return (int)want;
    }
    usleep(50);
  }
}

int sctp_recvmsg(int fd, void* msg, size_t len, struct sockaddr* from, socklen_t* from_len,
                 struct sctp_sndrcvinfo* info, int* flags) {
  if (flags && *flags & MSG_PEEK) return peek_message(fd, msg, len, info, flags);
  uint8_t header[kHeaderLen];
  const int whole = peek_header(fd, header);
  if (whole <= 0) return whole;
  const size_t want = length_of(header);
  if (want > len || want > kMessageLenMax) {
    errno = EMSGSIZE;
    return -1;
  }
  size_t got = 0;
  while (got < kHeaderLen + want) {
    struct iovec parts[2] = {{header + got, got < kHeaderLen ? kHeaderLen - got : 0}, {msg, want}};
    if (got > kHeaderLen) parts[1] = (struct iovec){(uint8_t*)msg + (got - kHeaderLen), want + kHeaderLen - got};
    const ssize_t n = readv(fd, parts, 2);
    if (n == 0) return 0;
    if (n < 0 && errno != EAGAIN && errno != EINTR) return -1;
    if (n < 0 && wait_until(fd, POLLIN)) return -1;
    if (n > 0) got += (size_t)n;
  }
  if (from && from_len) (void)getpeername(fd, from, from_len);
  fill_info(info, header);
  if (flags) *flags = MSG_EOR;
  return (int)want;
}

// A whole message or nothing, as SCTP takes it.
static int send_message(int fd, const void* msg, size_t len, uint32_t ppid, uint16_t stream, int flags) {
  const uint32_t id = ntohl(ppid);
  const uint8_t header[kHeaderLen] = {(uint8_t)(stream >> 8), (uint8_t)stream,      (uint8_t)(id >> 8),  (uint8_t)id,
                                      (uint8_t)(len >> 24),   (uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len};
  size_t done = 0;
  while (done < kHeaderLen + len) {
    struct iovec parts[2] = {{(void*)(header + done), done < kHeaderLen ? kHeaderLen - done : 0}, {(void*)msg, len}};
    if (done >= kHeaderLen) {
      parts[0] = (struct iovec){NULL, 0};
      parts[1] = (struct iovec){(uint8_t*)msg + (done - kHeaderLen), len + kHeaderLen - done};
    }
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    const ssize_t n = sendmsg(fd, &m, flags | MSG_NOSIGNAL);
    if (n < 0 && (done == 0 || (errno != EAGAIN && errno != EINTR))) return -1;
    if (n < 0 && wait_until(fd, POLLOUT)) return -1;
    if (n > 0) done += (size_t)n;
  }
  return (int)len;
}

int sctp_send(int fd, const void* msg, size_t len, const struct sctp_sndrcvinfo* info, int flags) {
  return send_message(fd, msg, len, info ? info->sinfo_ppid : 0, info ? info->sinfo_stream : 0, flags);
}

int sctp_sendmsg(int fd, const void* msg, size_t len, struct sockaddr* to, socklen_t to_len, uint32_t ppid,
                 uint32_t flags, uint16_t stream, uint32_t lifetime, uint32_t context) {
  (void)to, (void)to_len, (void)flags, (void)lifetime, (void)context;
  return send_message(fd, msg, len, ppid, stream, 0);
}
