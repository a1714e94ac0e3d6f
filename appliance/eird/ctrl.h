// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/config/node_config.h"

struct ctrl_handle;

namespace eir::appliance {

class Node;

/// Installs the variables of the CTRL interface, each answering one line of JSON:
/// `eir.summary`, `eir.lists`, `eir.decisions`, `eir.alarms`, `eir.commit`, `diameter.peers`,
/// `diameter.peer.NAME`, `sccp.addresses`, and `eir.check.IMEI[.sv.NN][.imsi.I][.msisdn.M][.gt.D]`.
void install_ctrl(Node& node);
/// Listens; null if that fails.
ctrl_handle* open_ctrl(const Endpoint& endpoint);

}  // namespace eir::appliance
