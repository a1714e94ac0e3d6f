// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/reason.h"

#include "core/decision/question.h"

namespace eir::decision {
namespace {

constexpr std::array<std::string_view, kStatuses> kStatusNames = {"white", "black", "grey", "unknown"};
constexpr std::array<std::string_view, kReasons> kReasonNames = {"",
                                                                 "override",
                                                                 "imei-null",
                                                                 "imei-short",
                                                                 "imei-long",
                                                                 "imei-zero",
                                                                 "imei-non-decimal",
                                                                 "imsi-exception",
                                                                 "imsi-home",
                                                                 "imsi-foreign",
                                                                 "lock-mutual",
                                                                 "lock-device",
                                                                 "lock-subscriber",
                                                                 "pair",
                                                                 "subscriber",
                                                                 "individual",
                                                                 "individual-svn",
                                                                 "range",
                                                                 "tac",
                                                                 "not-listed",
                                                                 "fault",
                                                                 "overload"};
constexpr std::array<std::string_view, kInterfaces> kInterfaceNames = {"",    "map-v1", "map-v2", "map-v3",
                                                                       "s13", "n17",    "console"};

}  // namespace

std::string_view to_string(Status s) noexcept { return kStatusNames[static_cast<size_t>(s)]; }

std::optional<Status> status_from(std::string_view name) noexcept {
  for (size_t i = 0; i < kStatusNames.size(); ++i)
    if (kStatusNames[i] == name) return static_cast<Status>(i);
  return std::nullopt;
}

std::string_view to_string(Reason r) noexcept { return kReasonNames[static_cast<size_t>(r)]; }

std::optional<Reason> reason_from(std::string_view name) noexcept {
  for (size_t i = 1; i < kReasonNames.size(); ++i)
    if (kReasonNames[i] == name) return static_cast<Reason>(i);
  return std::nullopt;
}

std::string_view to_string(Interface i) noexcept { return kInterfaceNames[static_cast<size_t>(i)]; }

}  // namespace eir::decision
