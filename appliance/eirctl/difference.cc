// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/difference.h"

#include <fmt/format.h>

#include <algorithm>

#include "appliance/eirctl/command.h"
#include "appliance/eirctl/entry_text.h"

namespace eir::appliance::eirctl {
namespace {

using lists::Entries;
using lists::Index;
using lists::Terms;
using lists::TermsPool;

template <class Entry>
std::string value_of(const std::optional<Entry>& e, const TermsPool& pool) {
  return e ? entry_text(*e, pool.of(e->terms)) : "nothing";
}

class Comparison {
 public:
  Comparison(const Index* now, const Index& then) : now_(now), then_(then) {}

  template <class Entry>
  void place(const Entry& place) {
    auto before = now_ ? now_->find(place, result_.change.terms) : std::nullopt;
    auto after = then_.find(place, result_.change.terms);
    if (before && after && same(*before, *after)) return;
    if (!before && !after) return;
    KindDifference& kind = result_.kinds[Entry::kKind];
    ++(before && after ? kind.change : after ? kind.come : kind.go);
    count(kind, after, 1);
    count(kind, before, -1);
    if (kind.samples.size() < kDifferenceSamples)
      kind.samples.push_back(fmt::format("{}: {} -> {}", place_text(place), value_of(before, result_.change.terms),
                                         value_of(after, result_.change.terms)));
    result_.kept = result_.kept && result_.change.before.size() + result_.change.after.size() < kDifferencePlacesMax;
    if (!result_.kept) return;
    if (before) result_.change.before.of<Entry>().push_back(*before);
    if (after) result_.change.after.of<Entry>().push_back(*after);
  }
  /// Every place of both.
  void all() {
    const Entries kinds;
    Entries::for_each(kinds, [this]<class Entry>(const std::vector<Entry>&) {
      then_.template for_each<Entry>([this](const Entry& e, const Terms&) { place(e); });
      if (!now_) return;
      TermsPool scratch;
      now_->template for_each<Entry>([&](const Entry& e, const Terms&) {
        if (!then_.find(e, scratch)) place(e);
      });
    });
  }
  Difference finish() {
    for (Entries* side : {&result_.change.before, &result_.change.after})
      Entries::for_each(*side, [](auto& v) {
        std::sort(v.begin(), v.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
      });
    return std::move(result_);
  }

 private:
  template <class Entry>
  bool same(const Entry& a, const Entry& b) {
    std::array<uint8_t, store::kCanonicalMax> left, right;
    const size_t n = store::encode_canonical(a, result_.change.terms.of(a.terms), left);
    const size_t m = store::encode_canonical(b, result_.change.terms.of(b.terms), right);
    return std::equal(left.begin(), left.begin() + n, right.begin(), right.begin() + m);
  }
  template <class Entry>
  static void count(KindDifference& kind, const std::optional<Entry>& e, int64_t n) {
    if (!e) return;
    const lists::ListSet on = lists_of(*e);
    kind.lists[0] += on.white() ? n : 0;
    kind.lists[1] += on.grey() ? n : 0;
    kind.lists[2] += on.black() ? n : 0;
  }

  const Index* now_;
  const Index& then_;
  Difference result_;
};

/// The places that the versions after `from` up to `to` touch, sorted, each once; nothing when one of them is a full
/// version, or no longer kept.
std::optional<Entries> touched(const store::Reader& reader, const std::string& source, lists::Version from,
                               lists::Version to) {
  const bool back = to < from;
  if (back) std::swap(from, to);
  constexpr size_t kVersionsAtOnce = 1'000;
  Entries places;
  while (from < to) {
    const auto manifests = reader.manifests(source, from, kVersionsAtOnce);
    if (!manifests || manifests->empty()) return std::nullopt;
    for (const store::Manifest& m : *manifests) {
      if (m.version > to) break;
      const auto change = reader.change(source, m.version);
      if (!change || !*change || places.size() > kDifferencePlacesMax) return std::nullopt;
      for (const Entries* side : {&(*change)->before, &(*change)->after})
        Entries::for_each(*side, [&]<class Entry>(const std::vector<Entry>& v) {
          auto& all = places.of<Entry>();
          all.insert(all.end(), v.begin(), v.end());
        });
    }
    from = manifests->back().version;
  }
  Entries::for_each(places, [](auto& v) {
    const auto less = [](const auto& a, const auto& b) { return a.place() < b.place(); };
    std::sort(v.begin(), v.end(), less);
    v.erase(std::unique(v.begin(), v.end(), [](const auto& a, const auto& b) { return a.place() == b.place(); }),
            v.end());
  });
  return places;
}

}  // namespace

Difference compare(const store::Reader& reader, const store::SourceInfo& source, lists::Version target,
                   const Index* now, const Index& then) {
  Comparison comparison(now, then);
  const auto places = now ? touched(reader, source.name, source.served, target) : std::nullopt;
  if (places) {
    Entries::for_each(*places, [&](const auto& v) {
      for (const auto& e : v) comparison.place(e);
    });
  } else {
    comparison.all();
  }
  return comparison.finish();
}

Json difference_json(const Difference& d) {
  Json j = Json::object();
  for (const auto& [kind, k] : d.kinds)
    j[std::string(to_string(kind))] = {{"come", k.come},      {"go", k.go},         {"change", k.change},
                                       {"white", k.lists[0]}, {"grey", k.lists[1]}, {"black", k.lists[2]},
                                       {"samples", k.samples}};
  return j;
}

void print_difference(const Difference& d) {
  if (d.kinds.empty()) {
    fmt::print("no entry differs\n");
    return;
  }
  fmt::print("{:<14} {:>12} {:>12} {:>12} {:>12} {:>12} {:>12}\n", "kind", "come", "go", "change", "white", "grey",
             "black");
  for (const auto& [kind, k] : d.kinds)
    fmt::print("{:<14} {:>12} {:>12} {:>12} {:>+12} {:>+12} {:>+12}\n", to_string(kind), grouped(k.come), grouped(k.go),
               grouped(k.change), k.lists[0], k.lists[1], k.lists[2]);
  for (const auto& [kind, k] : d.kinds)
    for (const std::string& s : k.samples) fmt::print("  {:<12} {}\n", to_string(kind), s);
}

Forecast forecast(const Index& state, base::UnixSeconds now, std::chrono::days days) {
  Forecast f;
  const base::UnixSeconds end = now + days;
  const auto row = [&](base::UnixSeconds at, lists::EntryKind kind) -> Forecast::Row& {
    return f.rows[{std::chrono::floor<std::chrono::days>(at), kind}];
  };
  const Entries kinds;
  Entries::for_each(kinds, [&]<class Entry>(const std::vector<Entry>&) {
    state.template for_each<Entry>([&](const Entry&, const Terms& t) {
      if (t.from > now && t.from <= end) ++row(t.from, Entry::kKind).begin;
      if (t.until <= now || t.until > end || t.until == base::UnixSeconds{}) return;
      Forecast::Row& r = row(t.until, Entry::kKind);
      ++(t.next.black() ? r.turn_black : t.next.empty() ? r.end : r.turn_other);
    });
  });
  return f;
}

}  // namespace eir::appliance::eirctl
