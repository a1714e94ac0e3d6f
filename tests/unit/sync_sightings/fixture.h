// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unistd.h>

#include <set>

#include "sync/sightings/uploader.h"
#include "tests/unit/sightings/fixture.h"

namespace eir::sync::sightings {

using seen::kImei;

/// A centre that is a directory: up/NAME is what was put, filed/SEQUENCE what was filed. It outlives a process.
class DirectoryCarrier : public Carrier {
 public:
  explicit DirectoryCarrier(std::string directory) : directory_(std::move(directory)) {
    std::filesystem::create_directories(directory_ + "/up");
    std::filesystem::create_directories(directory_ + "/filed");
  }

  Said put(const Spooled& segment) override {
    ++puts;
    if (fail_puts > 0 && fail_puts--) return {Verdict::kNotNow, "no way to the centre"};
    const std::string name = std::to_string(segment.sequence), octets = content(segment.path);
    const std::string before = content(directory_ + "/up/" + name);
    if (!before.empty() && before != octets) write(directory_ + "/violation", "sequence " + name + " changed");
    write(directory_ + "/up/" + name, octets);
    return {Verdict::kTaken, {}};
  }
  Said file(const Spooled& segment) override {
    if (refuse.count(segment.sequence) || refuse_all) return {Verdict::kRefused, "2005"};
    const std::string path = directory_ + "/filed/" + std::to_string(segment.sequence);
    if (std::filesystem::exists(path)) return {Verdict::kTaken, {}};  // 2302
    const std::string octets = content(directory_ + "/up/" + std::to_string(segment.sequence));
    const auto read = decode({reinterpret_cast<const uint8_t*>(octets.data()), octets.size()});
    if (!read || read->head.sequence != segment.sequence || read->rows.size() != segment.rows)
      return {Verdict::kRefused, read ? "rows" : read.error().text};
    std::string text;
    for (const auto& s : read->rows) text += std::to_string(identity::number(s.imei)) + "\n";
    write(path, text);
    return {Verdict::kTaken, {}};
  }
  bool another_site() override { return others > 0 && others--; }

  /// How often each device arrived, over all filings.
  std::map<uint64_t, unsigned> arrived() const {
    std::map<uint64_t, unsigned> all;
    for (const auto& e : std::filesystem::directory_iterator(directory_ + "/filed")) {
      std::ifstream in(e.path());
      for (uint64_t imei; in >> imei;) ++all[imei];
    }
    return all;
  }
  std::string violation() const { return content(directory_ + "/violation"); }

  unsigned puts = 0, fail_puts = 0, others = 0;
  std::set<uint64_t> refuse;
  bool refuse_all = false;

 private:
  static std::string content(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static void write(const std::string& path, const std::string& text) {
    std::ofstream(path + "~", std::ios::binary) << text;
    std::filesystem::rename(path + "~", path);
  }
  const std::string directory_;
};

class UploaderTest : public seen::JournalTest {
 protected:
  void SetUp() override {
    JournalTest::SetUp();
    config_.node = "node-1";
    config_.journals = dir_;
    config_.spool = root_ + "/spool";
    config_.rows_max = 10;
    carrier_ = std::make_unique<DirectoryCarrier>(root_ + "/centre");
  }
  std::unique_ptr<Uploader> uploader(Spool::Hook hook = {}) {
    auto made = std::make_unique<Uploader>(config_, *carrier_, clock_, std::move(hook));
    const auto ok = made->open();
    EXPECT_TRUE(ok) << ok.error().message();
    return made;
  }
  /// Notes devices kImei + next_ and so on.
  void note(seen::Journal& journal, unsigned count) {
    for (unsigned i = 0; i < count; ++i) journal.add(seen(kImei + next_++));
    journal.flush();
  }
  static void run(Uploader& u) {
    for (int i = 0; i < 100 && u.step(); ++i) {
    }
  }
  void expect_all_once() {
    const auto all = carrier_->arrived();
    EXPECT_EQ(all.size(), next_);
    for (const auto& [imei, times] : all) EXPECT_EQ(times, 1u) << imei;
    EXPECT_EQ(carrier_->violation(), "");
  }
  size_t spooled() const {
    size_t n = 0;
    for (const auto& e : std::filesystem::directory_iterator(config_.spool)) n += e.path().filename() != "state";
    return n;
  }

  UploaderConfig config_;
  std::unique_ptr<DirectoryCarrier> carrier_;
  uint64_t next_ = 0;
};

}  // namespace eir::sync::sightings
