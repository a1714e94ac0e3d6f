// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/control.h"

#include <fmt/format.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace eir::appliance::cdbd {
namespace {

/// "cdbctl:NAME" of the process at the other end.
std::string name_of(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return "cdbctl:unknown";
  char buffer[4096];
  passwd entry{};
  passwd* found = nullptr;
  getpwuid_r(peer.uid, &entry, buffer, sizeof buffer, &found);
  return fmt::format("cdbctl:{}", found ? std::string(found->pw_name) : std::to_string(peer.uid));
}

}  // namespace

base::Result<std::unique_ptr<Control>, base::Problem> Control::listen(const std::string& path,
                                                                      registry::Registry& registry,
                                                                      sync::epp::TransactionIds& transactions,
                                                                      Words words) {
  constexpr int kBacklog = 16;
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) return base::problem("control socket", "the path is too long");
  std::memcpy(at.sun_path, path.data(), path.size());
  base::Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ::unlink(path.c_str());
  // The mode of the descriptor becomes that of the socket in the file system: there is no moment of another.
  if (!fd || ::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0 ||
      ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0 || ::listen(fd.get(), kBacklog) != 0)
    return base::problem("control socket", fmt::format("cannot listen at {}: {}", path, std::strerror(errno)));
  std::unique_ptr<Control> control(new Control(path, std::move(fd), registry, transactions, std::move(words)));
  if (control->stop_.fd() < 0) return base::problem("control socket", "no descriptor is left");
  control->thread_ = std::thread([raw = control.get()] { raw->accept_all(); });
  return control;
}

Control::~Control() {
  stop_.set();
  if (thread_.joinable()) thread_.join();
  ::unlink(path_.c_str());
}

void Control::join_ended() {
  connections_.remove_if([](Connection& c) {
    if (!c.over.load()) return false;
    c.thread.join();
    return true;
  });
}

void Control::accept_all() {
  for (;;) {
    pollfd ready[] = {{socket_.get(), POLLIN, 0}, {stop_.fd(), POLLIN, 0}};
    const int n = ::poll(ready, 2, -1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || (ready[1].revents & POLLIN) || (ready[0].revents & (POLLERR | POLLHUP | POLLNVAL))) break;
    base::Fd fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    join_ended();
    if (fd) admit(std::move(fd));
  }
  for (Connection& c : connections_) {
    ::shutdown(c.fd.get(), SHUT_RDWR);
    c.thread.join();
  }
  connections_.clear();
}

void Control::admit(base::Fd fd) {
  if (connections_.size() >= kConnectionsMax) {
    refused_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const timeval silence{kSilence.count(), 0};
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof silence);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &silence, sizeof silence);
  Connection& c = connections_.emplace_back();
  c.fd = std::move(fd);
  c.thread = std::thread([this, &c] {
    serve(c.fd.get());
    ::shutdown(c.fd.get(), SHUT_RDWR);
    c.over.store(true);
  });
}

void Control::serve(int fd) {
  const std::string who = name_of(fd);
  while (const auto frame = receive_frame(fd))
    if (!send_frame(fd, encode(answer(who, *frame)))) return;
}

ControlReply Control::answer(const std::string& who, std::string_view octets) {
  auto question = decode_question(octets);
  if (!question) return {false, {}, "cdbd does not understand this: is cdbctl of another release?"};
  if (!question->command) {
    auto text = words_(question->words);
    if (!text) return {false, {}, "cdbd does not know this: is cdbctl of another release?"};
    return {true, {}, std::move(*text)};
  }
  registry::Request rq;
  rq.user_name = who;
  rq.role = registry::Role::kAdministrator;
  rq.address = "local";
  rq.sv_trid = transactions_.next();
  rq.cl_trid = rq.sv_trid;
  return {true, registry_.execute(std::move(rq), std::move(*question->command)), {}};
}

}  // namespace eir::appliance::cdbd
