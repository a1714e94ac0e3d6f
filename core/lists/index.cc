// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/index.h"

namespace eir::lists {

using identity::ImeiKey;
using identity::number;

std::shared_ptr<const Overlay> Overlay::build(std::span<const ImeiEntry> after, const TermsPool& reasons) {
  auto overlay = std::make_shared<Overlay>();
  overlay->store = build_tables(after, {}, reasons);
  overlay->tables = overlay->store.tables();
  for (size_t i = 0; i < after.size(); ++i) overlay->keys += i == 0 || after[i].key() != after[i - 1].key();
  return overlay;
}

Index::Index(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Overlay> overlay, Version version)
    : snapshot_(std::move(snapshot)),
      overlay_(std::move(overlay)),
      base_(snapshot_->tables()),
      over_(overlay_ ? overlay_->tables : Tables{}),
      version_(version) {}

Hit Index::individual(ImeiKey key, const identity::Svn* svn) const noexcept {
  const uint64_t scrambled = scramble(number(key));
  if (const uint64_t value = over_.find(scrambled); value != Tables::kAbsent) return over_.hit(scrambled, value, svn);
  if (const uint64_t value = base_.find(scrambled); value != Tables::kAbsent) return base_.hit(scrambled, value, svn);
  return {};
}

Hit Index::range(ImeiKey key) const noexcept { return base_.range(key); }

void Index::prefetch(ImeiKey key) const noexcept {
  const uint64_t scrambled = scramble(number(key));
  over_.prefetch(scrambled);
  base_.prefetch(scrambled);
}

}  // namespace eir::lists
