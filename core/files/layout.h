// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/lists/entry.h"

namespace eir::files {

enum class Column : uint8_t {
  kImei,
  kList,
  kSvn,
  kReason,
  kValidFrom,
  kValidUntil,
  kNext,
  kSubscriber,
  kPolicy,
  kImsi,
  kMsisdn,
  kRuling,
  kTac,
  kClass,
  kBlockDate,
  kReasons,
  kEvent,
};
inline constexpr size_t kColumns = 17;
/// As in a header: "imei", "valid_from".
std::string_view to_string(Column column) noexcept;

/// What a file's lines are. The columns of each stand in layout.cc.
enum class LayoutKind : uint8_t {
  kImeis,          ///< imei,list and, optional, svn, reason, valid_from, valid_until, next
  kSubscribers,    ///< subscriber,list and reason, valid_from, valid_until, next
  kPairs,          ///< imei,subscriber,list and the same
  kLocks,          ///< policy,imei,imsi,msisdn and reason, valid_from, valid_until
  kMirror,         ///< imsi,msisdn
  kExceptions,     ///< subscriber,ruling and reason, valid_from, valid_until
  kDeviceClasses,  ///< tac,class and valid_from, valid_until
  kBlackList,      ///< imei,block_date,reasons and event (or change_type): the public black list and its deltas
};
inline constexpr size_t kLayouts = 8;

/// A header understood. A header is the columns a layout must have, in their order, and behind them any of its
/// optional ones, in their order.
class Layout {
 public:
  /// Nothing: the header is none.
  static std::optional<Layout> of_header(std::span<const std::string_view> names);
  /// Every layout's header, for a message: "imei,list[,svn][,reason]...".
  static std::string all_headers();
  /// With every optional column, or with none.
  static Layout of(LayoutKind kind, bool optional = true);
  /// The layout a kind of entry is written in, with every optional column.
  static Layout of_kind(lists::EntryKind kind);

  LayoutKind kind() const { return kind_; }
  size_t columns() const { return count_; }
  /// Which field holds the column, or -1.
  int at(Column column) const { return at_[static_cast<size_t>(column)]; }
  /// "imei,list,svn", as written by this program.
  std::string header() const;

 private:
  explicit Layout(LayoutKind kind) : kind_(kind) { at_.fill(-1); }
  LayoutKind kind_;
  size_t count_ = 0;
  std::array<int8_t, kColumns> at_{};
};

}  // namespace eir::files
