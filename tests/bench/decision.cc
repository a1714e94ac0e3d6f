// SPDX-License-Identifier: GPL-3.0-or-later
// eir-bench-decision: how many questions one core decides from an index of many entries, one after the other and
// with the memory asked for in batches. Every answer is checked.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <random>
#include <vector>

#include <fmt/format.h>

#include "core/decision/equipment_checker.h"
#include "core/lists/index.h"
#include "core/lists/snapshot.h"

namespace {

using namespace eir;
using decision::Status;
using std::chrono::steady_clock;

/// Listed IMEIs have a TAC below this, listed TACs one above: what is expected is known without the index.
constexpr uint64_t kTacSplit = 80'000'000, kTacEnd = 100'000'000, kSerials = 1'000'000;
constexpr size_t kPool = 1 << 22;  ///< questions asked in turn: more than any cache holds the entries of
constexpr size_t kBatchMax = 64;
constexpr std::array kLists{lists::ListSet(lists::ListSet::kWhite), lists::ListSet(lists::ListSet::kBlack),
                            lists::ListSet(lists::ListSet::kGrey)};

struct Asked {
  identity::Imei imei;
  Status expected;
};

struct Options {
  uint64_t entries = 10'000'000, tacs = 10'000;
  double hit = 0.5, tac = 0.1, seconds = 3;
  size_t batch = 32;
  uint64_t seed = 1;
};

/// As a network sends it: 15 digits, the last one that nobody looks at.
identity::Imei to_imei(uint64_t key) { return identity::Imei::from_text(fmt::format("{:014}0", key)); }

/// A listed key's list follows from the key.
size_t list_of(uint64_t number) { return number * 2654435761u >> 7 & 0xFFFF; }
Status status_of(uint64_t number) { return static_cast<Status>(list_of(number) % 3); }

std::vector<lists::ImeiEntry> make_entries(const Options& o, std::mt19937_64& random) {
  std::uniform_int_distribution<uint64_t> any(1, kTacSplit * kSerials - 1);
  std::vector<lists::ImeiEntry> all;
  all.reserve(o.entries);
  const auto by_word = [](const auto& a, const auto& b) { return a.word < b.word; };
  const auto same = [](const auto& a, const auto& b) { return a.place() == b.place(); };
  while (all.size() < o.entries) {
    for (size_t n = o.entries - all.size(); n > 0; --n) {
      const uint64_t key = any(random);
      all.push_back(lists::ImeiEntry::make(identity::ImeiKey{key}, std::nullopt, kLists[list_of(key) % 3]));
    }
    std::sort(all.begin(), all.end(), by_word);
    all.erase(std::unique(all.begin(), all.end(), same), all.end());
  }
  return all;
}

std::vector<lists::RangeEntry> make_tacs(const Options& o) {
  std::vector<lists::RangeEntry> all;
  const uint64_t step = (kTacEnd - kTacSplit) / std::max<uint64_t>(o.tacs, 1);
  for (uint64_t i = 0; i < o.tacs; ++i) {
    const uint64_t tac = kTacSplit + i * step;
    lists::RangeEntry e;
    e.from = identity::ImeiKey{tac * kSerials};
    e.to = identity::ImeiKey{tac * kSerials + kSerials - 1};
    e.lists = kLists[list_of(tac) % 3];
    all.push_back(e);
  }
  return all;
}

std::vector<Asked> make_pool(const Options& o, std::span<const lists::ImeiEntry> entries, std::mt19937_64& random) {
  std::uniform_real_distribution<double> share(0, 1);
  std::uniform_int_distribution<uint64_t> any(1, kTacSplit * kSerials - 1), serial(0, kSerials - 1);
  const uint64_t step = (kTacEnd - kTacSplit) / std::max<uint64_t>(o.tacs, 1);
  std::vector<Asked> pool(kPool);
  for (auto& q : pool) {
    const double u = share(random);
    if (u < o.hit) {
      const uint64_t key = entries[random() % entries.size()].word >> lists::ImeiEntry::kKeyShift;
      q = {to_imei(key), status_of(key)};
    } else if (u < o.hit + o.tac && o.tacs) {
      const uint64_t tac = kTacSplit + random() % o.tacs * step;
      q = {to_imei(tac * kSerials + serial(random)), status_of(tac)};
    } else {
      uint64_t key;
      const auto listed = [&](uint64_t k) {
        const uint64_t word = k << lists::ImeiEntry::kKeyShift;
        const auto at = std::lower_bound(entries.begin(), entries.end(), word,
                                         [](const auto& e, uint64_t w) { return e.word < w; });
        return at != entries.end() && identity::number(at->key()) == k;
      };
      do key = any(random);
      while (listed(key));
      q = {to_imei(key), Status::kUnknown};
    }
  }
  return pool;
}

struct Run {
  double per_s = 0;
  uint64_t asked = 0, wrong = 0;
};

/// Asks the pool over and over; `batch` questions at once.
Run measure(const std::vector<Asked>& pool, const decision::Basis& basis, size_t batch, double seconds) {
  Run run;
  std::array<decision::Question, kBatchMax> questions;
  std::array<decision::Verdict, kBatchMax> verdicts;
  const auto begin = steady_clock::now();
  std::chrono::duration<double> took{};
  for (size_t at = 0; took.count() < seconds;) {
    for (size_t done = 0; done < 65536; done += batch) {
      for (size_t i = 0; i < batch; ++i) questions[i].imei = pool[at + i].imei;
      if (batch == 1) {
        verdicts[0] = decision::EquipmentChecker::check(questions[0], basis);
      } else {
        decision::EquipmentChecker::check(std::span(questions).first(batch), basis, std::span(verdicts).first(batch));
      }
      for (size_t i = 0; i < batch; ++i) run.wrong += verdicts[i].told != pool[at + i].expected;
      run.asked += batch;
      at += batch;
      if (at + batch > pool.size()) at = 0;
    }
    took = steady_clock::now() - begin;
  }
  run.per_s = static_cast<double>(run.asked) / took.count();
  return run;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Decisions per second of one core, from an index of many entries; one JSON line");
  Options o;
  app.add_option("--entries", o.entries)
      ->check(CLI::Range(uint64_t{1}, uint64_t{1'000'000'000}))
      ->capture_default_str();
  app.add_option("--tacs", o.tacs)->check(CLI::Range(uint64_t{0}, uint64_t{1'000'000}))->capture_default_str();
  app.add_option("--hit", o.hit, "share of questions for a listed IMEI")->capture_default_str();
  app.add_option("--tac", o.tac, "share of questions for a listed TAC")->capture_default_str();
  app.add_option("--batch", o.batch, "questions asked at once")
      ->check(CLI::Range(size_t{1}, kBatchMax))
      ->capture_default_str();
  app.add_option("--seconds", o.seconds, "of each measurement")->capture_default_str();
  app.add_option("--seed", o.seed)->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  std::mt19937_64 random(o.seed);
  auto entries = make_entries(o, random);
  const auto pool = make_pool(o, entries, random);
  lists::Entries all;
  all.imeis = std::move(entries);
  all.ranges = make_tacs(o);
  const auto begin = steady_clock::now();
  const auto snapshot = lists::Snapshot::of(std::move(all), lists::TermsPool(), lists::Version{0, 1});
  const std::chrono::duration<double> built = steady_clock::now() - begin;
  if (!snapshot) {
    fmt::print(stderr, "the index could not be built\n");
    return 1;
  }
  decision::Basis basis;
  basis.settings.response_type = decision::ResponseType::kType2;  // so that an unlisted IMEI is told apart
  basis.lists = std::make_shared<lists::Index>(snapshot, lists::Version{0, 1});

  (void)measure(pool, basis, 1, 0.2);
  const Run single = measure(pool, basis, 1, o.seconds);
  const Run batched = measure(pool, basis, o.batch, o.seconds);
  fmt::print(
      R"({{"entries":{},"octets_per_entry":{:.2f},"build_s":{:.2f},"hit":{},"tac":{},"single_per_s":{:.0f},"batch":{},"batched_per_s":{:.0f},"wrong":{}}})"
      "\n",
      o.entries, static_cast<double>(snapshot->info().octets) / static_cast<double>(o.entries), built.count(), o.hit,
      o.tac, single.per_s, o.batch, batched.per_s, single.wrong + batched.wrong);
  return single.wrong + batched.wrong == 0 ? 0 : 1;
}
