// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/transaction.h"

#include <fmt/compile.h>

#include <algorithm>
#include <random>

#include "sync/epp/text.h"

namespace eir::sync::epp {
namespace {

std::string base36(uint64_t n) {
  std::string out;
  do out.insert(out.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n % 36]);
  while (n /= 36);
  return out;
}

}  // namespace

bool is_site(std::string_view name) {
  return !name.empty() && name.size() <= kSiteMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

TransactionIds::TransactionIds(std::string_view site, const base::Clock& clock) : clock_(clock), site_(site) {
  const auto since = std::chrono::floor<std::chrono::microseconds>(clock.wall()).time_since_epoch().count();
  run_ = base36(static_cast<uint64_t>(since) << 12 ^ std::random_device{}() % (1u << 16));
}

std::string TransactionIds::next() {
  // Many are made in a second.
  thread_local base::UnixSeconds second;
  thread_local std::string digits;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  if (now != second || digits.empty()) {
    second = now;
    digits = format_time(now);
    std::erase_if(digits, [](char c) { return c < '0' || c > '9'; });
  }
  const uint64_t number = sequence_.fetch_add(1, std::memory_order_relaxed) + 1;
  return fmt::format(FMT_COMPILE("{}-{}-{}-{}"), site_, digits, run_, number);
}

}  // namespace eir::sync::epp
