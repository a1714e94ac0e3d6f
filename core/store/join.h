// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/lists/entry.h"

namespace eir::store {

/// Two sources as one state: what stands in either stands in the result; the same place in both is on the
/// lists of both, with the reason of whichever stands on the stricter list (`a` where both do), or the only
/// one there is. All reasons of one pool. Input and result sorted. Threads: pure.
std::vector<lists::ImeiEntry> join(std::span<const lists::ImeiEntry> a, std::span<const lists::ImeiEntry> b);
std::vector<lists::RangeEntry> join(std::span<const lists::RangeEntry> a, std::span<const lists::RangeEntry> b);

/// A state with changes applied on top: the same place is replaced, a new one added.
std::vector<lists::ImeiEntry> lay_over(std::span<const lists::ImeiEntry> state,
                                       std::span<const lists::ImeiEntry> on_top);
std::vector<lists::RangeEntry> lay_over(std::span<const lists::RangeEntry> state,
                                        std::span<const lists::RangeEntry> on_top);

}  // namespace eir::store
