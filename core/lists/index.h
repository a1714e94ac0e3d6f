// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "core/lists/snapshot.h"
#include "core/lists/view.h"

namespace eir::lists {

/// Bound of an overlay, in keys. Readers refuse a longer one; the writer makes the next snapshot at half.
inline constexpr size_t kOverlayKeysMax = 4'000'000;

/// The changes since a snapshot, as tables of the same form, probed first. Tombstones take entries away.
/// Immutable: a change makes the next overlay, and both are swapped in one step with the view.
struct Overlay {
  TableStore store;
  Tables tables;
  size_t keys = 0;

  /// Whole entries per changed key, as build_tables() asks for, tombstones for keys that went.
  static std::shared_ptr<const Overlay> build(std::span<const ImeiEntry> after, const TermsPool& reasons);
};

/// Snapshot and overlay as one view. Threads: immutable. Allocates: not on look-up.
class Index final : public View {
 public:
  /// REQUIRES: snapshot not null; overlay may be null.
  Index(std::shared_ptr<const Snapshot> snapshot, std::shared_ptr<const Overlay> overlay, Version version);

  Hit individual(identity::ImeiKey key, const identity::Svn* svn) const noexcept override;
  Hit range(identity::ImeiKey key) const noexcept override;
  void prefetch(identity::ImeiKey key) const noexcept override;
  Version version() const noexcept override { return version_; }

  const Snapshot& snapshot() const { return *snapshot_; }
  size_t overlay_keys() const { return overlay_ ? overlay_->keys : 0; }

 private:
  std::shared_ptr<const Snapshot> snapshot_;
  std::shared_ptr<const Overlay> overlay_;
  const Tables base_;
  const Tables over_;
  const Version version_;
};

}  // namespace eir::lists
