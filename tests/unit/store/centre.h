// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <map>
#include <random>

#include "core/store/manifest.h"
#include "core/store/writer.h"

namespace eir::store {

using identity::ImeiKey;

inline lists::SubscriberKey imsi_key(uint64_t n) {
  return lists::SubscriberKey::exact(identity::Imsi(identity::Digits::of(255'010'000'000'000 + n, 15)));
}

/// A centre that keeps its lists in the simplest way and numbers versions of them.
class Centre {
 public:
  struct Version {
    Manifest manifest;
    lists::Change change;  ///< of a change
    lists::Entries all;    ///< of a full version
    lists::TermsPool pool;
  };

  explicit Centre(std::string source = std::string(kCentre), uint32_t epoch = 1)
      : source_(std::move(source)), version_{epoch, 0} {}

  /// The lists as they stand now. IMEI to reason; the list is black.
  std::map<uint64_t, std::string> imeis;
  /// Locks of an IMEI with an IMSI; black ranges by start, a hundred long.
  std::map<uint64_t, uint64_t> locks;
  std::map<uint64_t, std::string> ranges;
  /// Locks of an IMEI with all IMSIs from the first to before the second.
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> crowds;

  lists::Entries entries(lists::TermsPool& pool) const {
    lists::Entries out;
    const lists::ListSet black(lists::ListSet::kBlack);
    for (const auto& [imei, why] : imeis)
      out.imeis.push_back(lists::ImeiEntry::make(ImeiKey{imei}, std::nullopt, black, pool.intern(why)));
    for (const auto& [from, why] : ranges)
      out.ranges.push_back({ImeiKey{from}, ImeiKey{from + 99}, black, pool.intern(why), 0});
    const auto lock = [&](uint64_t imei, uint64_t who) {
      out.locks.push_back(
          {ImeiKey{imei}, identity::Imsi(imsi_key(who).digits()), {}, lists::LockPolicy::kDevice, 0, 0});
    };
    for (const auto& [imei, who] : locks) lock(imei, who);
    for (const auto& [imei, from_to] : crowds)
      for (uint64_t who = from_to.first; who < from_to.second; ++who) lock(imei, who);
    std::sort(out.locks.begin(), out.locks.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
    return out;
  }

  /// The next version, as a full one.
  Version full(uint64_t step = 1) {
    Version v;
    v.all = entries(v.pool);
    v.manifest.places = v.all.size();
    finish(v, {}, step);
    return v;
  }
  /// The next version, as a change of the one before.
  Version change(uint64_t step = 1) {
    Version v;
    const lists::Entries now = entries(v.change.terms);
    Centre was(*this);
    was.imeis = imeis_;
    was.locks = locks_;
    was.ranges = ranges_;
    was.crowds = crowds_;
    const lists::Entries before = was.entries(v.change.terms);
    lists::Entries::for_each(now, [&]<class Entry>(const std::vector<Entry>& after) {
      difference(before.of<Entry>(), after, v.change.before.of<Entry>());
      difference(after, before.of<Entry>(), v.change.after.of<Entry>());
    });
    v.manifest.places = v.change.places();
    finish(v, version_, step);
    return v;
  }
  /// Signs anew what a test has changed.
  void sign(Version& v) const { v.manifest.text = manifest_text(source_, v.manifest); }

  const std::string& source() const { return source_; }
  lists::Version version() const { return version_; }
  KindDigests digests() const {
    lists::TermsPool pool;
    const lists::Entries all = entries(pool);
    return digests_of(all, pool);
  }

  static base::Result<Taken, Refused> give(Writer& writer, const std::string& source, Version v) {
    return v.manifest.full() ? writer.take_full(source, v.manifest, std::move(v.all), std::move(v.pool), "test")
                             : writer.take_change(source, v.manifest, std::move(v.change), "test");
  }
  base::Result<Taken, Refused> give(Writer& writer, Version v) const { return give(writer, source_, std::move(v)); }

 private:
  static bool same(const lists::ImeiEntry& a, const lists::ImeiEntry& b) {
    return a.word == b.word && a.terms == b.terms;
  }
  static bool same(const lists::RangeEntry& a, const lists::RangeEntry& b) {
    return a.same_place(b) && a.terms == b.terms;
  }
  template <class Entry>
  static bool same(const Entry& a, const Entry& b) {
    return a.place() == b.place();
  }
  /// What of `a` does not stand so in `b`.
  template <class Entry>
  static void difference(const std::vector<Entry>& a, const std::vector<Entry>& b, std::vector<Entry>& out) {
    for (const Entry& e : a) {
      const auto at =
          std::lower_bound(b.begin(), b.end(), e, [](const Entry& x, const Entry& y) { return x.place() < y.place(); });
      if (at == b.end() || !same(*at, e)) out.push_back(e);
    }
  }
  void finish(Version& v, lists::Version base, uint64_t step) {
    version_.number += step;
    Manifest& m = v.manifest;
    m.version = version_;
    m.base = base;
    lists::TermsPool pool;
    m.counts = entries(pool).counts();
    m.digests = digests();
    m.created_at = base::UnixSeconds(std::chrono::seconds(1'700'000'000 + static_cast<int64_t>(version_.number)));
    m.previous_sha256 = previous_;
    m.signature = {1, 2, 3};
    sign(v);
    previous_ = m.sha256();
    imeis_ = imeis;
    locks_ = locks;
    ranges_ = ranges;
    crowds_ = crowds;
  }

  std::string source_;
  lists::Version version_;
  base::Hash previous_{};
  std::map<uint64_t, std::string> imeis_, ranges_;  ///< of the version before
  std::map<uint64_t, uint64_t> locks_;
  std::map<uint64_t, std::pair<uint64_t, uint64_t>> crowds_;
};

}  // namespace eir::store
