// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/ledger.h"

#include <algorithm>
#include <functional>

namespace eir::appliance {

PeerTally::Row& PeerTally::row_of(const decision::Asker& asker) noexcept {
  const std::string_view name = asker.peer.empty() ? "-" : asker.peer.substr(0, kNameMax);
  const size_t start = std::hash<std::string_view>{}(name) % kPeersMax;
  for (size_t i = 0; i < kProbesMax; ++i) {
    Row& row = rows_[(start + i) % kPeersMax];
    const size_t len = row.name_len.load(std::memory_order_relaxed);
    if (len == 0) {
      std::copy(name.begin(), name.end(), row.name.begin());
      row.interface = asker.interface;
      row.name_len.store(static_cast<uint16_t>(name.size()), std::memory_order_release);
      return row;
    }
    if (row.interface == asker.interface && std::string_view(row.name.data(), len) == name) return row;
  }
  Row& others = rows_[kPeersMax];
  if (others.name_len.load(std::memory_order_relaxed) == 0) {
    constexpr std::string_view kOthers = "(others)";
    std::copy(kOthers.begin(), kOthers.end(), others.name.begin());
    others.interface = asker.interface;
    others.name_len.store(kOthers.size(), std::memory_order_release);
  }
  return others;
}

}  // namespace eir::appliance
