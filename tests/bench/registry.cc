// SPDX-License-Identifier: GPL-3.0-or-later
// How many IMEIs a second the central database takes in jobs, stored, on record and durable, and how many single
// creates, beginning from so many stored.
#include <fmt/format.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <random>
#include <thread>

#include "core/identity/imei.h"
#include "registry/registry.h"
#include "registry/sqlite_store.h"

namespace {

using namespace eir;
using namespace eir::registry;
using Clock = std::chrono::steady_clock;

double since(Clock::time_point t) { return std::chrono::duration<double>(Clock::now() - t).count(); }

Request who(uint64_t n) {
  return {kPolicyUser, "bench", Role::kAdministrator, "local", "C" + std::to_string(n), "S" + std::to_string(n)};
}

FileJob job_of(uint64_t number, size_t names, std::mt19937_64& random) {
  FileJob job{"B" + std::to_string(number), {}};
  for (size_t done = 0; done < names; done += kGroupNamesMax) {
    CreateDevices& create = std::get<CreateDevices>(job.items.emplace_back(CreateDevices{}));
    for (size_t i = 0; i < std::min(kGroupNamesMax, names - done); ++i)
      create.names.push_back(identity::to_string(identity::ImeiKey{random() % (identity::kImeiKeyEnd - 1) + 1}));
    create.device.permit = "P-" + std::to_string(number);
    create.device.manufacturer = "Maker";
  }
  return job;
}

/// Files jobs for so long, or so many IMEIs, few of them ahead; returns IMEIs a second, changed and durable.
double jobs(Registry& registry, std::mt19937_64& random, uint64_t& number, size_t names, double seconds,
            uint64_t filed_max) {
  constexpr size_t kAhead = 8;
  const uint64_t before = registry.counters().imeis_changed.get();
  const auto began = Clock::now();
  for (uint64_t filed = 0; since(began) < seconds && filed < filed_max; filed += names) {
    while (registry.status().jobs_waiting + registry.status().queue_len > kAhead)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    ++number;
    registry.submit(who(number), job_of(number, names, random), [](const Outcome&) {});
  }
  while (registry.status().jobs_waiting + registry.status().queue_len > 0)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return static_cast<double>(registry.counters().imeis_changed.get() - before) / since(began);
}

/// Seconds of the processor this process has used, of all its threads.
double used() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

double singles(Registry& registry, unsigned threads, double seconds) {
  std::atomic<uint64_t> done{0};
  std::vector<std::thread> all;
  const auto began = Clock::now();
  for (unsigned t = 0; t < threads; ++t)
    all.emplace_back([&, t] {
      std::mt19937_64 random(1000 + t);
      for (uint64_t n = 0; since(began) < seconds; ++n) {
        CreateDevices create;
        create.names.push_back(identity::to_string(identity::ImeiKey{random() % (identity::kImeiKeyEnd - 1) + 1}));
        done += registry.execute(who(uint64_t{t} << 32 | n), create).ok();
      }
    });
  for (auto& t : all) t.join();
  return static_cast<double>(done.load()) / since(began);
}

}  // namespace

int main(int argc, char** argv) {
  std::string directory = "registry-bench";
  uint64_t preload = 10'000'000;
  double seconds = 30;
  size_t names = 10'000;
  CLI::App app("IMEIs a second into the central database");
  app.add_option("--directory", directory);
  app.add_option("--preload", preload, "IMEIs stored before anything is measured");
  app.add_option("--seconds", seconds);
  app.add_option("--names", names, "IMEIs in a job");
  CLI11_PARSE(app, argc, argv);
  base::SystemClock clock;
  SqliteStore store(SqliteOptions{directory});
  auto opened = Registry::open(store, clock, feed::SigningKey::make(), {});
  if (!opened) {
    fmt::print(stderr, "{}\n", opened.error().message());
    return 1;
  }
  Registry& registry = **opened;
  std::mt19937_64 random(std::random_device{}());
  uint64_t number = random() >> 20;
  const auto began = Clock::now();
  if (preload > 0) jobs(registry, random, number, 50'000, 1e9, preload);
  const uint64_t stored = registry.counters().imeis_changed.get();
  fmt::print("stored before: {} in {:.1f} s\n", stored, since(began));
  std::fflush(stdout);
  const double used_before = used();
  const double rate = jobs(registry, random, number, names, seconds, UINT64_MAX);
  const auto filed = static_cast<double>(registry.counters().imeis_changed.get() - stored);
  fmt::print("in jobs of {}: {:.0f} IMEI/s, {:.1f} us of processor an IMEI, {} groups, {} versions\n", names, rate,
             1e6 * (used() - used_before) / filed, registry.counters().groups.get(),
             registry.counters().versions.get());
  std::fflush(stdout);
  fmt::print("single creates over 64 threads: {:.0f}/s\n", singles(registry, 64, std::min(seconds, 10.0)));
  return 0;
}
