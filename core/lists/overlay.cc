// SPDX-License-Identifier: GPL-3.0-or-later
// How an index takes a change.
#include <fmt/format.h>

#include <algorithm>

#include "core/lists/index.h"
#include "core/lists/layer_builder.h"
#include "core/lists/sources.h"

namespace eir::lists {
namespace {

using base::Problem;
using OverlayResult = base::Result<std::shared_ptr<const Overlay>, Problem>;

template <class Source>
OverlayResult build_overlay(Source& source) {
  auto overlay = std::make_shared<Overlay>();
  auto layer = LayerBuilder(source, 0).build([&](size_t octets) -> base::Result<std::span<uint8_t>, Problem> {
    auto memory = Memory::of(octets);
    if (!memory) return tl::unexpected(memory.error());
    overlay->image = std::move(*memory);
    return overlay->image.octets();
  });
  if (!layer) return tl::unexpected(layer.error());
  overlay->tables = layer->tables;
  overlay->places = layer->places;
  return overlay;
}

/// Puts a change into the form an overlay is built from.
class Gather {
 public:
  Gather(const Index& index, const Change& change) : index_(index), change_(change), numbers_(change.terms.size()) {
    imeis();
    source.ranges_before = change.before.ranges;
    Entries::for_each(change.before, [this]<class Entry>(const std::vector<Entry>& before) {
      if constexpr (Entry::kKind != EntryKind::kImei) take(before);
    });
  }
  ChangeSource source;

 private:
  TermsId intern(TermsId id) {
    TermsId& number = numbers_[id];
    if (number == 0 && id != 0) number = source.terms.intern(change_.terms.of(id));
    return number;
  }
  template <class Entry>
  void take(const std::vector<Entry>& before) {
    const auto& after = change_.after.of<Entry>();
    auto& live = source.live.of<Entry>();
    live = after;
    for (Entry& e : live) e.terms = intern(e.terms);
    auto a = after.begin();
    for (const Entry& b : before) {
      while (a != after.end() && a->place() < b.place()) ++a;
      if (a != after.end() && a->place() == b.place()) continue;
      source.gone.of<Entry>().push_back(b);
      source.gone.of<Entry>().back().terms = 0;
    }
  }
  void prefetch(const ImeiEntry& e) const {
    const uint64_t scrambled = scramble(identity::number(e.key()));
    Lines lines;
    for (const Tables& t : index_.layers()) {
      t.imeis.prefetch(scrambled, lines);
      lines.ask();
    }
  }
  /// Whole keys: what else stands on a touched key stays.
  void imeis() {
    const auto& before = change_.before.imeis;
    const auto& after = change_.after.imeis;
    std::vector<ImeiEntry> others;
    size_t b = 0, a = 0;
    while (b < before.size() || a < after.size()) {
      if (b + kAhead < before.size()) prefetch(before[b + kAhead]);
      if (a + kAhead < after.size()) prefetch(after[a + kAhead]);
      const auto key = b == before.size()  ? after[a].key()
                       : a == after.size() ? before[b].key()
                                           : std::min(before[b].key(), after[a].key());
      const size_t b0 = b, a0 = a, had = source.imeis.size();
      while (b < before.size() && before[b].key() == key) ++b;
      while (a < after.size() && after[a].key() == key) ++a;
      const std::span<const ImeiEntry> gone(before.data() + b0, b - b0), come(after.data() + a0, a - a0);
      const auto touches = [](std::span<const ImeiEntry> all, const ImeiEntry& e) {
        return std::any_of(all.begin(), all.end(), [&](const ImeiEntry& x) { return x.place() == e.place(); });
      };
      index_.each_of(key, [&](ImeiEntry e, const Terms& terms) {
        if (touches(gone, e) || touches(come, e)) return;
        e.terms = source.terms.intern(terms);
        source.imeis.push_back(e);
      });
      for (ImeiEntry e : come) {
        e.terms = intern(e.terms);
        source.imeis.push_back(e);
      }
      if (source.imeis.size() == had) source.imeis.push_back(ImeiEntry::make(key, std::nullopt, {}));
    }
  }

  static constexpr size_t kAhead = 16;  ///< keys whose memory is asked for before they are looked up
  const Index& index_;
  const Change& change_;
  std::vector<TermsId> numbers_;
};

}  // namespace

base::Result<std::shared_ptr<const Index>, Problem> Index::with(const Change& change, Version version) const {
  Gather gather(*this, change);
  auto newest = build_overlay(gather.source);
  if (!newest) return tl::unexpected(newest.error());
  Overlays overlays = overlays_;
  overlays.insert(overlays.begin(), *newest);
  // How many of the newest become one, in one go: a place counts once for each that holds it.
  size_t together = 1, places = overlays[0]->places;
  while (together < overlays.size() &&
         (overlays.size() - together >= kOverlaysMax || places * kOverlayMergeRatio > overlays[together]->places))
    places += overlays[together++]->places;
  if (together > 1) {
    std::vector<Tables> layers;
    for (size_t i = 0; i < together; ++i) layers.push_back(overlays[i]->tables);
    LayersSource<true> source(layers);
    auto merged = build_overlay(source);
    if (!merged) return tl::unexpected(merged.error());
    overlays.erase(overlays.begin() + 1, overlays.begin() + static_cast<ptrdiff_t>(together));
    overlays[0] = *merged;
  }
  KindCounts counts = counts_;
  const auto count = [&](const Entries& entries, int64_t sign) {
    Entries::for_each(entries, [&](const auto& all) {
      for (const auto& e : all) counts.add(e, sign);
    });
  };
  count(change.before, -1);
  count(change.after, 1);
  std::shared_ptr<const Index> next(new Index(snapshot_, std::move(overlays), version, counts));
  if (next->overlay_keys() > kOverlayKeysMax)
    return base::problem(
        "", fmt::format("the overlay would hold {} places, {} at most", next->overlay_keys(), kOverlayKeysMax));
  return next;
}

}  // namespace eir::lists
