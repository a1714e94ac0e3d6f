// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "appliance/vty/service.h"
#include "core/base/result.h"
#include "core/decision/settings.h"
#include "core/sightings/journal.h"
#include "diameter/peer/config.h"
#include "sigtran/map/config.h"
#include "sigtran/sccp/config.h"

namespace eir::appliance {

/// What of the answers is written, and where.
struct TransactionLogConfig {
  std::string path;             ///< empty: nothing is written
  bool white = false;           ///< plain white answers too
  bool mask_identities = true;  ///< star the serial number of an IMEI and the middle of IMSI and MSISDN
  uint64_t rotate_octets = 100'000'000;
  unsigned keep = 10;  ///< rotated files kept: PATH.1 is the newest
  friend bool operator==(const TransactionLogConfig&, const TransactionLogConfig&) = default;
};

/// Where it is noted who was seen with which device.
struct SightingsConfig {
  std::string directory;  ///< empty: nothing is noted
  sightings::Limits limits;
  friend bool operator==(const SightingsConfig&, const SightingsConfig&) = default;
};

/// All of our own nodes of one configuration file. libosmovty's and libosmo-sigtran's nodes (log,
/// line vty, cs7) live in those libraries.
struct NodeConfig {
  sigtran::sccp::Config sccp;
  sigtran::map::Config map;
  std::string otid_key_file;  ///< empty: a key of this process alone, made at start
  diameter::peer::ServerConfig diameter;
  decision::Settings settings;
  std::string replica_dir = "/var/lib/turnstile/replica";
  uint64_t overload_rate = 0;  ///< questions/s above which the overload answer is given; 0: no limit
  TransactionLogConfig transaction_log;
  SightingsConfig sightings;
  std::chrono::hours stale_after{48};  ///< without a new version of the centre's; 0: never
  Endpoint ctrl{"127.0.0.1", 4291};
  Endpoint metrics{"127.0.0.1", 9290};
};

/// A node without a Diameter listener runs without Diameter.
inline bool uses_diameter(const NodeConfig& c) { return !c.diameter.listeners.empty(); }

/// Fills in what stands in files of its own: the key of the transaction identities. Reads files.
base::Result<void, base::Problem> read_secrets(NodeConfig& config);

/// What is wrong with it, as far as that can be seen without opening a socket: `where` is the name a
/// draft marked the line under. Reads the certificate and key files.
std::vector<base::Problem> validate(const NodeConfig& config);

}  // namespace eir::appliance
