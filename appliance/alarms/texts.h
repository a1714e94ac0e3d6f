// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/alarm.h"

namespace eir::appliance {

enum class Severity : uint8_t { kWarning, kMinor, kMajor, kCritical };
std::string_view to_string(Severity s) noexcept;

/// The programs that may raise an alarm; bits of AlarmText::of.
enum AlarmOf : uint8_t {
  kOfNode = 1,      ///< eird
  kOfCentre = 2,    ///< cdbd
  kOfFollower = 4,  ///< eir-syncd
};

/// What an operator is told of an alarm: what happened, what it means, what to do.
struct AlarmText {
  base::AlarmId id;
  std::string_view name;  ///< stable: "no-asp-active"
  Severity severity;
  std::string_view cause;
  std::string_view effect;
  std::string_view remedy;
  uint8_t of = kOfNode;
};
/// One row for every AlarmId, in the order of their numbers.
const std::vector<AlarmText>& alarm_texts();
/// Those that one program may raise.
std::vector<AlarmText> alarm_texts(AlarmOf program);
const AlarmText& alarm_text(base::AlarmId id);

}  // namespace eir::appliance
