// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/binding.h"

#include <algorithm>
#include <array>

#include "sigtran/mtp/destinations.h"
#include "sigtran/mtp/layer_manager.h"
#include "sigtran/mtp/listeners.h"
#include "sigtran/mtp/state_watch.h"

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/core/timer.h>
#include <osmocom/sigtran/protocol/mtp.h>
}

namespace eir::sigtran::mtp {

namespace {

constexpr std::chrono::milliseconds kStopTick{10};
/// How long what an MSC has sent already is still read before its association is closed.
constexpr std::chrono::milliseconds kStopGrace{500};
/// A range of point codes in DUNA or DAVA: at most 2^8 at once.
constexpr uint8_t kAffectedMaskMax = 8;

void schedule(osmo_timer_list& timer, std::chrono::milliseconds in) {
  osmo_timer_schedule(&timer, static_cast<int>(in.count() / 1000), static_cast<int>(in.count() % 1000 * 1000));
}

}  // namespace

class Binding::Impl final : public AssociationUser, public LayerManagerHost {
 public:
  Impl()
      : listeners_(counters_),
        manager_(*this, counters_),
        watch_([this](Instance instance) { forget_destinations(instance); }) {
    osmo_timer_setup(&review_timer_, &Impl::on_review, this);
    osmo_timer_setup(&stop_timer_, &Impl::on_stop_tick, this);
  }
  ~Impl() override {
    osmo_timer_del(&review_timer_);
    osmo_timer_del(&stop_timer_);
  }

  base::Result<void, base::Problem> attach(TransferUser& user, StatusListener& listener);
  bool transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept;
  void stop(std::chrono::milliseconds bound);
  bool stopped() const { return stopped_; }
  Status status();

  Association* find(const osmo_ss7_asp* asp) noexcept override {
    for (size_t i = 0; i < used_; ++i) {
      if (associations_[i] && associations_[i]->asp() == asp) return associations_[i].get();
    }
    return nullptr;
  }
  void on_states_may_have_changed() noexcept override { watch_.look(); }
  void on_data(Association& from, const m3ua::Data& data) noexcept override;
  bool on_management(Association& from, m3ua::Header header, base::Octets message) noexcept override;

  Counters counters_;

 private:
  static void on_review(void* self);
  static void on_stop_tick(void* self);
  void review();
  void adopt(osmo_ss7_asp* asp);
  void forget_destroyed();
  void forget_destinations(Instance instance);
  void tell_destination(Instance instance, PointCode pc, bool available);
  bool is_for_us(const Association& from, const m3ua::Data& data, m3ua::ErrorCode& error) const;
  void on_ssnm(osmo_ss7_instance* inst, const m3ua::SsnmMessage& message);
  void set_destination(Instance instance, PointCode pc, bool available);
  bool send_all(const osmo_ss7_as* as, base::Octets message);
  void stop_tick();

  TransferUser* user_ = nullptr;
  StatusListener* listener_ = nullptr;
  Listeners listeners_;
  LayerManager manager_;
  std::array<std::unique_ptr<Association>, kAssociationsMax> associations_;
  StateWatch watch_;
  Destinations<kDestinationsMax> destinations_;
  osmo_timer_list review_timer_{};
  osmo_timer_list stop_timer_{};
  std::chrono::milliseconds stop_left_{0};
  std::chrono::milliseconds stop_bound_{0};
  size_t used_ = 0;  ///< no association stands at or behind this index
  bool over_bound_told_ = false;
  bool stopped_ = false;
};

base::Result<void, base::Problem> Binding::Impl::attach(TransferUser& user, StatusListener& listener) {
  for (osmo_ss7_instance* inst : ss7::instances()) {
    const std::string where = "cs7 instance " + std::to_string(inst->cfg.id);
    if (!osmo_ss7_pc_is_valid(inst->cfg.primary_pc)) return base::problem(where, "it has no point-code");
    if (inst->cfg.primary_pc > kPointCodeMax) return base::problem(where, "its point-code has more than 14 bits");
  }
  user_ = &user;
  listener_ = &listener;
  watch_.listen(listener);
  review();
  schedule(review_timer_, kReviewPeriod);
  return {};
}

void Binding::Impl::on_review(void* self) {
  auto* impl = static_cast<Impl*>(self);
  impl->review();
  schedule(impl->review_timer_, kReviewPeriod);
}

void Binding::Impl::review() {
  forget_destroyed();
  listeners_.review();
  for (osmo_ss7_instance* inst : ss7::instances()) {
    for (osmo_ss7_asp* asp : ss7::asps(inst)) {
      if (!ss7::is_m3ua(asp) || asp->dyn_allocated) continue;
      Association* association = find(asp);
      if (!association) {
        adopt(asp);
      } else {
        association->hook();
        if (!manager_.is_manager_of(asp)) manager_.adopt(*association);
        manager_.keep(*association);
      }
    }
  }
  watch_.look();
}

void Binding::Impl::adopt(osmo_ss7_asp* asp) {
  unsigned index = 0;
  while (index < associations_.size() && associations_[index]) ++index;
  if (index == associations_.size()) {
    if (!over_bound_told_) LOGP(DLSS7, LOGL_ERROR, "asp %s: more than %u, left alone\n", asp->cfg.name, index);
    over_bound_told_ = true;
    counters_.associations_over_bound.add();
    return;
  }
  associations_[index] = std::make_unique<Association>(index, asp, *this, counters_);
  used_ = std::max<size_t>(used_, index + 1);
  Association& association = *associations_[index];
  manager_.adopt(association);
  // The nodes are those of a gateway, where an ASP is somebody else. Here it is we who connect, unless said.
  if (!asp->cfg.role_set_by_vty && asp->cfg.role == OSMO_SS7_ASP_ROLE_SG) {
    asp->cfg.role = OSMO_SS7_ASP_ROLE_ASP;
    asp->cfg.is_server = false;
    osmo_ss7_asp_restart(asp);
  }
  association.hook();
  manager_.keep(association);
}

void Binding::Impl::forget_destroyed() {
  for (auto& association : associations_) {
    if (!association) continue;
    bool alive = false;
    for (osmo_ss7_instance* inst : ss7::instances()) {
      for (const osmo_ss7_asp* asp : ss7::asps(inst)) alive = alive || asp == association->asp();
    }
    if (alive) continue;
    watch_.forget(association->asp());
    association->forget();
    association.reset();
  }
}

// ---- what is told ---------------------------------------------------------------------------------------

// A gateway says DUNA anew after ASP Active, RFC 4666 §4.5.1.
void Binding::Impl::forget_destinations(Instance instance) {
  for (PointCode pc{}; destinations_.take(instance, pc);) tell_destination(instance, pc, true);
}

void Binding::Impl::tell_destination(Instance instance, PointCode pc, bool available) {
  user_->on_destination(instance, pc, available);
  listener_->on_destination_state(instance, pc, osmo_ss7_pointcode_print(osmo_ss7_instance_find(instance), number(pc)),
                                  available);
}

// ---- receiving ------------------------------------------------------------------------------------------

bool Binding::Impl::is_for_us(const Association& from, const m3ua::Data& data, m3ua::ErrorCode& error) const {
  const osmo_ss7_asp* asp = from.asp();
  osmo_ss7_instance* inst = asp->inst;
  // As an ASP: the gateway may send before its acknowledgement of ASP Active was read.
  const AspState state = ss7::state_of(asp);
  error = m3ua::ErrorCode::kUnexpectedMessage;
  if (state == AspState::kDown || (state == AspState::kInactive && ss7::role_of(asp) == Role::kSg)) return false;
  error = m3ua::ErrorCode::kInvalidRoutingContext;
  bool context = false;
  unsigned memberships = 0;
  for (const osmo_ss7_as* as : ss7::application_servers(inst)) {
    if (!osmo_ss7_as_has_asp(as, asp)) continue;
    ++memberships;
    context = context || as->cfg.routing_key.context == data.routing_context;
  }
  if (data.routing_context ? !context : memberships != 1) return false;
  error = m3ua::ErrorCode::kParameterFieldError;
  return data.dpc == inst->cfg.primary_pc && data.si == MTP_SI_SCCP;
}

void Binding::Impl::on_data(Association& from, const m3ua::Data& data) noexcept {
  if (data.opc > kPointCodeMax || data.ni > 3) {
    counters_.data_malformed.add();
    return;
  }
  m3ua::ErrorCode error{};
  if (!is_for_us(from, data, error)) {
    counters_.data_refused.add();
    std::array<uint8_t, 32> answer{};
    base::ByteWriter out(answer);
    // What is only not ours to route is passed over in silence.
    if (error != m3ua::ErrorCode::kParameterFieldError && m3ua::encode_error(error, out)) {
      from.send(out.written(), false);
    }
    return;
  }
  counters_.data_received.add();
  const RoutingLabel label{PointCode{data.opc}, PointCode{data.dpc}, data.ni, data.sls};
  user_->on_transfer(from.asp()->inst->cfg.id, label, data.user_data);
}

bool Binding::Impl::on_management(Association& from, m3ua::Header header, base::Octets message) noexcept {
  osmo_ss7_asp* asp = from.asp();
  if (header.message_class == m3ua::kClassRkm) {
    // The library lets any ASP register itself into any AS. Who connects here is configured.
    counters_.control_screened.add();
    std::array<uint8_t, 32> answer{};
    base::ByteWriter out(answer);
    if (m3ua::encode_error(m3ua::ErrorCode::kUnsupportedMessageClass, out)) from.send(out.written(), false);
    return false;
  }
  if (header.message_class != m3ua::kClassSsnm) return true;
  const auto ssnm = m3ua::decode_ssnm(message);
  if (!ssnm) {
    counters_.control_screened.add();
    return false;
  }
  if (ss7::role_of(asp) == Role::kAsp && ss7::state_of(asp) == AspState::kActive) on_ssnm(asp->inst, *ssnm);
  return true;
}

void Binding::Impl::on_ssnm(osmo_ss7_instance* inst, const m3ua::SsnmMessage& message) {
  if (message.type == m3ua::Ssnm::kScon) counters_.congestion_received.add();
  if (message.type == m3ua::Ssnm::kDupu) counters_.user_unavailable_received.add();
  if (message.type != m3ua::Ssnm::kDuna && message.type != m3ua::Ssnm::kDava) return;
  base::ByteReader in(message.affected);
  uint8_t mask = 0;
  uint32_t pc = 0;
  while (in.u8(mask) && in.u24(pc)) {
    if (mask > kAffectedMaskMax || pc > kPointCodeMax) {
      counters_.destinations_over_bound.add();
      continue;
    }
    const uint32_t span = 1U << mask;
    for (uint32_t i = 0; i < span; ++i) {
      set_destination(inst->cfg.id, PointCode{(pc & ~(span - 1)) + i}, message.type == m3ua::Ssnm::kDava);
    }
  }
}

void Binding::Impl::set_destination(Instance instance, PointCode pc, bool available) {
  using Change = Destinations<kDestinationsMax>::Change;
  const Change change =
      available ? destinations_.set_available(instance, pc) : destinations_.set_unavailable(instance, pc);
  if (change == Change::kFull) counters_.destinations_over_bound.add();
  if (change == Change::kChanged) tell_destination(instance, pc, available);
}

// ---- sending --------------------------------------------------------------------------------------------

bool Binding::Impl::transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept {
  if (user_data.size() > kUserDataMax) {
    counters_.sent_too_long.add();
    return false;
  }
  osmo_ss7_instance* inst = osmo_ss7_instance_find(instance);
  const osmo_ss7_as* as = inst ? ss7::route(inst, number(label.dpc)) : nullptr;
  if (!as) {
    counters_.sent_no_route.add();
    return false;
  }
  osmo_ss7_asp* asp = osmo_ss7_as_active(as) ? ss7::choose_asp(as, label.sls) : nullptr;
  Association* association = asp ? find(asp) : nullptr;
  if (!association) {
    counters_.sent_no_asp.add();
    return false;
  }
  m3ua::Data data;
  if (as->cfg.routing_key.context != 0) data.routing_context = as->cfg.routing_key.context;
  data.opc = number(label.opc);
  data.dpc = number(label.dpc);
  data.si = MTP_SI_SCCP;
  data.ni = label.ni;
  data.sls = label.sls;
  data.user_data = user_data;
  std::array<uint8_t, kUserDataMax + m3ua::kDataOverhead> message;
  base::ByteWriter out(message);
  if (!m3ua::encode_data(data, out)) {
    counters_.sent_too_long.add();
    return false;
  }
  if (as->cfg.mode == OSMO_SS7_AS_TMOD_BCAST) return send_all(as, out.written());
  return association->send(out.written(), true);
}

bool Binding::Impl::send_all(const osmo_ss7_as* as, base::Octets message) {
  bool sent = false;
  for (const osmo_ss7_asp* asp : as->cfg.asps) {
    Association* association = asp && osmo_ss7_asp_active(asp) ? find(asp) : nullptr;
    if (association) sent = association->send(message, true) || sent;
  }
  return sent;
}

// ---- the end --------------------------------------------------------------------------------------------

void Binding::Impl::stop(std::chrono::milliseconds bound) {
  if (stop_left_.count() > 0 || stopped_) return;
  stop_left_ = stop_bound_ = bound;
  listeners_.close();
  manager_.stop();
  stop_tick();
}

void Binding::Impl::on_stop_tick(void* self) { static_cast<Impl*>(self)->stop_tick(); }

void Binding::Impl::stop_tick() {
  forget_destroyed();
  bool all = true;
  for (const auto& association : associations_) {
    if (!association) continue;
    if (stop_left_.count() <= 0) manager_.close(*association);
    all = manager_.step_down(*association, stop_left_ > stop_bound_ - kStopGrace) && all;
  }
  watch_.look();
  stopped_ = all || stop_left_.count() <= 0;
  if (stopped_) return;
  stop_left_ -= kStopTick;
  schedule(stop_timer_, kStopTick);
}

Status Binding::Impl::status() {
  forget_destroyed();
  Status out = ss7::status();
  for (InstanceStatus& instance : out.instances) {
    destinations_.each(instance.instance, [&](PointCode pc) { instance.unavailable.push_back(pc); });
  }
  for (AspStatus& asp : out.asps) {
    for (const auto& association : associations_) {
      if (!association || !association->asp() || association->asp()->inst->cfg.id != asp.instance) continue;
      if (asp.name != association->asp()->cfg.name) continue;
      asp.backlog_octets = association->backlog_octets();
      asp.standby = manager_.is_standby(*association);
    }
  }
  return out;
}

// ---- Binding --------------------------------------------------------------------------------------------

Binding::Binding() : impl_(std::make_unique<Impl>()) {}
Binding::~Binding() = default;

base::Result<void, base::Problem> Binding::init() {
  if (osmo_ss7_init() != 0) return base::problem("libosmo-sigtran", "it does not start, or was started before");
  osmo_fsm_log_addr(false);
  return {};
}

void Binding::install_vty(void* talloc_context) { osmo_ss7_vty_init_sg(talloc_context); }

base::Result<void, base::Problem> Binding::attach(TransferUser& user, StatusListener& listener) {
  return impl_->attach(user, listener);
}

bool Binding::transfer(Instance instance, const RoutingLabel& label, base::Octets user_data) noexcept {
  return impl_->transfer(instance, label, user_data);
}

void Binding::stop(std::chrono::milliseconds bound) { impl_->stop(bound); }
bool Binding::stopped() const noexcept { return impl_->stopped(); }
Status Binding::status() const { return impl_->status(); }

std::string Binding::format(Instance instance, PointCode pc) const {
  return osmo_ss7_pointcode_print(osmo_ss7_instance_find(instance), number(pc));
}

const Counters& Binding::counters() const noexcept { return impl_->counters_; }

}  // namespace eir::sigtran::mtp
