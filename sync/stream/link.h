// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>

#include "sync/stream/channel.h"

namespace eir::sync::stream {

struct LinkConfig {
  std::string name;  ///< of the other site, for problems
  std::string host;
  uint16_t port = 0;
  std::string fingerprint;  ///< SHA-256 of the certificate the other must show, 64 hexadecimal digits
  std::chrono::milliseconds connect_timeout{5'000};
  uint64_t message_max = uint64_t{1} << 30;  ///< octets of an answer
};

/// The asking end: connects when it must, and again after a failure. The other is who shows the certificate.
/// Threads: one; interrupt() from any, for good.
class Link {
 public:
  Link(LinkConfig config, epp::TlsContext context);
  base::Result<std::string, base::Problem> exchange(std::string_view question, std::chrono::milliseconds most);
  void interrupt();
  /// For connections to come. Threads: any.
  void renew(epp::TlsContext context);
  const LinkConfig& config() const { return config_; }

 private:
  base::Result<std::shared_ptr<Channel>, base::Problem> connected();

  const LinkConfig config_;
  epp::TlsContext context_;
  base::Wake stop_;
  std::mutex mutex_;  ///< of context_, and of channel_ itself: interrupt() reads it
  std::shared_ptr<Channel> channel_;
  bool stopped_ = false;
};

}  // namespace eir::sync::stream
