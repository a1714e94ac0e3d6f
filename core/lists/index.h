// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "core/lists/entries.h"
#include "core/lists/snapshot.h"
#include "core/lists/view.h"

namespace eir::lists {

/// Bound of all overlays of an index together, in places (keys of IMEIs). Over it a change is refused; whoever
/// keeps the store writes the next snapshot at half.
inline constexpr size_t kOverlayKeysMax = 4'000'000;
inline constexpr size_t kOverlaysMax = 4;
/// A newer overlay that is larger than this part of the next older one is merged into it.
inline constexpr size_t kOverlayMergeRatio = 16;

/// Changes on top of a snapshot, as tables of the same form. Immutable.
struct Overlay {
  Tables tables;
  size_t places = 0;
  Memory image;
};

/// A range that was found, with its place.
struct RangeHit {
  Hit hit;
  identity::ImeiKey from{}, to{};
};
/// A subscriber's entry that was found; strength as of ExceptionHit.
struct SubscriberHit {
  Hit hit;
  unsigned strength = 0;
};

/// One source's state: overlays, newest first, on a snapshot. What a newer layer has a place for, held or gone,
/// hides the older ones. Immutable; a change makes the next index, and both stay valid.
/// Threads: any. Allocates: look-ups of View do not; the rest does.
class Index final : public View {
 public:
  /// REQUIRES: snapshot not null.
  Index(std::shared_ptr<const Snapshot> snapshot, Version version);

  Hit individual(identity::ImeiKey key, const identity::Svn* svn, base::UnixSeconds at) const noexcept override;
  Hit range(identity::ImeiKey key, base::UnixSeconds at) const noexcept override { return range_hit(key, at).hit; }
  Hit subscriber(SubscriberKey::Type type, identity::Digits digits, base::UnixSeconds at) const noexcept override {
    return subscriber_hit(type, digits, at).hit;
  }
  Hit pair(identity::ImeiKey key, SubscriberKey who, base::UnixSeconds at) const noexcept override;
  ExceptionHit exception(SubscriberKey::Type type, identity::Digits digits,
                         base::UnixSeconds at) const noexcept override;
  bool has_locks() const noexcept override { return has_locks_; }
  void device_locks(identity::ImeiKey key, base::UnixSeconds at, LockVisitor& visitor) const noexcept override;
  void subscriber_locks(identity::Imsi imsi, identity::Msisdn msisdn, base::UnixSeconds at,
                        LockVisitor& visitor) const noexcept override;
  identity::Msisdn msisdn_of(identity::Imsi imsi) const noexcept override;
  identity::Imsi imsi_of(identity::Msisdn msisdn) const noexcept override;
  std::string_view device_class(uint32_t tac, base::UnixSeconds at) const noexcept override;
  void look(std::span<const Sought> sought, std::span<Look> out) const noexcept override;
  Version version() const noexcept override { return version_; }

  Worth worth(const Sought& sought) const noexcept;
  RangeHit range_hit(identity::ImeiKey key, base::UnixSeconds at) const noexcept;
  SubscriberHit subscriber_hit(SubscriberKey::Type type, identity::Digits digits, base::UnixSeconds at) const noexcept;

  /// This state with a change on top: a new overlay, merged into older ones that are not much larger. The
  /// change's before-images are taken as true. Errors: over kOverlayKeysMax; ranges nested too deep.
  base::Result<std::shared_ptr<const Index>, base::Problem> with(const Change& change, Version version) const;

  /// The whole entry at a place, its terms interned in `pool`.
  template <class Entry>
  std::optional<Entry> find(const Entry& place, TermsPool& pool) const;
  /// Every live entry of a kind, in no order the caller may count on. f(const Entry&, const Terms&); entry.terms
  /// is 0.
  template <class Entry, class F>
  void for_each(F&& f) const;
  /// Every live range around a key, in no order: f(const RangeEntry&, const Terms&). With the two ends of a range
  /// it tells which others that one would overlap.
  template <class F>
  void ranges_around(identity::ImeiKey key, F&& f) const;
  /// Every live range that starts from `first` to `last`, in no order: f(const RangeEntry&), terms 0.
  template <class F>
  void ranges_from(identity::ImeiKey first, identity::ImeiKey last, F&& f) const;
  /// All entries of one key, as for_each() gives them.
  template <class F>
  void each_of(identity::ImeiKey key, F&& f) const;

  KindCounts counts() const { return counts_; }
  size_t overlay_keys() const;
  const Snapshot& snapshot() const { return *snapshot_; }
  /// All tables, newest first, the snapshot's last.
  std::span<const Tables> layers() const { return {layers_.data(), layers_count_}; }

 private:
  using Overlays = std::vector<std::shared_ptr<const Overlay>>;
  Index(std::shared_ptr<const Snapshot> snapshot, Overlays overlays, Version version, const KindCounts& counts);
  template <class Entry>
  bool hidden(const Entry& place, size_t layer) const noexcept {
    for (size_t newer = 0; newer < layer; ++newer)
      if (layers_[newer].template of<Entry>().hides(place)) return true;
    return false;
  }
  struct LockTaker;
  struct Orders;
  using ByLayer = std::array<uint32_t, kOverlaysMax + 1>;  ///< blocks of edges for a key, or edges
  /// A range's layer, and an edge there from which on it is the innermost; where its terms or ends matter, its first.
  struct RangePlace {
    size_t layer = 0;
    uint32_t edge = RangeTable::kNone;
  };
  inline Worth worth(const Orders& orders) const noexcept;
  /// What any layer may say of a whole number.
  inline Worth::Key named(uint64_t subscriber) const noexcept;
  [[gnu::noinline]] Worth::Key msisdn_named(uint64_t subscriber) const noexcept;
  // Into `out`, which was empty.
  inline void individual(uint64_t scrambled, const identity::Svn* svn, base::UnixSeconds at, Hit& out) const noexcept;
  void hit_of(RangePlace range, base::UnixSeconds at, Hit& out) const noexcept;
  inline RangePlace range_in(const ByLayer& blocks, uint64_t key, base::UnixSeconds at) const noexcept;
  /// The innermost range that holds then and that no newer layer decides about. `edges`: of the key, by layer.
  RangePlace innermost(const ByLayer& edges, base::UnixSeconds at) const noexcept;
  inline void prefetch(const Orders& orders, Lines& lines) const noexcept;
  inline void prefetch_worth(const Sought& sought, const Orders& orders, const Worth& worth,
                             Lines& lines) const noexcept;
  void prefetch_records(const Sought& sought, const Worth& worth) const noexcept;
  template <size_t kMax>
  void look_together(std::span<const Sought> sought, std::span<Look> out) const noexcept;

  std::shared_ptr<const Snapshot> snapshot_;
  Overlays overlays_;  ///< newest first
  std::array<Tables, kOverlaysMax + 1> layers_;
  size_t layers_count_ = 0;
  uint64_t subscriber_prefixes_ = 0, exception_prefixes_ = 0;
  bool has_locks_ = false, has_mirror_ = false;
  KindCounts counts_;
  Version version_;
};

template <class Entry>
std::optional<Entry> Index::find(const Entry& place, TermsPool& pool) const {
  for (const Tables& t : layers()) {
    Entry out;
    switch (t.template of<Entry>().find(place, out)) {
      case Standing::kAbsent: continue;
      case Standing::kGone: return std::nullopt;
      case Standing::kHeld: out.terms = pool.intern(t.terms.of(out.terms)); return out;
    }
  }
  return std::nullopt;
}

template <class Entry, class F>
void Index::for_each(F&& f) const {
  for (size_t i = 0; i < layers_count_; ++i) {
    layers_[i].of<Entry>().for_each([&](Entry e, bool gone) {
      if (gone || hidden(e, i)) return;
      const Terms terms = layers_[i].terms.of(e.terms);
      e.terms = 0;
      f(static_cast<const Entry&>(e), terms);
    });
  }
}

template <class F>
void Index::ranges_around(identity::ImeiKey key, F&& f) const {
  for (size_t i = 0; i < layers_count_; ++i) {
    const RangeTable& t = layers_[i].ranges;
    for (uint32_t r = t.innermost(identity::number(key)); r != RangeTable::kNone; r = t.outer(r)) {
      RangeEntry e = t.entry(r);
      if (hidden(e, i)) continue;
      const Terms terms = layers_[i].terms.of(e.terms);
      e.terms = 0;
      f(static_cast<const RangeEntry&>(e), terms);
    }
  }
}

template <class F>
void Index::ranges_from(identity::ImeiKey first, identity::ImeiKey last, F&& f) const {
  for (size_t i = 0; i < layers_count_; ++i) {
    const RangeTable& t = layers_[i].ranges;
    for (uint32_t r = t.first_from(identity::number(first)); r < t.edges.size(); r = t.next(r)) {
      RangeEntry e = t.entry(r);
      if (e.from > last) break;
      if (hidden(e, i)) continue;
      e.terms = 0;
      f(static_cast<const RangeEntry&>(e));
    }
  }
}

template <class F>
void Index::each_of(identity::ImeiKey key, F&& f) const {
  const uint64_t scrambled = scramble(identity::number(key));
  for (const Tables& t : layers()) {
    const uint64_t value = t.imeis.find(scrambled);
    if (value == ImeiTable::kAbsent) continue;
    return t.imeis.each_of(scrambled, value, [&](ImeiEntry e, bool gone) {
      if (gone) return;
      const Terms terms = t.terms.of(e.terms);
      e.terms = 0;
      f(static_cast<const ImeiEntry&>(e), terms);
    });
  }
}

}  // namespace eir::lists
