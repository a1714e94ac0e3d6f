// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

#include "appliance/report/check.h"

namespace eir::appliance {

class Node;

/// Rows a report shows at most, so that printing never holds up signalling; the rest is counted in
/// "more". One peer can always be asked for by name.
inline constexpr size_t kRowsMax = 200;

// What `show` and CTRL tell, as JSON; the console's tables are made from the same. Names are stable:
// scripts and tests read them. Threads: the SIGTRAN thread; no file, no wait.
Json summary_report(const Node& node);
Json lists_report(const Node& node);
/// The policy in force, and of every setting its value and what gave it.
Json policy_report(const Node& node);
Json decisions_report(const Node& node);
Json alarms_report(const Node& node);
Json commit_report(const Node& node);
Json peers_report(const Node& node, std::string_view only = {});
Json sccp_report(const Node& node);

/// Decides as for a network, explains the way, counts and logs nothing.
base::Result<Json, base::Problem> check_report(const Node& node, const CheckWords& words);

}  // namespace eir::appliance
