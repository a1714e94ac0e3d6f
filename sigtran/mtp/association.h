// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sigtran/mtp/backlog.h"
#include "sigtran/mtp/counters.h"
#include "sigtran/mtp/m3ua.h"
#include "sigtran/mtp/ss7.h"

namespace eir::sigtran::mtp {

class Association;

/// Takes what an association received. Threads: the SIGTRAN thread.
class AssociationUser {
 public:
  virtual ~AssociationUser() = default;
  /// DATA, decoded. The views live as long as the call.
  virtual void on_data(Association& from, const m3ua::Data& data) noexcept = 0;
  /// A management message that was found sound. False keeps it from the library.
  virtual bool on_management(Association& from, m3ua::Header header, base::Octets message) noexcept = 0;
};

/// One SCTP association of one configured ASP, at M3UA's level: DATA passes here and the library reads
/// only management messages that were looked at before.
///
/// It stands between the event loop and the library's socket object: it replaces the descriptor's callback
/// and calls the library's own for everything that is the library's (connecting, closing, notifications,
/// management). Threads: the SIGTRAN thread. Allocates: its backlog, when made.
class Association {
 public:
  static constexpr size_t kMessagesPerTurn = 32;  ///< read in one go, so that no association starves another
  /// Management messages taken while the peer reads none of our answers; the library's queue has no bound.
  static constexpr size_t kManagementUnansweredMax = 32;

  /// `index` finds this object again from a descriptor; unique.
  Association(unsigned index, osmo_ss7_asp* asp, AssociationUser& user, Counters& counters);
  Association(const Association&) = delete;
  Association& operator=(const Association&) = delete;
  ~Association();

  osmo_ss7_asp* asp() const { return asp_; }
  size_t backlog_octets() const { return backlog_.octets(); }

  /// Takes over the ASP's present descriptor, if it has one. Again and again harmless.
  void hook();
  /// The association is up: nothing of the old one waits any more.
  void established();
  void released();
  /// The ASP was destroyed by the library: nothing of it is touched any more.
  void forget();

  /// Something waits to be read.
  bool readable() const noexcept;
  /// Gives one encoded message to SCTP, or keeps it until SCTP takes it. False, counted, when it was lost.
  bool send(base::Octets message, bool data) noexcept;

  /// What the layer manager remembers of this ASP; see layer_manager.h.
  struct Manager {
    bool activating = false;  ///< ASP Active was sent, no answer yet
    bool overridden = false;  ///< another ASP took the traffic: RFC 4666 §4.3.4.3
    bool closing = false;     ///< its end was asked for: ASP Inactive was sent
    bool downing = false;     ///< ASP Down was sent
    bool restart = false;     ///< the library's state and the association's differ: begin anew
  } manager;

 private:
  enum class Read : uint8_t { kNothing, kDone, kForLibrary };

  static int on_descriptor(osmo_fd* ofd, unsigned what);
  int on_ready(osmo_fd* ofd, unsigned what);
  bool is_live(const osmo_fd* ofd) const;
  Read read_one(int fd) noexcept;
  void read_data(int fd) noexcept;
  Read read_management(int fd) noexcept;
  ssize_t consume(int fd, bool& whole) noexcept;
  bool writable(int fd) const noexcept;
  /// 1 taken, 0 not now, -1 lost.
  int put(int fd, base::Octets message, bool data) noexcept;
  void flush(int fd) noexcept;

  const unsigned index_;
  osmo_ss7_asp* asp_;
  AssociationUser& user_;
  Counters& counters_;
  osmo_fd* ofd_ = nullptr;
  int (*library_)(osmo_fd*, unsigned) = nullptr;
  Backlog backlog_;
  size_t management_unanswered_ = 0;
  uint16_t data_stream_ = kDataStream;
  bool cut_ = false;  ///< the rest of a message in pieces is still to come

  static constexpr uint16_t kDataStream = 1;  ///< RFC 4666 §1.4.7: stream 0 is for management
};

}  // namespace eir::sigtran::mtp
