// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/clock.h"
#include "core/decision/question.h"
#include "sigtran/map/check_imei.h"
#include "sigtran/map/config.h"
#include "sigtran/map/counters.h"
#include "sigtran/tcap/application.h"

namespace eir::sigtran::map {

/// MAP CheckIMEI of versions 1 to 3: accepts or refuses the dialogue, makes the question, and turns the
/// verdict into a result or an error. 3GPP TS 29.002 §7.3, §8.7.1, §15.
/// Threads: the SIGTRAN thread. Allocates: no. Answerer and clock outlive it.
class Responder final : public tcap::Application {
 public:
  Responder(decision::Answerer& answerer, const base::Clock& clock, const Config& config)
      : answerer_(answerer), clock_(clock), config_(config) {}
  void reconfigure(const Config& config) noexcept { config_ = config; }

  tcap::OpeningAnswer on_open(const tcap::DialogueRequest& request) noexcept override;
  bool on_open_without_dialogue() noexcept override;
  tcap::UserInformation refusal() noexcept override;
  tcap::Reply on_invoke(const tcap::Invoke& invoke, const tcap::Unitdata& origin) noexcept override;

  const Counters& counters() const { return counters_; }

 private:
  bool accepts(uint8_t version) const noexcept;
  void count(const tcap::Invoke& invoke, const CheckImeiArg& arg) noexcept;
  tcap::Reply reject(const tcap::Invoke& invoke, tcap::Problem problem, base::Counter& counter) noexcept;
  tcap::Reply reply(const tcap::Invoke& invoke, const decision::Verdict& verdict) noexcept;

  decision::Answerer& answerer_;
  const base::Clock& clock_;
  Config config_;
  Counters counters_;
};

}  // namespace eir::sigtran::map
