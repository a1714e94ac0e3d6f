// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/listen.h"

#include <fmt/format.h>

#include <boost/asio/ip/v6_only.hpp>

namespace eir::sync::epp {

using boost::asio::ip::tcp;

void check_listeners(const std::vector<Endpoint>& listeners, Problems& problems) {
  if (listeners.empty()) problems.push_back({"listen", "there is none"});
  for (const Endpoint& e : listeners) {
    boost::system::error_code ec;
    boost::asio::ip::make_address(e.address, ec);
    if (ec) problems.push_back({"listen", fmt::format("'{}' is no IP address", e.address)});
  }
}

base::Result<Endpoint, base::Problem> listen_at(tcp::acceptor& acceptor, const Endpoint& endpoint) {
  const tcp::endpoint at(boost::asio::ip::make_address(endpoint.address), endpoint.port);
  boost::system::error_code ec;
  acceptor.open(at.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec && at.address().is_v6()) acceptor.set_option(boost::asio::ip::v6_only(true), ec);
  if (!ec) acceptor.bind(at, ec);
  if (!ec) acceptor.listen(boost::asio::socket_base::max_listen_connections, ec);
  const tcp::endpoint bound = ec ? tcp::endpoint() : acceptor.local_endpoint(ec);
  if (ec)
    return base::problem("listen",
                         fmt::format("cannot listen on {} port {}: {}", endpoint.address, endpoint.port, ec.message()));
  return Endpoint{bound.address().to_string(), bound.port()};
}

}  // namespace eir::sync::epp
