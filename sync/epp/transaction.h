// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace eir::sync::epp {

inline constexpr size_t kSiteMax = 16;

/// Server transaction identifiers, RFC 5730 §2.5: "UKR-20100606215846-1KXZ3F9QG2-42", the site, the time in
/// UTC, a mark of this run, a sequence. No two are equal: not within a second, not after a restart, not
/// while the clock goes back. Threads: any.
class TransactionIds {
 public:
  /// REQUIRES: a site of 1 to kSiteMax characters A-Z, 0-9 or '_'. The run's mark is the time of the start
  /// in microseconds and 16 random bits.
  TransactionIds(std::string_view site, const base::Clock& clock);
  std::string next();

 private:
  const base::Clock& clock_;
  std::string site_;
  std::string run_;
  std::atomic<uint64_t> sequence_{0};
};

bool is_site(std::string_view name);

}  // namespace eir::sync::epp
