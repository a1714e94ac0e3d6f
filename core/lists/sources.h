// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "core/lists/entries.h"
#include "core/lists/tables.h"

/// What LayerBuilder makes layers from.
namespace eir::lists {

/// Sorted entries.
struct EntriesSource {
  const Entries& entries;
  const TermsPool& terms;

  const TermsPool& pool() const { return terms; }
  bool hides(const RangeEntry&) const { return false; }
  std::span<const RangeEntry> ranges() const { return entries.ranges; }
  template <class Entry, class F>
  void visit(F&& f) const {
    for (const Entry& e : entries.of<Entry>()) f(e, false);
  }
};

/// What a change leaves: its after-images, and tombstones. IMEIs as whole keys.
struct ChangeSource {
  std::vector<ImeiEntry> imeis;  ///< one without lists is its key's tombstone
  Entries live, gone;            ///< of the other kinds
  std::span<const RangeEntry> ranges_before;
  TermsPool terms;

  const TermsPool& pool() const { return terms; }
  bool hides(const RangeEntry& e) const { return std::binary_search(ranges_before.begin(), ranges_before.end(), e); }
  template <class Entry, class F>
  void visit(F&& f) const {
    if constexpr (Entry::kKind == EntryKind::kImei) {
      for (const ImeiEntry& e : imeis) f(e, e.lists().empty());
    } else {
      for (const Entry& e : live.of<Entry>()) f(e, false);
      for (const Entry& e : gone.of<Entry>()) f(e, true);
    }
  }
};

/// Layers as one, newest first; what a newer one decides about hides the older ones'. `keep` tombstones when
/// there are older layers yet.
template <bool keep>
class LayersSource {
 public:
  explicit LayersSource(std::span<const Tables> layers) : layers_(layers) {
    for (const Tables& t : layers_) {
      std::vector<TermsId>& numbers = numbers_.emplace_back();
      for (TermsId id = 0; id < t.terms.rows.size(); ++id) numbers.push_back(pool_.intern(t.terms.of(id)));
    }
  }
  const TermsPool& pool() const { return pool_; }
  bool hides(const RangeEntry& e) const {
    return keep && std::any_of(layers_.begin(), layers_.end(), [&](const Tables& t) { return t.ranges.hides(e); });
  }
  template <class Entry, class F>
  void visit(F&& f) const {
    for (size_t i = 0; i < layers_.size(); ++i) {
      layers_[i].template of<Entry>().for_each([&](Entry e, bool gone) {
        if (gone && !keep) return;
        Entry held;
        for (size_t newer = 0; newer < i; ++newer) {
          const auto& table = layers_[newer].template of<Entry>();
          // A range that is gone and comes again hides nothing: none is there when it comes.
          if (table.hides(e) || (gone && table.find(e, held) == Standing::kHeld)) return;
        }
        e.terms = e.terms < numbers_[i].size() ? numbers_[i][e.terms] : 0;
        f(e, gone);
      });
    }
  }

 private:
  std::span<const Tables> layers_;
  TermsPool pool_;
  std::vector<std::vector<TermsId>> numbers_;
};

}  // namespace eir::lists
