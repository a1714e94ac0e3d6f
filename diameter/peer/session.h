// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "diameter/codec/output.h"
#include "diameter/peer/base_messages.h"
#include "diameter/peer/runtime.h"
#include "diameter/peer/server.h"

namespace eir::diameter::peer {

class Desk;
struct Peer;

inline constexpr std::chrono::seconds kHoldTime{2};        ///< a second connection's CEA, at most
inline constexpr std::chrono::seconds kDisconnectTime{2};  ///< for the DPA to our DPR
inline constexpr std::chrono::seconds kLeaveTime{1};       ///< for a peer to close after our last word

/// What a session knows of its connection.
struct LineInfo {
  Transport transport = Transport::kTcp;
  std::string remote;  ///< "192.0.2.1:40000"
  IpAddress remote_address;
  std::vector<IpAddress> local;  ///< for Host-IP-Address
  std::string tls;               ///< protocol and cipher, or empty
};

/// The connection as its session sees it.
class Line {
 public:
  virtual ~Line() = default;
  /// Something of the session changed from outside its own receive() and tick(): output waits, reading may
  /// go on, or it is over. Must not call back into the session at once.
  virtual void wake() noexcept = 0;
  /// False when the peer showed a certificate that names other hosts.
  virtual bool may_speak_for(std::string_view origin_host) const = 0;
};

/// One connection's state machine from its CER on: RFC 6733 §5.6 for a node that only listens, RFC 3539
/// §3.4.1 for the watchdog. No input or output, no clock: messages and moments come in, octets gather in
/// output(). Threads: its desk's.
///
///   state          event                     does                            next
///   kWaitCer       CER, admitted             CEA 2001                        kOpen
///                  CER, peer connected       DWR on the old connection       kHeld
///                  CER, refused              CEA or error                    kLeaving
///                  anything else                                             kOver
///   kHeld          old one closed, no DWA    CEA 2001                        kOpen
///                  old one's DWA             CEA 5012                        kLeaving
///   kOpen          request                   answer                          kOpen
///                  DPR                       DPA                             kLeaving
///                  we disconnect             DPR                             kDisconnecting
///                  watchdog twice silent                                     kOver
///   kDisconnecting request                   answer                          kDisconnecting
///                  DPA, or kDisconnectTime                                   kLeaving, kOver
///   kLeaving       output sent, peer closes, or kLeaveTime                   kOver
class Session {
 public:
  enum class State : uint8_t { kWaitCer, kHeld, kOpen, kDisconnecting, kLeaving, kOver };

  /// Desk and line must outlive it.
  Session(Desk& desk, Line& line, LineInfo info);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// One whole message. True when it was an application request.
  bool receive(Octets message, Moment now);
  void tick(Moment now);
  /// DPR with this Disconnect-Cause; nothing where there is nobody to say it to.
  void disconnect(uint32_t cause, Moment now);
  /// The connection is gone, or its framing broken.
  void end();

  State state() const { return state_; }
  bool open() const { return state_ == State::kOpen; }
  /// Messages may be handed in: while held and after the end they may not.
  bool listening() const {
    return state_ == State::kWaitCer || state_ == State::kOpen || state_ == State::kDisconnecting;
  }
  bool suspect() const { return suspect_; }
  codec::Output& output() { return out_; }
  const LineInfo& info() const { return info_; }
  const Capabilities& capabilities() const { return caps_; }
  Peer* peer() const { return peer_; }

  // For the desk: the rule of the second connection.
  void attach(Peer* peer) { peer_ = peer; }
  void hold(Moment now);       ///< waits for the other one
  void challenge(Moment now);  ///< sends DWR at once; its answer goes to Desk::proved_alive()
  void let_in();               ///< CEA 2001; REQUIRES: state kWaitCer or kHeld
  void turn_away(codec::ResultCode code);
  Line& line() { return line_; }

 private:
  void on_cer(Octets message, Moment now);
  void on_dwr(Octets message);
  void on_dpr(Octets message);
  void on_answer(const codec::Header& header, Moment now);
  bool on_base_request(const codec::Header& header, Octets message, Moment now);
  void on_question(Octets message, Moment now);
  bool grammatical(Octets message);
  void set_watchdog(Moment now);
  void send_dwr(Moment now);
  void leave(std::chrono::seconds at_most);

  Desk& desk_;
  Line& line_;
  LineInfo info_;
  Capabilities caps_;
  Peer* peer_ = nullptr;
  State state_ = State::kWaitCer;
  codec::Output out_;
  std::vector<uint8_t> cer_;        ///< kept while held
  Moment now_{};                    ///< of the event at hand
  base::MonotonicTime deadline_{};  ///< of kHeld, kDisconnecting, kLeaving
  base::MonotonicTime watchdog_due_{};
  bool watchdog_pending_ = false;
  bool suspect_ = false;
  bool challenged_ = false;
  uint32_t next_id_;
  uint32_t dwr_id_ = 0;
  uint32_t dpr_id_ = 0;
};

}  // namespace eir::diameter::peer
