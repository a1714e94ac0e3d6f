// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/bytes.h"

namespace eir::sigtran::mtp {

/// ITU-T Q.704 §14.2: 14 bits, shown as 3-8-3.
enum class PointCode : uint32_t {};
constexpr uint32_t number(PointCode pc) { return static_cast<uint32_t>(pc); }
inline constexpr uint32_t kPointCodeMax = 0x3FFF;

/// The routing label of an MTP-TRANSFER, with the network indicator of the service information octet.
/// ITU-T Q.704 §2.2, §14.2; RFC 4666 §3.3.1 (Protocol Data).
struct RoutingLabel {
  PointCode opc;
  PointCode dpc;
  uint8_t ni;   ///< network indicator, 0 to 3
  uint8_t sls;  ///< signalling link selection, 0 to 15
};

/// One `cs7 instance`: one own point code, one set of application servers.
using Instance = uint32_t;

/// What an MTP user asks of MTP. Threads: the SIGTRAN thread only.
class TransferPort {
 public:
  virtual ~TransferPort() = default;
  /// MTP-TRANSFER request for service indicator 3. Data is copied. False when it was not sent: no route,
  /// or the bound of the association's send queue; counted there, nothing to undo here.
  virtual bool transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept = 0;
};

/// What MTP tells its user. Threads: the SIGTRAN thread only; views live as long as the call.
class TransferUser {
 public:
  virtual ~TransferUser() = default;
  /// MTP-TRANSFER indication, service indicator 3.
  virtual void on_transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept = 0;
  /// MTP-PAUSE (available false) and MTP-RESUME, from M3UA DUNA and DAVA.
  virtual void on_destination(Instance instance, PointCode pc, bool available) noexcept = 0;
};

}  // namespace eir::sigtran::mtp
