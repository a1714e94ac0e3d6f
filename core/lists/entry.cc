// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/entry.h"

#include <fmt/format.h>

namespace eir::lists {

ReasonPool::ReasonPool() {
  texts_.emplace_back();
  ids_.emplace(std::string_view(), 0);
}

ReasonId ReasonPool::intern(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto it = ids_.find(text); it != ids_.end()) return it->second;
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < text.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(kBlockOctets);
  }
  std::vector<char>& block = blocks_.back();
  const size_t at = block.size();
  block.insert(block.end(), text.begin(), text.end());
  const std::string_view kept(block.data() + at, text.size());
  const auto id = static_cast<ReasonId>(texts_.size());
  texts_.push_back(kept);
  ids_.emplace(kept, id);
  return id;
}

std::string StateDigest::hex() const { return fmt::format("{:016x}{:016x}", high, low); }

}  // namespace eir::lists
