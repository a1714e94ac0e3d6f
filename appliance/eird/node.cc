// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/node.h"

#include <fmt/format.h>

#include <thread>

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/vty/telnet_interface.h>
}

#include "appliance/config/draft.h"
#include "appliance/eird/console.h"
#include "appliance/eird/ctrl.h"
#include "appliance/vty/osmovty.h"

namespace eir::appliance {
namespace {

using base::AlarmId;
using sigtran::mtp::AspState;
using sigtran::mtp::AsState;
using sigtran::mtp::Instance;
using sigtran::mtp::PointCode;

constexpr int kVtyPort = 4290;
constexpr std::chrono::milliseconds kDiameterDrain{5000};
constexpr std::chrono::milliseconds kTick{500};
constexpr std::chrono::milliseconds kPostRetry{1};

/// Times a question from MTP's indication to its answer in MTP's hands.
class TimedUser final : public sigtran::mtp::TransferUser {
 public:
  TimedUser(sigtran::mtp::TransferUser& user, const base::Clock& clock, base::LatencyHistogram& histogram)
      : user_(user), clock_(clock), histogram_(histogram) {}
  void on_transfer(Instance instance, const sigtran::mtp::RoutingLabel& label, base::Octets data) noexcept override {
    const auto start = clock_.monotonic();
    user_.on_transfer(instance, label, data);
    histogram_.observe(clock_.monotonic() - start);
  }
  void on_destination(Instance instance, PointCode pc, bool available) noexcept override {
    user_.on_destination(instance, pc, available);
  }

 private:
  sigtran::mtp::TransferUser& user_;
  const base::Clock& clock_;
  base::LatencyHistogram& histogram_;
};

/// "eir@0": two instances may have an application server of one name, and reach one point code.
std::string alarm_subject(std::string_view name, Instance instance) { return fmt::format("{}@{}", name, instance); }

std::string join(const std::vector<base::Problem>& problems) {
  std::string text;
  for (const auto& p : problems) (text += text.empty() ? "" : "; ") += p.message();
  return text;
}

}  // namespace

Node::Node()
    : console_slot_(basis_.take_slot()),
      board_slot_(board_.take_slot()),
      diameter_([this](unsigned thread) -> decision::Answerer& { return *answering_[1 + thread]; }, alarms_, clock_),
      worker_({basis_, board_, high_water_, alarms_, diameter_, answering_, clock_, [this](bool bad, std::string line) {
                 post([bad, line = std::move(line)] {
                   LOGP(DLGLOBAL, bad ? LOGL_ERROR : LOGL_NOTICE, "%s\n", line.c_str());
                 });
               }}) {}

Node::~Node() { worker_.stop(); }

void Node::post(std::function<void()> f) {
  // Only slow threads post, and they may wait; the loop empties its queue at every turn.
  while (!loop_.post(f) && !loop_.stopping()) std::this_thread::sleep_for(kPostRetry);
}

base::Result<void, base::Problem> Node::run(const NodeConfig& given) {
  NodeConfig config = given;
  if (const auto ok = read_secrets(config); !ok) return ok;
  if (const auto ok = loop_.open(); !ok) return ok;
  for (unsigned i = 0; i <= config.diameter.threads; ++i)
    answering_.push_back(std::make_unique<Answering>(basis_, high_water_, clock_));
  if (const auto ok = worker_.prepare(config); !ok) return ok;
  if (const auto ok = start_signalling(config); !ok) return ok;
  draft().committed(config);
  draft().discard();
  started_at_ = clock_.wall();
  if (const auto ok = open_consoles(config); !ok) return ok;
  worker_.start();
  LOGP(DLGLOBAL, LOGL_NOTICE, "eird %s serves\n", PROJECT_VERSION);
  eir_->tick();
  loop_.every(kTick, [this] { eir_->tick(); });
  loop_.run();
  stop();
  return {};
}

sigtran::EirNode::Config Node::signalling_config(const NodeConfig& config) const {
  sigtran::EirNode::Config c{config.sccp, config.map};
  c.sccp.instances.clear();
  for (const auto& i : binding_.status().instances) {
    if (sigtran::mtp::number(i.point_code) > sigtran::mtp::kPointCodeMax) continue;  // none configured yet
    sigtran::sccp::InstanceConfig own;
    for (const auto& configured : config.sccp.instances)
      if (configured.instance == i.instance) own = configured;
    own.instance = i.instance;
    own.own_pc = i.point_code;
    c.sccp.instances.push_back(own);
  }
  return c;
}

base::Result<void, base::Problem> Node::start_signalling(const NodeConfig& config) {
  auto made = sigtran::EirNode::make(binding_, *answering_[0], clock_, signalling_config(config));
  if (!made) return tl::unexpected(made.error());
  eir_ = std::move(*made);
  timed_ = std::make_unique<TimedUser>(*eir_, clock_, map_latency_);
  if (const auto ok = binding_.attach(*timed_, *this); !ok) return ok;
  if (uses_diameter(config))
    if (const auto ok = diameter_.start(config.diameter); !ok) return base::problem("diameter", join(ok.error()));
  return {};
}

base::Result<void, base::Problem> Node::open_consoles(const NodeConfig& config) {
  install_console(*this);
  if (telnet_init_default(nullptr, nullptr, kVtyPort) < 0)
    return base::problem("line vty",
                         fmt::format("cannot listen at {}:{}", vty_get_bind_addr(), vty_get_bind_port(kVtyPort)));
  if (!open_ctrl(config.ctrl))
    return base::problem("ctrl", fmt::format("cannot listen at {}:{}", config.ctrl.address, config.ctrl.port));
  install_ctrl(*this);  // the library has no table for commands before its listener is there
  auto metrics = Metrics::listen(config.metrics, *this);
  if (!metrics) return tl::unexpected(metrics.error());
  metrics_ = std::move(*metrics);
  return {};
}

void Node::stop() {
  LOGP(DLGLOBAL, LOGL_NOTICE, "stopping: no new questions\n");
  eir_->stop_new_questions();
  // Diameter drains in its own threads while the SIGTRAN loop goes on turning.
  std::thread diameter_end([this] {
    if (diameter_.running()) diameter_.drain_and_stop(kDiameterDrain);
  });
  binding_.stop();
  loop_.run_until([this] { return binding_.stopped(); });
  diameter_end.join();
  metrics_.reset();
  worker_.stop();
  LOGP(DLGLOBAL, LOGL_NOTICE, "stopped\n");
}

bool Node::commit(std::function<void(const CommitState&)> told) {
  if (commit_.state == kPending || loop_.stopping()) return false;
  NodeConfig next = draft().next();
  draft().set_changed(false);
  ++commit_.number;
  // What SCCP would refuse is known here and now, so that nothing is taken by halves.
  if (const auto ok = sigtran::EirNode::validate(signalling_config(next)); !ok) {
    decide_commit(next, {ok.error()});
    told(commit_);
    return true;
  }
  commit_.state = kPending;
  commit_.problems.clear();
  worker_.commit(std::move(next), [this, told](const NodeConfig& config, const std::vector<base::Problem>& problems) {
    post([this, told, config, problems] {
      decide_commit(config, problems);
      told(commit_);
    });
  });
  return true;
}

void Node::decide_commit(const NodeConfig& config, std::vector<base::Problem> problems) {
  if (problems.empty())
    if (const auto ok = eir_->reconfigure(signalling_config(config)); !ok) problems.push_back(ok.error());
  if (problems.empty())
    draft().committed(config);
  else
    draft().set_changed(true);
  commit_.state = problems.empty() ? "taken" : "refused";
  commit_.problems.clear();
  for (const auto& p : problems) commit_.problems.push_back(p.message());
}

void Node::on_as_state(Instance instance, std::string_view as, AsState state) noexcept {
  if (state == AsState::kActive)
    alarms_.clear(AlarmId::kNoAspActive, alarm_subject(as, instance));
  else
    alarms_.set(AlarmId::kNoAspActive, alarm_subject(as, instance), to_string(state));
}

void Node::on_as_removed(Instance instance, std::string_view as) noexcept {
  alarms_.clear(AlarmId::kNoAspActive, alarm_subject(as, instance));
}

void Node::on_asp_state(Instance, std::string_view, AspState) noexcept {}

void Node::on_destination_state(Instance instance, PointCode, std::string_view pc_text, bool available) noexcept {
  if (available)
    alarms_.clear(AlarmId::kDestinationUnavailable, alarm_subject(pc_text, instance));
  else
    alarms_.set(AlarmId::kDestinationUnavailable, alarm_subject(pc_text, instance), "DUNA received");
}

}  // namespace eir::appliance
