// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/responder.h"

#include "sigtran/map/dialogue.h"

namespace eir::sigtran::map {
namespace {

using decision::Status;
using tcap::OpeningAnswer;

constexpr uint8_t kVersionMax = 3;

/// "0.0.1": ITU point codes are shown as 3, 8 and 3 bits.
class PointCodeText {
 public:
  explicit PointCodeText(uint32_t pc) {
    number(pc >> 11 & 0x07);
    text_[len_++] = '.';
    number(pc >> 3 & 0xFF);
    text_[len_++] = '.';
    number(pc & 0x07);
  }
  std::string_view view() const { return {text_, len_}; }

 private:
  void number(uint32_t n) {
    if (n >= 100) text_[len_++] = static_cast<char>('0' + n / 100);
    if (n >= 10) text_[len_++] = static_cast<char>('0' + n / 10 % 10);
    text_[len_++] = static_cast<char>('0' + n % 10);
  }
  char text_[8] = {};  // 7.255.7
  size_t len_ = 0;
};

decision::Interface interface_of(uint8_t version) {
  switch (version) {
    case 1: return decision::Interface::kMapV1;
    case 2: return decision::Interface::kMapV2;
    default: return decision::Interface::kMapV3;
  }
}

}  // namespace

base::Result<void, base::Problem> validate(const Config& config) {
  if (!config.accept_v1 && !config.accept_v2 && !config.accept_v3)
    return base::problem("map", "no version of CheckIMEI is accepted");
  return {};
}

bool Responder::accepts(uint8_t version) const noexcept {
  switch (version) {
    case 1: return config_.accept_v1;
    case 2: return config_.accept_v2;
    case 3: return config_.accept_v3;
    default: return false;
  }
}

tcap::OpeningAnswer Responder::on_open(const tcap::DialogueRequest& request) noexcept {
  const auto version = equipment_context_version(request.context);
  if (version == 1) {  // version 1 has no dialogue portion, TS 29.002 §15
    counters_.version_1_context.add();
    return {OpeningAnswer::Kind::kAbort, 0, make_abnormal_dialogue()};
  }
  if (!version || !accepts(*version)) {
    counters_.context_unknown.add();
    OpeningAnswer refusal{OpeningAnswer::Kind::kRefuseContext, 0, {}};
    for (uint8_t v = kVersionMax; version && v > 0 && refusal.info.len == 0; --v)
      if (accepts(v)) refusal.info = make_refuse_info(v);
    return refusal;
  }
  if (request.user_information && !is_open_info(*request.user_information)) {
    counters_.open_info_invalid.add();
    return {OpeningAnswer::Kind::kAbort, 0, make_abnormal_dialogue()};
  }
  return {OpeningAnswer::Kind::kAccept, *version, {}};
}

bool Responder::on_open_without_dialogue() noexcept {
  if (!config_.accept_v1) counters_.version_1_refused.add();
  return config_.accept_v1;
}

tcap::UserInformation Responder::refusal() noexcept { return make_user_abort(); }

tcap::Reply Responder::reject(const tcap::Invoke& invoke, tcap::Problem problem, base::Counter& counter) noexcept {
  counter.add();
  return tcap::Reply::make_reject(invoke.id, problem);
}

void Responder::count(const tcap::Invoke& invoke, const CheckImeiArg& arg) noexcept {
  switch (invoke.version) {
    case 1: counters_.check_imei_v1.add(); break;
    case 2: counters_.check_imei_v2.add(); break;
    default: counters_.check_imei_v3.add(); break;
  }
  if (arg.imsi) counters_.with_imsi.add();
  if (arg.msisdn) counters_.with_msisdn.add();
  if (arg.subscriber_ignored) counters_.subscriber_ignored.add();
}

tcap::Reply Responder::on_invoke(const tcap::Invoke& invoke, const tcap::Unitdata& origin) noexcept {
  if (invoke.operation != kCheckImei)
    return reject(invoke, tcap::kUnrecognizedOperation, counters_.reject_unrecognized_operation);
  const auto arg = decode_check_imei(invoke.version, invoke.parameter);
  if (!arg) return reject(invoke, tcap::kMistypedParameter, counters_.reject_mistyped_parameter);
  count(invoke, *arg);
  if (!arg->status_asked) {  // nothing that we know is asked: bmuef is never sent
    counters_.results_without_status.add();
    return make_check_imei_result(invoke.id, invoke.version, false, Status::kWhite);
  }
  const PointCodeText opc(mtp::number(origin.opc));
  decision::Question question;
  question.imei = arg->imei;
  question.imsi = arg->imsi;
  question.msisdn = arg->msisdn;
  question.asker = {interface_of(invoke.version), opc.view(), mtp::number(origin.opc), origin.calling_gt};
  question.time = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  return reply(invoke, answerer_.answer(question));
}

tcap::Reply Responder::reply(const tcap::Invoke& invoke, const decision::Verdict& verdict) noexcept {
  if (verdict.reason == decision::Reason::kFault && config_.fault_as == FaultAs::kError && !verdict.observed) {
    counters_.error_system_failure.add();
    return tcap::Reply::make_error(invoke.id, kSystemFailure);
  }
  if (verdict.told == Status::kUnknown) {
    counters_.error_unknown_equipment.add();
    return tcap::Reply::make_error(invoke.id, kUnknownEquipment);
  }
  counters_.results_sent.add();
  return make_check_imei_result(invoke.id, invoke.version, true, verdict.told);
}

}  // namespace eir::sigtran::map
