// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/terms.h"

#include <functional>

namespace eir::lists {

size_t TermsPool::Hash::operator()(const Terms& t) const {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  uint64_t h = std::hash<std::string_view>()(t.reason);
  for (const int64_t v : {t.from.time_since_epoch().count(), t.until.time_since_epoch().count(),
                          static_cast<std::chrono::seconds::rep>(t.next.bits())})
    h = (h ^ static_cast<uint64_t>(v)) * kOdd;
  return h;
}

TermsPool::TermsPool() {
  terms_.emplace_back();
  ids_.emplace(Terms{}, 0);
}

TermsId TermsPool::intern(const Terms& terms) {
  if (const auto it = ids_.find(terms); it != ids_.end()) return it->second;
  if (blocks_.empty() || blocks_.back().capacity() - blocks_.back().size() < terms.reason.size()) {
    blocks_.emplace_back();
    blocks_.back().reserve(kBlockOctets);
  }
  std::vector<char>& block = blocks_.back();
  const size_t at = block.size();
  block.insert(block.end(), terms.reason.begin(), terms.reason.end());
  Terms kept = terms;
  kept.reason = {block.data() + at, terms.reason.size()};
  const auto id = static_cast<TermsId>(terms_.size());
  terms_.push_back(kept);
  ids_.emplace(kept, id);
  return id;
}

}  // namespace eir::lists
