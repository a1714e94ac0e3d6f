// SPDX-License-Identifier: GPL-3.0-or-later
// eir-bench-replica: what the replica's tables cost in memory, what one core decides from them with ranges and locks
// in play, and what it feels of a large change that another thread takes. One JSON line. Every answer is checked.
#include <CLI/CLI.hpp>
#include <array>
#include <atomic>
#include <chrono>
#include <fstream>
#include <thread>

#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include "core/base/published.h"
#include "core/lists/index.h"
#include "replica_data.h"
#include "replica_sqlite.h"

namespace {

using namespace eir;
using bench::Asked;
using bench::Scale;
using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

constexpr size_t kBatchMax = 64;
constexpr size_t kPool = 1 << 20;
constexpr std::chrono::microseconds kSlow{10};

double since(steady_clock::time_point begin) { return Seconds(steady_clock::now() - begin).count(); }

/// Octets of this process in memory: its own, and those of mapped files.
std::pair<uint64_t, uint64_t> resident() {
  std::ifstream status("/proc/self/status");
  uint64_t own = 0, files = 0;
  for (std::string word; status >> word;) {
    if (word == "RssAnon:") status >> own;
    if (word == "RssFile:") status >> files;
  }
  return {own * 1024, files * 1024};
}

struct Sizes {
  double imei, range, lock, pair, mirror;
};

Sizes sizes_of(const lists::Index& index) {
  Sizes z{};
  double ranges = 0, sieves = 0;
  for (const lists::Tables& t : index.layers()) {
    z.imei += static_cast<double>(t.imeis.hot.size_bytes() + t.imeis.side.slots.size_bytes());
    ranges +=
        static_cast<double>(t.ranges.edges.size_bytes() + t.ranges.terms.size_bytes() +
                            t.ranges.tree.words.size_bytes() + t.ranges.touched.slots.size_bytes() +
                            t.ranges.touched_parts.edges.size_bytes() + t.ranges.touched_parts.tree.words.size_bytes());
    z.lock += static_cast<double>(t.locks.table.slots.size_bytes() + t.locks.by_imsi.slots.size_bytes() +
                                  t.locks.by_msisdn.slots.size_bytes());
    z.pair += static_cast<double>(t.pairs.table.slots.size_bytes());
    sieves += static_cast<double>(t.sieves.devices.words.size_bytes() + t.sieves.subscribers.words.size_bytes() +
                                  t.sieves.prefixes.words.size_bytes());
    z.mirror += static_cast<double>(t.mirror.table.slots.size_bytes() + t.mirror.by_msisdn.slots.size_bytes());
  }
  const lists::KindCounts n = index.counts();
  const auto each = [](double octets, uint64_t count) { return count ? octets / static_cast<double>(count) : 0; };
  // The sieves' share: half of the locks here name one subscriber, half two.
  const double lock_keys = 2.5 * static_cast<double>(n.locks), pair_keys = 2.0 * static_cast<double>(n.pairs);
  const double key = sieves / std::max(1.0, lock_keys + pair_keys + static_cast<double>(n.subscribers + n.exceptions));
  z.lock += key * lock_keys;
  z.pair += key * pair_keys;
  return {each(z.imei, n.imeis), each(ranges, n.ranges + n.tacs), each(z.lock, n.locks), each(z.pair, n.pairs),
          each(z.mirror, n.mirror)};
}

struct Run {
  double per_s = 0;
  uint64_t wrong = 0;
};

/// Of this thread: what others do with the core meanwhile is not counted.
double cpu_s() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

Run measure(const std::vector<Asked>& pool, const decision::Basis& basis, size_t batch, double seconds) {
  // Questions are made as they are asked, as from a message: only the lists are far away.
  std::array<decision::Question, kBatchMax> questions;
  std::array<decision::Verdict, kBatchMax> verdicts;
  uint64_t asked = 0, wrong = 0;
  const double begin = cpu_s();
  double took = 0;
  for (size_t at = 0; took < seconds; took = cpu_s() - begin) {
    for (size_t done = 0; done < 16'384; done += batch, at = (at + batch) % (kPool - kBatchMax)) {
      for (size_t i = 0; i < batch; ++i) {
        questions[i].imei = pool[at + i].imei;
        questions[i].imsi = pool[at + i].imsi;
      }
      if (batch == 1) {
        verdicts[0] = decision::EquipmentChecker::check(questions[0], basis);
      } else {
        decision::EquipmentChecker::check(std::span(questions).first(batch), basis, std::span(verdicts).first(batch));
      }
      for (size_t i = 0; i < batch; ++i) wrong += verdicts[i].told != pool[at + i].expected;
      asked += batch;
    }
  }
  return {static_cast<double>(asked) / took, wrong};
}

/// How many decisions took longer than kSlow, and how many there were.
struct Slow {
  uint64_t slow = 0, asked = 0;
  double share() const { return asked ? static_cast<double>(slow) / static_cast<double>(asked) : 0; }
};

/// Decides until told to stop, each question timed.
class Decider {
 public:
  Decider(const std::vector<Asked>& pool, base::Published<decision::Basis>& basis)
      : pool_(pool), basis_(basis), slot_(basis.take_slot()) {}
  void run(const std::atomic<bool>& stop, Slow& out) {
    auto before = steady_clock::now();
    while (!stop.load(std::memory_order_relaxed)) {
      at_ = (at_ + 1) % kPool;
      const auto pin = basis_.pin(slot_);
      question_.imei = pool_[at_].imei;
      question_.imsi = pool_[at_].imsi;
      sink_ += static_cast<uint64_t>(decision::EquipmentChecker::check(question_, *pin).told);
      const auto now = steady_clock::now();
      out.slow += now - before > kSlow;
      ++out.asked;
      before = now;
    }
  }
  uint64_t sink() const { return sink_; }

 private:
  const std::vector<Asked>& pool_;
  base::Published<decision::Basis>& basis_;
  const int slot_;
  decision::Question question_;
  size_t at_ = 0;
  uint64_t sink_ = 0;
};

decision::Basis basis_of(std::shared_ptr<const lists::View> lists) {
  decision::Basis basis;
  basis.settings.response_type = decision::ResponseType::kType2;  // so that an unlisted IMEI is told apart
  basis.lists = std::move(lists);
  return basis;
}

struct Disturbed {
  Slow quiet, busy;
  double apply_s = 0;         ///< the longest
  Sizes sizes{};              ///< with the change as overlay
  uint64_t own_resident = 0;  ///< while both states are held
};

/// The change and its inverse taken in turn, each beside a decider; in between the decider alone, as long.
base::Result<Disturbed, base::Problem> disturb(std::shared_ptr<const lists::Index> index,
                                               const std::vector<Asked>& pool, lists::Change change, int rounds) {
  Disturbed d;
  base::Published<decision::Basis> published;
  const auto publish = [&] { published.publish(std::make_unique<const decision::Basis>(basis_of(index))); };
  publish();
  Decider decider(pool, published);
  const auto beside = [&](Slow& out, auto work) {
    std::atomic<bool> stop{false};
    std::thread thread([&] { decider.run(stop, out); });
    work();
    stop = true;
    thread.join();
  };
  for (int i = 0; i < 2 * rounds; ++i) {
    base::Result<std::shared_ptr<const lists::Index>, base::Problem> next;
    double took = 0;
    beside(d.busy, [&] {
      const auto begin = steady_clock::now();
      next = index->with(change, {1, static_cast<uint64_t>(i + 2)});
      if (!next) return;
      index = *next;
      publish();
      took = since(begin);
    });
    if (!next) return tl::unexpected(next.error());
    d.apply_s = std::max(d.apply_s, took);
    if (i == 0) {
      d.sizes = sizes_of(*index);
      d.own_resident = resident().first;
    }
    std::swap(change.before, change.after);
    beside(d.quiet, [&] { std::this_thread::sleep_for(Seconds(took)); });
  }
  return d;
}

int fail(const base::Problem& problem) {
  fmt::print(stderr, "{}\n", problem.message());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The replica's tables: memory, decisions, and a large change beside them; one JSON line");
  uint64_t imeis = 10'000'000, change_places = 1'000'000, seed = 1, sqlite_max = 10'000'000;
  double seconds = 3;
  size_t batch = 32;
  int rounds = 2;
  bool mirror = false, keep = false;
  std::string path = "bench.snapshot";
  app.add_option("--entries", imeis, "IMEIs; a tenth as many ranges, locks and pairs")
      ->check(CLI::Range(uint64_t{10'000}, uint64_t{1'000'000'000}));
  app.add_option("--change", change_places, "places of the change, a tenth of them ranges")
      ->check(CLI::Range(uint64_t{100}, uint64_t{lists::kOverlayKeysMax}));
  app.add_option("--seconds", seconds, "of each measurement");
  app.add_option("--batch", batch, "questions asked at once")->check(CLI::Range(size_t{1}, kBatchMax));
  app.add_option("--rounds", rounds, "times the change and its inverse are taken");
  app.add_option("--sqlite-max", sqlite_max, "entries up to which SQLite is measured, too");
  app.add_flag("--mirror", mirror, "60 mirror entries for 100 IMEIs");
  app.add_option("--snapshot", path, "file to write");
  app.add_flag("--keep", keep, "leave the snapshot there, and take it if it is there: of the same options");
  app.add_option("--seed", seed);
  CLI11_PARSE(app, argc, argv);

  const Scale scale{imeis, imeis / 10, imeis / 10, imeis / 10, imeis / 100, imeis / 1000, mirror ? imeis / 10 * 6 : 0};
  std::mt19937_64 random(seed);
  bench::SqliteResult sqlite;
  double built_s = 0;
  uint64_t built_own = 0;
  std::vector<Asked> pool;
  for (size_t i = 0; i < kPool; ++i) pool.push_back(bench::make_question(scale, random));
  if (!keep || ::access(path.c_str(), R_OK) != 0) {
    const lists::Entries entries = bench::make_entries(scale);
    const uint64_t before = resident().first;
    const auto begin = steady_clock::now();
    const auto written = lists::write_snapshot(path, entries, lists::TermsPool(), {});
    built_s = since(begin);
    if (!written) return fail(written.error());
    built_own = resident().first - before;
    if (imeis <= sqlite_max) sqlite = bench::measure_sqlite(path + ".db", entries, pool, seconds);
  }
  const auto begin = steady_clock::now();
  auto snapshot = lists::Snapshot::open(path);
  const double opened_s = since(begin);
  if (!keep) ::unlink(path.c_str());
  if (!snapshot) return fail(snapshot.error());
  const auto index = std::make_shared<lists::Index>(*snapshot, lists::Version{1, 1});
  const decision::Basis basis = basis_of(index);
  std::array<size_t, bench::kMixes> mix{};
  for (const Asked& a : pool) ++mix[static_cast<size_t>(a.about)];
  (void)measure(pool, basis, 1, 0.2);
  const Run single = measure(pool, basis, 1, seconds), batched = measure(pool, basis, batch, seconds);
  const auto disturbed = disturb(index, pool, bench::make_change(scale, change_places), rounds);
  if (!disturbed) return fail(disturbed.error());
  const Sizes z = sizes_of(*index), with = disturbed->sizes;
  const uint64_t wrong = single.wrong + batched.wrong;
  fmt::print(
      R"({{"entries":{},"total":{},"octets":{},"imei_octets":{:.2f},"range_octets":{:.2f},"range_octets_with":{:.2f},)"
      R"("lock_octets":{:.2f},"pair_octets":{:.2f},"mirror_octets":{:.2f},"build_s":{:.2f},"build_own":{},"open_s":{:.3f},)"
      R"("mapped":{},"swap_own":{},"single_per_s":{:.0f},"batch":{},"batched_per_s":{:.0f},"change":{},"apply_s":{:.3f},)"
      R"("quiet_asked":{},"quiet_slow":{},"busy_asked":{},"busy_slow":{},"sqlite_per_s":{:.0f},"sqlite_octets":{},"mix":[{}],"wrong":{}}})"
      "\n",
      imeis, index->counts().total(), (*snapshot)->info().octets, z.imei, z.range, with.range, z.lock, z.pair, z.mirror,
      built_s, built_own, opened_s, resident().second, disturbed->own_resident, single.per_s, batch, batched.per_s,
      change_places, disturbed->apply_s, disturbed->quiet.asked, disturbed->quiet.slow, disturbed->busy.asked,
      disturbed->busy.slow, sqlite.per_s, sqlite.octets, fmt::join(mix, ","), wrong + sqlite.wrong);
  return wrong + sqlite.wrong == 0 ? 0 : 1;
}
