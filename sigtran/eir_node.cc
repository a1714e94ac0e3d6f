// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/eir_node.h"

#include "sigtran/map/responder.h"
#include "sigtran/sccp/node.h"
#include "sigtran/tcap/responder.h"

namespace eir::sigtran {

/// The layers, each with the one above it as its user.
struct EirNode::Parts {
  Parts(mtp::TransferPort& port, decision::Answerer& answerer, const base::Clock& clock, const Config& c)
      : config(c), map(answerer, clock, c.map), tcap(map, clock, c.map.otid_key), sccp(port, tcap, clock, c.sccp) {}
  Config config;
  map::Responder map;
  tcap::Responder tcap;
  sccp::Node sccp;
};

EirNode::EirNode(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
EirNode::~EirNode() = default;

base::Result<void, base::Problem> EirNode::validate(const Config& config) {
  if (auto r = sccp::validate(config.sccp); !r) return r;
  return map::validate(config.map);
}

base::Result<std::unique_ptr<EirNode>, base::Problem> EirNode::make(mtp::TransferPort& port,
                                                                    decision::Answerer& answerer,
                                                                    const base::Clock& clock, const Config& config) {
  if (auto r = validate(config); !r) return tl::make_unexpected(std::move(r.error()));
  return std::unique_ptr<EirNode>(new EirNode(std::make_unique<Parts>(port, answerer, clock, config)));
}

base::Result<void, base::Problem> EirNode::reconfigure(const Config& config) {
  if (auto r = validate(config); !r) return r;
  parts_->map.reconfigure(config.map);
  parts_->tcap.set_key(config.map.otid_key);
  parts_->sccp.reconfigure(config.sccp);
  parts_->config = config;
  return {};
}

void EirNode::on_transfer(mtp::Instance instance, const mtp::RoutingLabel& label, base::Octets user_data) noexcept {
  parts_->sccp.on_transfer(instance, label, user_data);
}
void EirNode::on_destination(mtp::Instance instance, mtp::PointCode pc, bool available) noexcept {
  parts_->sccp.on_destination(instance, pc, available);
}
void EirNode::tick() noexcept { parts_->sccp.tick(); }
void EirNode::stop_new_questions() noexcept { parts_->sccp.stop_new_questions(); }

const EirNode::Config& EirNode::config() const noexcept { return parts_->config; }
std::span<const sccp::RemoteSubsystem> EirNode::remote_subsystems() const noexcept {
  return parts_->sccp.remote().subsystems();
}
std::span<const sccp::Destination> EirNode::destinations() const noexcept {
  return parts_->sccp.remote().destinations();
}
uint32_t EirNode::reassemblies_running() const noexcept { return parts_->sccp.reassemblies_running(); }
const sccp::Counters& EirNode::sccp_counters() const noexcept { return parts_->sccp.counters(); }
const tcap::Counters& EirNode::tcap_counters() const noexcept { return parts_->tcap.counters(); }
const map::Counters& EirNode::map_counters() const noexcept { return parts_->map.counters(); }

}  // namespace eir::sigtran
