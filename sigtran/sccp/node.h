// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "core/base/clock.h"
#include "sigtran/mtp/transfer.h"
#include "sigtran/sccp/address.h"
#include "sigtran/sccp/back_writer.h"
#include "sigtran/sccp/config.h"
#include "sigtran/sccp/counters.h"
#include "sigtran/sccp/management.h"
#include "sigtran/sccp/message.h"
#include "sigtran/sccp/reassembly.h"
#include "sigtran/sccp/remote.h"
#include "sigtran/sccp/screening.h"

namespace eir::sigtran::sccp {

/// The signalling information field holds 272 octets, four of them the routing label. ITU-T Q.704 §2.3.8.
inline constexpr size_t kMtpUserDataMax = 268;
/// Octets of user data that fit one UDT, XUDT or LUDT of ours, whatever the addresses.
inline constexpr size_t kUserDataMax = kMtpUserDataMax - 11 - 2 * (1 + kAddressOctetsMax) - 2;

/// N-UNITDATA indication, ITU-T Q.711 §6.2.2.2, and what screening has found. Views live for the call.
struct Unitdata {
  base::Octets data;
  mtp::PointCode opc{};
  identity::Digits calling_gt;    ///< empty where there is none of decimal digits
  bool refused = false;           ///< screening says no: refuse the dialogue
  bool no_new_dialogues = false;  ///< the node is stopping, and the sender wants to hear of it
};

enum class Disposition : uint8_t {
  kNone,      ///< nothing is answered
  kAnswer,    ///< the writer holds the answer
  kNotTaken,  ///< not taken: send it back with "subsystem failure"
};

/// A user of SCCP: one subsystem.
class User {
 public:
  virtual ~User() = default;
  /// Answers within the call, at most kUserDataMax octets, written into `answer`.
  virtual Disposition on_unitdata(const Unitdata& in, BackWriter& answer) noexcept = 0;
};

/// Connectionless SCCP of one signalling point per instance, with one subsystem and SCCP management.
/// ITU-T Q.711 to Q.714. Final destination only: nothing is relayed.
///
/// Threads: the SIGTRAN thread. Allocates: when made and reconfigured. Port, user and clock outlive it.
class Node {
 public:
  /// REQUIRES: validate(config).
  Node(mtp::TransferPort& port, User& user, const base::Clock& clock, const Config& config);
  void on_transfer(mtp::Instance instance, const mtp::RoutingLabel& label, base::Octets user_data) noexcept;
  void on_destination(mtp::Instance instance, mtp::PointCode pc, bool available) noexcept;
  void tick() noexcept;
  /// REQUIRES: validate(config).
  void reconfigure(const Config& config);
  void stop_new_questions() noexcept { stopping_ = true; }

  const Config& config() const { return config_; }
  const Counters& counters() const { return counters_; }
  const RemoteStates& remote() const { return remote_; }
  uint32_t reassemblies_running() const { return reassembler_.running(); }

 private:
  /// One message with what has been decoded of it.
  struct In {
    mtp::Instance instance;
    const mtp::RoutingLabel& label;
    const Message& m;
    Address called;
    Address calling;
  };
  enum class Route : uint8_t { kUser, kManagement, kNoTranslationNature, kNoTranslationAddress, kUnequipped };

  void count_received(MessageType type) noexcept;
  bool decode_addresses(In& in) noexcept;
  Route route(const In& in) const noexcept;
  const LocalGt* local_gt(const Address& called) const noexcept;
  void reassemble(const In& in) noexcept;
  void to_user(const In& in, base::Octets data, bool refused) noexcept;
  Admission screen(const In& in, Route to, bool later_segment) noexcept;
  Admission take_token(const In& in) noexcept;
  bool admit(Admission admission, bool can_abort) noexcept;
  void on_management(const In& in) noexcept;
  OwnAddress answer_calling(const In& in) const noexcept;
  void send(const In& in, BackWriter& w, MessageType type, uint8_t second, base::Octets calling,
            base::Counter& sent) noexcept;
  void send_back(const In& in, ReturnCause cause) noexcept;
  const InstanceConfig* instance(mtp::Instance i) const noexcept;

  mtp::TransferPort& port_;
  User& user_;
  const base::Clock& clock_;
  Config config_;
  Counters counters_;
  Screener screener_;
  Reassembler reassembler_;
  RemoteStates remote_;
  bool stopping_ = false;
  /// For service messages, which carry back up to a whole LUDT.
  static constexpr size_t kServiceOctetsMax = kReassemblyOctetsLimit + 128;
  std::array<uint8_t, kServiceOctetsMax> service_octets_;
};

}  // namespace eir::sigtran::sccp
