// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/lists/entry.h"

/// Entries as an operator reads them.
namespace eir::appliance::eirctl {

/// The lists an entry is on; none for kinds that have none.
template <class Entry>
lists::ListSet lists_of(const Entry& e) {
  if constexpr (Entry::kKind == lists::EntryKind::kImei) {
    return e.lists();
  } else if constexpr (requires { e.lists; }) {
    return e.lists;
  } else {
    return {};
  }
}

/// "35809101000001 sv 07", "imsi:25501*", "mutual 35809101000001 255010000000001".
template <class Entry>
std::string place_text(const Entry& entry);
/// "black: stolen, until 2026-12-01T00:00:00Z, then none".
template <class Entry>
std::string entry_text(const Entry& entry, const lists::Terms& terms);

}  // namespace eir::appliance::eirctl
