// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "core/feed/publish.h"
#include "tests/unit/temp_directory.h"

namespace eir::feed {

/// A directory of its own for each test, removed at the end.
class FeedTest : public ::testing::Test {
 protected:
  static std::string read(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  }
  const test::TempDirectory temp_;
  const std::string root_ = temp_.path();
};

inline lists::ImeiEntry imei_entry(uint64_t key, lists::ListSet on, lists::TermsId terms = 0) {
  return lists::ImeiEntry::make(identity::ImeiKey{key}, std::nullopt, on, terms);
}

/// Sorts every kind and keeps one entry a place.
inline void settle(lists::Entries& entries) {
  lists::Entries::for_each(entries, [](auto& v) {
    const auto less = [](const auto& a, const auto& b) { return a.place() < b.place(); };
    const auto same = [](const auto& a, const auto& b) { return a.place() == b.place(); };
    std::stable_sort(v.begin(), v.end(), less);
    v.erase(std::unique(v.begin(), v.end(), same), v.end());
  });
}

/// Some entries of every kind, places drawn from few, so that two such states share many.
inline State random_state(std::mt19937& random, unsigned size) {
  using namespace lists;
  State s;
  const auto below = [&](unsigned n) { return static_cast<uint32_t>(random() % n); };
  const auto imei = [&] { return identity::ImeiKey{35'809'101'000'000 + uint64_t{below(2 * size)}}; };
  const auto imsi = [&] { return identity::Imsi(identity::Digits::of(255'010'000'000'000 + below(size), 15)); };
  const auto msisdn = [&] { return identity::Msisdn(identity::Digits::of(380'500'000'000 + below(size), 12)); };
  const auto set = [&] { return ListSet(static_cast<uint8_t>(1 + below(7))); };
  const auto terms = [&] {
    Terms t;
    if (below(2)) t.reason = below(2) ? "stolen" : "lost";
    if (below(4) == 0) t.until = base::UnixSeconds(std::chrono::seconds(1'800'000'000 + below(3)));
    if (t.until != base::UnixSeconds{} && below(2)) t.next = set();
    return s.terms.intern(t);
  };
  for (unsigned i = 0; i < size; ++i) {
    auto svn = below(8) ? std::nullopt : std::optional<identity::Svn>(below(100));
    s.entries.imeis.push_back(ImeiEntry::make(imei(), svn, set(), terms()));
    const uint64_t from = 40'000'000'000'000 + uint64_t{below(size)} * 1'000'000;
    s.entries.ranges.push_back({identity::ImeiKey{from}, identity::ImeiKey{from + 999'999}, set(), terms()});
    s.entries.subscribers.push_back({SubscriberKey::exact(imsi()), set(), terms()});
    s.entries.pairs.push_back({imei(), SubscriberKey::exact(msisdn()), set(), terms()});
    s.entries.locks.push_back(
        {imei(), imsi(), below(2) ? msisdn() : identity::Msisdn(), static_cast<LockPolicy>(1 + below(3)), terms()});
    s.entries.mirror.push_back({imsi(), msisdn()});
    s.entries.exceptions.push_back({SubscriberKey::prefix(SubscriberKey::Type::kImsi, imsi().prefix(6 + below(9))),
                                    static_cast<Ruling>(below(5)), terms()});
    s.entries.device_classes.push_back({35'809'100 + below(size), s.terms.intern("phone")});
  }
  settle(s.entries);
  return s;
}

inline store::KindDigests digests(const State& s) { return store::digests_of(s.entries, s.terms); }

}  // namespace eir::feed
