// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>

#include "core/base/result.h"
#include "sigtran/mtp/counters.h"
#include "sigtran/mtp/status.h"
#include "sigtran/mtp/transfer.h"

namespace eir::sigtran::mtp {

/// Waiting for SCTP per association, beyond the socket's own buffer; then transfer() refuses.
inline constexpr size_t kBacklogOctetsMax = 256 * 1024;
/// Configured ASPs that are served; more are left alone and counted.
inline constexpr size_t kAssociationsMax = 64;
/// Destinations under DUNA that are remembered.
inline constexpr size_t kDestinationsMax = 256;
/// An MTP user's message, so that M3UA DATA with every parameter of ours stays below it. The longest LUDT
/// (ITU-T Q.713 §4.20) fits.
inline constexpr size_t kUserDataMax = 4096;

/// The binding to libosmo-sigtran: its configuration nodes, its ASP and AS state machines, its M3UA
/// management; M3UA DATA (RFC 4666 §3.3.1) in both directions is our own.
///
/// The library's own DATA path loses a message on EAGAIN, has no bound on its queue, forgets the network
/// indicator, holds no message above 1.5 kB and stops the process on some malformed parameters. So DATA is
/// read from and written to the association here, and management messages are looked at before the library
/// sees them.
///
/// Order of calls: 1. init(), 2. install_vty(), 3. the constructor, 4. the configuration is read,
/// 5. attach(), 6. the loop turns osmo_select_main(), 7. stop(), 8. the loop turns until stopped().
/// Threads: all of it in the one thread that owns osmo_select_main(); counters may be read from any.
/// One object per process: the library's state is global.
class Binding final : public TransferPort {
 public:
  Binding();
  Binding(const Binding&) = delete;
  Binding& operator=(const Binding&) = delete;
  ~Binding() override;

  /// Starts the library. REQUIRES: osmo_init_logging2() was called. Problem: it refused.
  static base::Result<void, base::Problem> init();

  /// Installs the `cs7` nodes: `asp`, `as`, `listen`, `route-table`, and `show cs7`. REQUIRES: init(),
  /// vty_init() with osmo_ss7_vty_go_parent() as its go_parent_cb, or one that calls it. `talloc_context`
  /// outlives the VTY.
  static void install_vty(void* talloc_context);

  /// Takes over what was configured and begins to answer. An `asp` without `role` is an ASP that connects,
  /// as in all programs of the library's family. What has no route, or one whose
  /// AS is not active, goes to the MSC behind us whose routing key has the point code, else through an active AS of
  /// our own. What is
  /// configured later, over the VTY, is taken over within kReviewPeriod. Both references must outlive this object.
  /// Without any instance there is nothing to do, and all is well. Problem: an instance without a point code, or with
  /// one that is not 14 bits.
  base::Result<void, base::Problem> attach(TransferUser& user, StatusListener& listener);
  static constexpr std::chrono::milliseconds kReviewPeriod{500};

  /// TransferPort. Chooses the AS by the route to the DPC, the ASP by SLS among the active ones, and gives
  /// the message to SCTP at once or to the association's backlog. Allocates nothing.
  bool transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept override;

  /// Graceful end: listeners closed; every ASP inactive (RFC 4666 §4.3.4.4), then down (§4.3.4.2), then its
  /// association closed; as SG, associations closed once their backlog is gone. Ends after `bound` in any
  /// case. on_transfer still comes, and transfer() still sends, until the peer acknowledged ASP Inactive.
  void stop(std::chrono::milliseconds bound = kStopBound);
  static constexpr std::chrono::milliseconds kStopBound{3000};
  bool stopped() const noexcept;

  /// For `show`. Allocates.
  Status status() const;
  /// The point code in the instance's format, "0.0.2".
  std::string format(Instance instance, PointCode pc) const;

  const Counters& counters() const noexcept;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::sigtran::mtp
