// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/sightings/journal.h"
#include "tests/unit/temp_directory.h"

namespace eir::sightings {

/// A directory of journals of its own for each test, removed at the end.
class JournalTest : public ::testing::Test {
 protected:
  void SetUp() override { clock_.set_wall(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)); }

  base::UnixSeconds now() const { return std::chrono::floor<std::chrono::seconds>(clock_.wall()); }
  Sighting seen(uint64_t imei, const char* node = "mme1.epc.mnc001.mcc255.3gppnetwork.org") const {
    decision::Question q;
    q.imei = identity::Imei::from_text(std::to_string(imei) + "07");
    q.imsi = identity::Imsi(*identity::Digits::parse("255010000000001"));
    q.asker.peer = node;
    q.asker.interface = decision::Interface::kS13;
    q.time = now();
    return sighting_of(q);
  }
  std::unique_ptr<Journal> open(const Limits& limits = {}) {
    auto journal = Journal::open(dir_, limits, clock_);
    EXPECT_TRUE(journal) << (journal ? "" : journal.error().message());
    return journal ? std::move(*journal) : nullptr;
  }
  std::vector<Sighting> all(base::UnixSeconds since = {}) {
    std::vector<Sighting> out;
    report_ = *read_journals(
        dir_, since, [&](const Sighting& s) { out.push_back(s); }, [&](const Served& s) { served_.push_back(s); });
    return out;
  }
  std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> out;
    for (const auto& e : std::filesystem::directory_iterator(dir_)) out.push_back(e.path());
    std::sort(out.begin(), out.end());
    return out;
  }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  const test::TempDirectory temp_;
  const std::string root_ = temp_.path(), dir_ = temp_.file("seen");
  base::ManualClock clock_;
  ReadReport report_;
  std::vector<Served> served_;
};

inline constexpr uint64_t kImei = 35'809'101'000'000;

}  // namespace eir::sightings
