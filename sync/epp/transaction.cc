// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/transaction.h"

#include <fmt/compile.h>

#include <algorithm>
#include <random>

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
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(now - day);
  return fmt::format(FMT_COMPILE("{}-{:04}{:02}{:02}{:02}{:02}{:02}-{}-{}"), site_, int{date.year()},
                     unsigned{date.month()}, unsigned{date.day()}, time.hours().count(), time.minutes().count(),
                     time.seconds().count(), run_, sequence_.fetch_add(1, std::memory_order_relaxed) + 1);
}

}  // namespace eir::sync::epp
