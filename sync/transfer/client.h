// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "sync/epp/tls.h"

namespace eir::sync::transfer {

struct ClientConfig {
  epp::TlsConfig tls;
  /// That the server's certificate must bear; empty: the host of the address.
  std::string server_name;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::seconds stall_timeout{30};      ///< without an octet, or slower than rate_min so long
  uint32_t rate_min = 1024;                    ///< octets a second
  unsigned breaks_max = 10;                    ///< of one fetch, one after the other without an octet between
  std::chrono::milliseconds break_pause{200};  ///< after the first break; doubles
};

struct ClientCounters {
  std::atomic<uint64_t> fetched{0}, fetched_octets{0}, put{0}, put_octets{0}, breaks{0}, failures{0};
};

/// Fetches and puts files over HTTPS as transfer::Server has them: TLS 1.2 or later, our certificate shown, the
/// server's proven against our CA alone and by its name, no redirection, no proxy, no other scheme. Threads: one;
/// interrupt() and the counters any. Allocates: yes.
class Client {
 public:
  using Take = std::function<bool(std::span<const uint8_t>)>;

  explicit Client(ClientConfig config);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// Fetches a file and hands it over piece by piece; begins again where a connection broke. What `take` got is proven
  /// only when this returns without an error: then it was `octets` long and its SHA-256 (64 hexadecimal digits) right.
  /// Errors: refused, not reached, longer or another file, `take` said false, interrupted.
  base::Result<void, base::Problem> fetch(const std::string& url, uint64_t octets, std::string_view sha256,
                                          const Take& take);
  /// Puts a file. Errors: refused (with the status and what the server said), not reached, interrupted. Putting it
  /// again is harmless.
  base::Result<void, base::Problem> put(const std::string& url, const std::string& path);

  /// A call that waits fails at once, and so do all later ones until resume(). Threads: any.
  void interrupt();
  void resume() { interrupted_ = false; }
  const ClientCounters& counters() const { return counters_; }

 private:
  struct Curl;
  struct Job;
  base::Result<void, base::Problem> perform(Job& job);
  base::Unexpected<base::Problem> failed(const std::string& url, std::string text);
  bool pause(std::chrono::milliseconds time);

  const ClientConfig config_;
  std::unique_ptr<Curl> curl_;
  std::atomic<bool> interrupted_{false};
  ClientCounters counters_;
};

}  // namespace eir::sync::transfer
