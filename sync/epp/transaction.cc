// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/transaction.h"

#include <fmt/format.h>

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
  std::string time = format_time(std::chrono::floor<std::chrono::seconds>(clock_.wall()));
  std::erase_if(time, [](char c) { return c < '0' || c > '9'; });
  return fmt::format("{}-{}-{}-{}", site_, time, run_, sequence_.fetch_add(1, std::memory_order_relaxed) + 1);
}

}  // namespace eir::sync::epp
