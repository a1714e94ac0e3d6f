// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/association.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/sctp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "sigtran/mtp/binding.h"

namespace eir::sigtran::mtp {

namespace {

/// Finds an association from its descriptor's priv_nr, which the library leaves alone.
std::array<Association*, kAssociationsMax> registry{};

/// One message. Longer than any DATA of use; what is longer comes in pieces and is discarded.
std::array<uint8_t, 65536> receive_buffer;
std::array<uint8_t, kUserDataMax + m3ua::kDataOverhead> send_buffer;

}  // namespace

Association::Association(unsigned index, osmo_ss7_asp* asp, AssociationUser& user, Counters& counters)
    : index_(index), asp_(asp), user_(user), counters_(counters), backlog_(kBacklogOctetsMax) {
  registry[index_] = this;
}

Association::~Association() {
  if (ofd_ && asp_ && ofd_ == ss7::descriptor_of(asp_) && library_) ofd_->cb = library_;
  registry[index_] = nullptr;
}

void Association::hook() {
  osmo_fd* ofd = asp_ ? ss7::descriptor_of(asp_) : nullptr;
  ofd_ = ofd;
  if (!ofd || ofd->cb == &Association::on_descriptor) return;
  library_ = ofd->cb;
  ofd->cb = &Association::on_descriptor;
  ofd->priv_nr = index_;
}

void Association::established() {
  hook();
  released();
  ofd_ = ss7::descriptor_of(asp_);
  if (!ofd_) return;
  // The library leaves accepted sockets blocking: a peer that does not read would stop the whole loop.
  const int flags = fcntl(ofd_->fd, F_GETFL);
  if (flags >= 0) (void)fcntl(ofd_->fd, F_SETFL, flags | O_NONBLOCK);
  data_stream_ = kDataStream;
}

void Association::released() {
  counters_.backlog_lost.add(backlog_.messages());
  backlog_.clear();
  cut_ = false;
  management_unanswered_ = 0;
  manager = Manager{false, false, manager.closing, manager.downing, false};
  if (asp_->cfg.is_server) ofd_ = nullptr;
}

void Association::forget() {
  asp_ = nullptr;
  ofd_ = nullptr;
}

bool Association::is_live(const osmo_fd* ofd) const { return asp_ && ofd_ == ofd && ss7::is_connected(asp_); }

int Association::on_descriptor(osmo_fd* ofd, unsigned what) {
  Association* self = ofd->priv_nr < registry.size() ? registry[ofd->priv_nr] : nullptr;
  return self ? self->on_ready(ofd, what) : 0;
}

int Association::on_ready(osmo_fd* ofd, unsigned what) {
  if (!is_live(ofd)) return library_(ofd, what);
  if (what & OSMO_FD_WRITE) {
    management_unanswered_ = 0;
    flush(ofd->fd);
  }
  if (what & OSMO_FD_READ) {
    for (size_t i = 0; i < kMessagesPerTurn; ++i) {
      const Read read = read_one(ofd->fd);
      if (read == Read::kNothing) break;
      if (read == Read::kForLibrary) library_(ofd, OSMO_FD_READ);
      // The library may have closed the association and freed the descriptor.
      if (!is_live(ofd)) return -EBADF;
    }
  }
  if (what & OSMO_FD_WRITE) {
    library_(ofd, OSMO_FD_WRITE);
    if (!is_live(ofd)) return -EBADF;
  }
  if (!backlog_.empty()) osmo_fd_write_enable(ofd);
  return 0;
}

ssize_t Association::consume(int fd, bool& whole) noexcept {
  sctp_sndrcvinfo info{};
  int flags = MSG_DONTWAIT;
  const ssize_t n = sctp_recvmsg(fd, receive_buffer.data(), receive_buffer.size(), nullptr, nullptr, &info, &flags);
  whole = n > 0 && (flags & MSG_EOR);
  return n;
}

Association::Read Association::read_one(int fd) noexcept {
  std::array<uint8_t, m3ua::kHeaderLen> head{};
  sctp_sndrcvinfo info{};
  int flags = MSG_PEEK | MSG_DONTWAIT;
  const ssize_t n = sctp_recvmsg(fd, head.data(), head.size(), nullptr, nullptr, &info, &flags);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return Read::kNothing;
  if (n <= 0 || (flags & MSG_NOTIFICATION)) return Read::kForLibrary;
  if (cut_) {
    bool whole = false;
    if (consume(fd, whole) > 0 && whole) cut_ = false;
    return Read::kDone;
  }
  if (n < static_cast<ssize_t>(head.size())) {
    bool whole = false;
    consume(fd, whole);
    counters_.control_screened.add();
    return Read::kDone;
  }
  if (head[0] == m3ua::kVersion && head[2] == m3ua::kClassTransfer && head[3] == m3ua::kTypeData) {
    read_data(fd);
    return Read::kDone;
  }
  return read_management(fd);
}

void Association::read_data(int fd) noexcept {
  bool whole = false;
  const ssize_t n = consume(fd, whole);
  if (n <= 0) return;
  if (!whole) {
    cut_ = true;
    counters_.messages_cut.add();
    return;
  }
  const auto data = m3ua::decode_data(base::Octets(receive_buffer.data(), static_cast<size_t>(n)));
  if (data) {
    user_.on_data(*this, *data);
    return;
  }
  counters_.data_malformed.add();
  std::array<uint8_t, 32> error{};
  base::ByteWriter out(error);
  if (m3ua::encode_error(m3ua::ErrorCode::kParameterFieldError, out)) send(out.written(), false);
}

Association::Read Association::read_management(int fd) noexcept {
  std::array<uint8_t, m3ua::kManagementOctetsMax + 1> message{};
  sctp_sndrcvinfo info{};
  int flags = MSG_PEEK | MSG_DONTWAIT;
  const ssize_t n = sctp_recvmsg(fd, message.data(), message.size(), nullptr, nullptr, &info, &flags);
  if (n <= 0) return Read::kForLibrary;
  const base::Octets octets(message.data(), static_cast<size_t>(n));
  const auto header = m3ua::check_management(octets);
  bool pass = header.has_value();
  if (!pass) counters_.control_screened.add();
  if (pass && !writable(fd) && ++management_unanswered_ > kManagementUnansweredMax) {
    counters_.management_over_bound.add();
    osmo_fd_write_enable(ofd_);
    pass = false;
  }
  if (pass && user_.on_management(*this, *header, octets)) return Read::kForLibrary;
  bool whole = false;
  if (consume(fd, whole) > 0 && !whole) cut_ = true;
  return Read::kDone;
}

bool Association::writable(int fd) const noexcept {
  pollfd p{fd, POLLOUT, 0};
  return backlog_.empty() && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

bool Association::readable() const noexcept {
  if (!ofd_) return false;
  pollfd p{ofd_->fd, POLLIN, 0};
  return poll(&p, 1, 0) == 1 && (p.revents & POLLIN);
}

int Association::put(int fd, base::Octets message, bool data) noexcept {
  sctp_sndrcvinfo info{};
  info.sinfo_ppid = htonl(m3ua::kSctpPayloadProtocol);
  info.sinfo_stream = data ? data_stream_ : 0;
  const int n = sctp_send(fd, message.data(), message.size(), &info, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n >= 0) return 1;
  if (errno == EAGAIN || errno == EINTR || errno == ENOBUFS || errno == ENOMEM) return 0;
  if (errno == EINVAL && data && data_stream_ != 0) {
    // The peer allows one stream only.
    data_stream_ = 0;
    return put(fd, message, data);
  }
  counters_.send_failed.add();
  return -1;
}

bool Association::send(base::Octets message, bool data) noexcept {
  if (!asp_ || !ofd_ || !ss7::is_connected(asp_)) {
    counters_.send_failed.add();
    return false;
  }
  if (backlog_.empty()) {
    const int taken = put(ofd_->fd, message, data);
    if (taken != 0) {
      if (taken > 0 && data) counters_.data_sent.add();
      return taken > 0;
    }
  }
  if (!backlog_.push(message)) {
    counters_.backlog_full.add();
    return false;
  }
  counters_.send_deferred.add();
  osmo_fd_write_enable(ofd_);
  return true;
}

void Association::flush(int fd) noexcept {
  for (size_t i = 0; i < kMessagesPerTurn && !backlog_.empty(); ++i) {
    const size_t len = backlog_.front(send_buffer);
    const base::Octets message(send_buffer.data(), len);
    const bool data = len > 2 && message[2] == m3ua::kClassTransfer;
    const int taken = put(fd, message, data);
    if (taken == 0) return;
    if (taken > 0 && data) counters_.data_sent.add();
    backlog_.pop();
  }
}

}  // namespace eir::sigtran::mtp
