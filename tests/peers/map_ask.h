// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "tests/peers/map_codec.h"
#include "tests/peers/mtp_host.h"

namespace eir::tests::map {

/// Who asks whom, and in which form. Shared by the questions on stdin and the load mode.
struct Dialogue {
  uint32_t own_pc = 1, peer_pc = 2;
  std::string called_gt, calling_gt;
  uint8_t called_ssn = 9, calling_ssn = 8;
  bool called_on_gt = true, calling_on_gt = true;  ///< where there is a GT
  Message message = Message::kUdt;
  uint8_t sls = 0, ni = 2;
  uint8_t protocol_class = 0;
  bool return_option = false;
};

Address called_address(const Dialogue& dialogue);
Address calling_address(const Dialogue& dialogue);

/// Answers questions, one JSON object a line, from stdin to stdout until its end. The exit status.
int ask_from_stdin(MtpHost& host, class Inbox& inbox, const Dialogue& dialogue, std::chrono::milliseconds timeout);

/// Keeps what MTP delivers until it is taken.
class Inbox final : public sigtran::mtp::TransferUser {
 public:
  struct Item {
    sigtran::mtp::RoutingLabel label;
    Bytes data;
  };
  static constexpr size_t kItemsMax = 1024;

  void on_transfer(sigtran::mtp::Instance, const sigtran::mtp::RoutingLabel& label,
                   base::Octets data) noexcept override {
    if (items.size() < kItemsMax) items.push_back({label, Bytes(data.begin(), data.end())});
  }
  void on_destination(sigtran::mtp::Instance, sigtran::mtp::PointCode, bool) noexcept override {}

  std::vector<Item> items;
};

}  // namespace eir::tests::map
