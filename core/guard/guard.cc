// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guard/guard.h"

#include <fmt/format.h>

namespace eir::guard {
namespace {

constexpr uint64_t kMillion = 1'000'000;

/// A view that lives elsewhere.
std::shared_ptr<const lists::View> borrowed(const lists::View& view) {
  return {std::shared_ptr<const lists::View>(), &view};
}

}  // namespace

std::optional<std::string> too_many(const Thresholds& t, uint64_t seen, uint64_t before, uint64_t now) {
  // What turns nobody trips nothing, however much was turned before it.
  if (!t.on || now == 0) return std::nullopt;
  const uint64_t all = before + now;
  const auto hours = std::chrono::duration_cast<std::chrono::hours>(t.window).count();
  if (all > t.devices_max)
    return fmt::format("{} devices seen would turn black or unknown within {} hours, {} of them now; at most {} may",
                       all, hours, now, t.devices_max);
  if (seen < t.devices_seen_for_share || seen == 0) return std::nullopt;
  const double ppm = static_cast<double>(all) * kMillion / static_cast<double>(seen);
  if (ppm <= static_cast<double>(t.share_max_ppm)) return std::nullopt;
  return fmt::format(
      "{:.0f} of a million devices seen would turn black or unknown within {} hours ({} of {}, {} of them now); "
      "at most {} may",
      ppm, hours, all, seen, now, t.share_max_ppm);
}

store::Judgement Guard::judge(const lists::View& served_now, const lists::View& would_serve,
                              const lists::Change* change) {
  return weigh({parts_.settings, borrowed(served_now), nullptr}, {parts_.settings, borrowed(would_serve), nullptr},
               change);
}

store::Judgement Guard::judge_settings(const lists::View& served, const decision::Settings& would_hold) {
  return weigh({parts_.settings, borrowed(served), nullptr}, {would_hold, borrowed(served), nullptr}, nullptr);
}

store::Judgement Guard::weigh(const decision::Basis& now, const decision::Basis& then, const lists::Change* change) {
  counters_.asked.add();
  const auto at = std::chrono::floor<std::chrono::seconds>(parts_.clock.wall());
  last_ = count_turned(parts_.seen, now, then, change, at);
  const uint64_t before = parts_.turned_since ? parts_.turned_since(at - parts_.thresholds.window) : 0;
  store::Judgement judgement;
  judgement.turned = last_.devices();
  if (auto why = too_many(parts_.thresholds, last_.seen, before, judgement.turned)) {
    judgement.hold = true;
    judgement.why = std::move(*why);
    counters_.held.add();
  }
  return judgement;
}

}  // namespace eir::guard
