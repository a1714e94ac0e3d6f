// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <set>

namespace eir::test {

/// A TCP port of the loopback address that nothing listens on now; each time another one. Threads: one.
inline uint16_t free_port() {
  static std::set<uint16_t> given;
  for (;;) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof at;
    ::bind(fd, reinterpret_cast<sockaddr*>(&at), len);
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &len);
    ::close(fd);
    if (given.insert(ntohs(at.sin_port)).second) return ntohs(at.sin_port);
  }
}

}  // namespace eir::test
