// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/peers/map_ask.h"

namespace eir::tests::map {

struct LoadQuestion {
  std::string imei;
  std::string expected;  ///< white, black, grey, unknown; empty: any of them
};

struct LoadOptions {
  Dialogue dialogue;
  unsigned version = 3;
  uint64_t count = 0;  ///< answers to measure; 0: by time
  double duration_s = 0;
  double warmup_s = 0.5;
  uint32_t window = 0;  ///< questions outstanding
  double rate = 0;      ///< questions per second; 0: as many as the window allows
  bool echo = false;    ///< the peer echoes: the question itself is the answer
  std::chrono::milliseconds timeout{5000};
  std::vector<LoadQuestion> questions;
};
inline constexpr uint32_t kWindowMax = 16384;

/// Takes the answers of a load run; the MTP user of the host.
class Load final : public sigtran::mtp::TransferUser {
 public:
  explicit Load(LoadOptions options);
  ~Load() override;
  /// Measures and prints one JSON line. The exit status: 0 when no answer was wrong or lost.
  int run(MtpHost& host);

  void on_transfer(sigtran::mtp::Instance, const sigtran::mtp::RoutingLabel&, base::Octets data) noexcept override;
  void on_destination(sigtran::mtp::Instance, sigtran::mtp::PointCode, bool) noexcept override {}

 private:
  struct State;
  std::unique_ptr<State> s_;
};

}  // namespace eir::tests::map
