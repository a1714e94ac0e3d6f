// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "appliance/vty/loop.h"
#include "sigtran/mtp/binding.h"

namespace eir::tests {

/// A program around the MTP binding, as small as it can be: one cs7 configuration, one loop, SIGTERM and
/// SIGINT. Threads: one.
class MtpHost final : public sigtran::mtp::StatusListener {
 public:
  /// An MSC's or responder's end: one ASP to one gateway.
  struct Asp {
    std::string remote_host = "127.0.0.1", local_host;
    uint16_t remote_port = 2905, local_port = 0;
    std::string point_code = "0.0.1";
    uint32_t routing_context = 1;
    std::string traffic_mode = "loadshare";
  };
  static std::string config_of(const Asp& asp);

  explicit MtpHost(const char* name) : name_(name) {}

  /// Reads the configuration (libosmovty syntax, `cs7` and `log` nodes) and begins. False with a line on stderr.
  bool start(const std::string& config, sigtran::mtp::TransferUser& user, bool verbose);
  bool start_from_file(const std::string& file, sigtran::mtp::TransferUser& user, bool verbose);
  /// Turns the loop once; waits for an event unless `poll`.
  void turn(bool poll = false);
  /// Turns until an AS of ours is active. False after `patience`, or when asked to end.
  bool wait_active(std::chrono::milliseconds patience);
  /// Takes the ASP down as the specification has it.
  void stop();

  sigtran::mtp::Binding& binding() { return binding_; }
  bool asked_to_end() const { return loop_.stopping(); }
  bool active() const { return active_ > 0; }
  void show_states(bool on) { show_states_ = on; }

  void on_as_state(sigtran::mtp::Instance, std::string_view as, sigtran::mtp::AsState state) noexcept override;
  void on_as_removed(sigtran::mtp::Instance, std::string_view as) noexcept override;
  void on_asp_state(sigtran::mtp::Instance, std::string_view asp, sigtran::mtp::AspState state) noexcept override;
  void on_destination_state(sigtran::mtp::Instance, sigtran::mtp::PointCode, std::string_view text,
                            bool available) noexcept override;

 private:
  bool begin(bool verbose);
  void count_active() noexcept;
  bool attach(sigtran::mtp::TransferUser& user);

  const char* name_;
  sigtran::mtp::Binding binding_;
  appliance::Loop loop_;
  int active_ = 0;
  bool show_states_ = false;
};

}  // namespace eir::tests
