// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <vector>

#include "sync/epp/server.h"

namespace eir::sync::epp {

/// Adds what is wrong with where a server should listen: nowhere, or at no literal.
void check_listeners(const std::vector<Endpoint>& listeners, Problems& problems);

/// Opens an acceptor; at an IPv6 address for IPv6 alone. Returns where it really listens. Errors: why it cannot.
/// REQUIRES: check_listeners() had nothing against it.
base::Result<Endpoint, base::Problem> listen_at(boost::asio::ip::tcp::acceptor& acceptor, const Endpoint& endpoint);

}  // namespace eir::sync::epp
