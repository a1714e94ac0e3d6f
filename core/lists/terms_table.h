// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "core/lists/terms.h"

namespace eir::lists {

struct TermsRow {
  int64_t from = 0;     ///< Unix seconds
  int64_t until = 0;    ///< Unix seconds
  uint32_t reason = 0;  ///< its number; 0 is none
  uint32_t next = 0;    ///< lists
};
static_assert(sizeof(TermsRow) == 24);

/// The terms of one layer's entries, the commonest first; number 0 is "no reason, no dates".
/// Threads: immutable. Allocates: no.
struct TermsTable {
  std::span<const TermsRow> rows;
  std::span<const uint32_t> reason_ends;  ///< by reason: where the text ends; the next begins there
  std::span<const char> text;

  std::string_view reason(uint32_t number) const noexcept {
    if (number == 0 || number >= reason_ends.size()) return {};
    const uint32_t begin = reason_ends[number - 1];
    return {text.data() + begin, reason_ends[number] - begin};
  }
  /// No terms for a number that does not exist.
  Terms of(TermsId id) const noexcept {
    if (id == 0 || id >= rows.size()) return {};
    const TermsRow& r = rows[id];
    return {reason(r.reason), base::UnixSeconds(std::chrono::seconds(r.from)),
            base::UnixSeconds(std::chrono::seconds(r.until)), ListSet(static_cast<uint8_t>(r.next))};
  }
};

}  // namespace eir::lists
