// SPDX-License-Identifier: GPL-3.0-or-later
// A console connection's descriptor is closed once. libosmovty alone closes it twice, and in a process with
// threads the second close hits whatever was given the number meanwhile.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "appliance/config/load.h"
#include "appliance/vty/command.h"

extern "C" {
#include <osmocom/core/select.h>
#include <osmocom/vty/telnet_interface.h>
}

namespace {
int closed = 0;      ///< descriptors closed
int closed_bad = 0;  ///< closes of what was not open
}  // namespace

/// Stands in for the C library's in this program, to see what the libraries close.
extern "C" int close(int fd) {
  const auto rc = static_cast<int>(syscall(SYS_close, fd));
  if (rc == 0)
    ++closed;
  else if (errno == EBADF)
    ++closed_bad;
  return rc;
}

namespace eir::appliance {
namespace {

int connected_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0 ? fd : -1;
}

void turn_loop() {
  for (int i = 0; i < 10; ++i) {
    osmo_select_main(1);
    usleep(1000);
  }
}

TEST(Console, ADescriptorIsClosedOnceHoweverTheConnectionEnds) {
  ASSERT_TRUE(init_console("test"));
  uint16_t port = 20000;
  while (port < 32000 && telnet_init_dynif(nullptr, nullptr, "127.0.0.1", port) < 0) ++port;
  for (const std::string said : {"", "show version\r\n", "exit\r\n", "show version\r\nexit\r\n"}) {
    const int fd = connected_to(port);
    ASSERT_GE(fd, 0);
    turn_loop();
    closed = closed_bad = 0;
    ASSERT_EQ(write(fd, said.data(), said.size()), static_cast<ssize_t>(said.size()));
    turn_loop();
    close(fd);
    turn_loop();
    EXPECT_EQ(closed, 2) << said;  // its end and ours
    EXPECT_EQ(closed_bad, 0) << said;
  }
}

}  // namespace
}  // namespace eir::appliance
