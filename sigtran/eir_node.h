// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/decision/question.h"
#include "sigtran/map/config.h"
#include "sigtran/map/counters.h"
#include "sigtran/mtp/transfer.h"
#include "sigtran/sccp/config.h"
#include "sigtran/sccp/counters.h"
#include "sigtran/sccp/remote.h"
#include "sigtran/tcap/counters.h"

namespace eir::sigtran {

/// The EIR on the SS7 side: connectionless SCCP, TCAP and MAP CheckIMEI between an MTP and the one
/// decision function. Octets of an MTP-TRANSFER in, octets out, within the call.
///
/// Threads: one per SIGTRAN thread, all calls from it; the counters may be read from any thread.
/// Allocates: when made and reconfigured, never for a question. Port, answerer and clock outlive it.
class EirNode final : public mtp::TransferUser {
 public:
  struct Config {
    sccp::Config sccp;
    map::Config map;
    friend bool operator==(const Config&, const Config&) = default;
  };

  static base::Result<void, base::Problem> validate(const Config& config);
  /// Validates, then builds. The node is no user of MTP until it is attached there.
  static base::Result<std::unique_ptr<EirNode>, base::Problem> make(mtp::TransferPort& port,
                                                                    decision::Answerer& answerer,
                                                                    const base::Clock& clock, const Config& config);
  ~EirNode() override;

  void on_transfer(mtp::Instance instance, const mtp::RoutingLabel& label, base::Octets user_data) noexcept override;
  void on_destination(mtp::Instance instance, mtp::PointCode pc, bool available) noexcept override;

  /// Gives up reassemblies whose time is over. Call it at least once a second.
  void tick() noexcept;
  /// Validates and swaps the whole configuration; on a problem nothing changes. Token buckets start
  /// full; running reassemblies go on unless their bounds change.
  base::Result<void, base::Problem> reconfigure(const Config& config);
  /// For a clean stop: the subsystem no longer answers subsystem tests, and new dialogues are sent back
  /// with "subsystem failure" where the return option asks for it, so that the network goes elsewhere.
  /// What asks for no return is still answered: no question is left to time out. Opened dialogues go on.
  void stop_new_questions() noexcept;

  const Config& config() const noexcept;
  /// What SSP, SSA, MTP-PAUSE and MTP-RESUME have told of others; in no order. Valid until the next call.
  std::span<const sccp::RemoteSubsystem> remote_subsystems() const noexcept;
  std::span<const sccp::Destination> destinations() const noexcept;
  uint32_t reassemblies_running() const noexcept;

  const sccp::Counters& sccp_counters() const noexcept;
  const tcap::Counters& tcap_counters() const noexcept;
  const map::Counters& map_counters() const noexcept;

 private:
  struct Parts;
  explicit EirNode(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace eir::sigtran
