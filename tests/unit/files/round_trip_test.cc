// SPDX-License-Identifier: GPL-3.0-or-later
// What is written and read again is the same, whatever the entries; and whatever the pieces a file is parsed in.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <random>

#include "core/files/list_file.h"
#include "core/files/list_writer.h"
#include "core/lists/snapshot.h"
#include "tests/unit/temp_directory.h"

namespace eir::files {
namespace {

using lists::EntryKind;

/// Random entries of every kind, as a list file's text of each.
class Source {
 public:
  explicit Source(unsigned seed) : random_(seed) {}

  std::vector<std::string> files(unsigned rows) {
    std::vector<std::string> all = {"imei,list,svn,reason,valid_from,valid_until,next\n",
                                    "subscriber,list,reason,valid_from,valid_until,next\n",
                                    "imei,subscriber,list,reason,valid_from,valid_until,next\n",
                                    "policy,imei,imsi,msisdn,reason,valid_from,valid_until\n",
                                    "imsi,msisdn\n",
                                    "subscriber,ruling,reason,valid_from,valid_until\n",
                                    "tac,class,valid_from,valid_until\n"};
    for (unsigned i = 0; i < rows; ++i) {
      all[0] += fmt::format("{},{},{},{}\n", imei(), list(), one_of({"", "", "00", "07", "99"}), terms(true));
      all[0] += fmt::format("{},{},,{}\n", range(), list(), terms(true));
      all[1] += fmt::format("{},{},{}\n", who(true), list(), terms(true));
      all[2] += fmt::format("{},{},{},{}\n", imei(), who(false), list(), terms(true));
      all[3] += fmt::format("{},{},{},{},{}\n", one_of({"mutual", "device", "subscriber"}), imei(), digits(),
                            one_of({"", "380441234567"}), terms(false));
      all[4] += fmt::format("{},{}\n", digits(), digits());
      all[5] +=
          fmt::format("{},{},{}\n", who(true), one_of({"white", "black", "grey", "unknown", "go-on"}), terms(false));
      all[6] +=
          fmt::format("{:08},{}{}\n", number(99'999'999),
                      one_of({"phone", "a \"\"b\"\"", "x"}).front() == 'a' ? "\"a \"\"b\"\", c\"" : "meter", dates());
    }
    return all;
  }

 private:
  uint64_t number(uint64_t below) { return random_() % below; }
  std::string one_of(std::vector<std::string> words) { return words[number(words.size())]; }
  std::string imei() { return fmt::format("358091{:08}", number(5000) + 1); }
  std::string range() {
    const uint64_t from = number(100) * 1'000'000;
    const uint64_t part = number(4);
    if (part == 0) return fmt::format("358092{:02}", number(100));
    return fmt::format("358092{:08}-358092{:08}", from + part * 10, from + 999'999 - part * 10);
  }
  std::string digits() { return fmt::format("{:012}", number(1000) * 7 + 1); }
  std::string who(bool prefix) {
    return one_of({"imsi:", "msisdn:"}) + digits().substr(0, 9 + number(4)) + (prefix && number(2) ? "*" : "");
  }
  std::string list() { return one_of({"white", "grey", "black", "white+grey", "grey+black", "white+grey+black"}); }
  std::string dates() {
    return one_of({",,", ",2026-01-31,", ",,2027-02-03T04:05:06Z", ",2026-01-31T01:02:03Z,2026-02-01"});
  }
  std::string terms(bool next) {
    std::string text = one_of({"", "", "stolen", "\"a, \"\"b\"\"\"", "K\xC3\xB6ln"}) + dates();
    if (next) text += text.ends_with(',') ? "," : one_of({",", ",black", ",white+grey"});
    return text;
  }
  std::mt19937_64 random_;
};

/// Everything that was taken, as text, in order.
std::string content_of(const ListFile& list) {
  std::string out;
  lists::Entries::for_each(list.entries, [&]<class Entry>(const std::vector<Entry>& all) {
    ListWriter writer(Entry::kKind, [&](std::string_view octets) {
      out += octets;
      return true;
    });
    for (const Entry& e : all) writer.row(e, list.terms.of(e.terms));
    writer.finish();
  });
  return out;
}

class RoundTrip : public ::testing::Test {
 protected:
  std::vector<std::string> write(const std::vector<std::string>& texts, const std::string& stem) {
    std::vector<std::string> paths;
    for (size_t i = 0; i < texts.size(); ++i) {
      paths.push_back(fmt::format("{}/{}{}.csv", dir_, stem, i));
      std::ofstream(paths.back(), std::ios::binary) << texts[i];
    }
    return paths;
  }
  const test::TempDirectory temp_;
  const std::string dir_ = temp_.path();
};

TEST_F(RoundTrip, WhatIsWrittenIsReadAsTheSame) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto list = read_list_files(write(Source(seed).files(300), "in"));
    ASSERT_TRUE(list) << list.error().message();
    ASSERT_GT(list->entries.size(), 1000u);
    lists::SnapshotInfo info;
    info.version = {0, seed};
    info.counts = list->entries.counts();
    ASSERT_TRUE(lists::write_snapshot(dir_ + "/snapshot", list->entries, list->terms, info));
    const auto snapshot = lists::Snapshot::open(dir_ + "/snapshot");
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    const lists::Index index(*snapshot, {0, seed});
    std::vector<std::string> out;
    uint64_t rows = 0;
    for (const EntryKind kind : {EntryKind::kImei, EntryKind::kSubscriber, EntryKind::kPair, EntryKind::kLock,
                                 EntryKind::kMirror, EntryKind::kException, EntryKind::kDeviceClass}) {
      out.emplace_back();
      const auto written = write_list(index, kind, [&](std::string_view octets) {
        out.back() += octets;
        return true;
      });
      ASSERT_TRUE(written);
      rows += *written;
    }
    EXPECT_EQ(rows, list->entries.size());
    const auto again = read_list_files(write(out, "out"));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->lines_bad, 0u) << bad_line_report(*again);
    EXPECT_EQ(again->repeats, 0u);
    EXPECT_EQ(again->entries.counts(), list->entries.counts());
    EXPECT_EQ(content_of(*again), content_of(*list)) << seed;
  }
}

TEST_F(RoundTrip, PiecesOfAnySizeSayTheSame) {
  std::string text = "# c\n" + Source(99).files(60)[0];
  text +=
      "35809101685355,white,,\"a\nb\",,,\n"    // a line end inside: refused, and a piece may begin in it
      "35809101685356,white,,\"\n\n\n\",,,\n"  // several
      "# comment, \"\n\n"                      // idle lines
      "35809101685357,white,,\"open,,,\n"      // a quote without its end
      "35809101685358,white,,x\"y,,,\n"        // a stray one
      "35809101685359,white,,\"" +
      std::string(5000, 'x') +
      "\",,,\n"  // too long
      "35809101685360,red,,,,,\r\n"
      "35809101685361,black,,,,,";
  const auto whole = read_list(text, "t.csv");
  ASSERT_TRUE(whole);
  ASSERT_GT(whole->lines_bad, 6u);
  for (const size_t piece : {1u, 2u, 3u, 7u, 20u, 64u, 333u, 4096u}) {
    const auto cut = read_list(text, "t.csv", {}, piece);
    ASSERT_TRUE(cut);
    EXPECT_EQ(cut->rows, whole->rows) << piece;
    EXPECT_EQ(cut->repeats, whole->repeats) << piece;
    EXPECT_EQ(bad_line_report(*cut), bad_line_report(*whole)) << piece;
    EXPECT_EQ(content_of(*cut), content_of(*whole)) << piece;
  }
}

TEST_F(RoundTrip, SeveralFilesAreOneListAndNameTheirLines) {
  const auto paths = write({"imei,list\n35809101685355,white\n35809101685356,white", "tac,class\n35809101,phone\n",
                            "imei,list\n35809101685355,black\n35809101685356,white\n1,white\n"},
                           "part");
  const auto list = read_list_files(paths);
  ASSERT_TRUE(list);
  EXPECT_EQ(list->entries.size(), 3u);
  EXPECT_EQ(list->repeats, 1u);
  EXPECT_EQ(bad_line_report(*list),
            fmt::format("file,line,column,code,text\n"
                        "\"{0}\",2,imei,contradiction,\"line 2 of {1} says otherwise of 35809101685355\"\n"
                        "\"{0}\",4,imei,imei-form,\"\"\"1\"\": 8, 14, 15 or 16 digits or from-to with 14 each\"\n",
                        paths[2], paths[0]));
}

TEST_F(RoundTrip, ProgressCountsThroughAllFiles) {
  const auto paths =
      write({"imei,list\n35809101000001,black\n", "tac,class\n35809101,phone\n35809102,phone\n"}, "part");
  const uint64_t all = std::filesystem::file_size(paths[0]) + std::filesystem::file_size(paths[1]);
  uint64_t last = 0, rows = 0;
  ASSERT_TRUE(read_list_files(paths, [&](const ProgressReport& r) {
    if (r.stage != "reading") return;
    EXPECT_EQ(r.octets_all, all);
    EXPECT_GT(r.octets_done, last);
    last = r.octets_done;
    rows = r.done;
  }));
  EXPECT_EQ(last, all);
  EXPECT_EQ(rows, 3u);
}

TEST_F(RoundTrip, ASinkThatRefusesIsToldOf) {
  const auto list = read_list("imei,list\n35809101685355,white\n", "t.csv");
  lists::SnapshotInfo info;
  info.version = {0, 1};
  info.counts = list->entries.counts();
  ASSERT_TRUE(lists::write_snapshot(dir_ + "/s", list->entries, list->terms, info));
  const lists::Index index(*lists::Snapshot::open(dir_ + "/s"), {0, 1});
  EXPECT_FALSE(write_list(index, EntryKind::kImei, [](std::string_view) { return false; }));
}

}  // namespace
}  // namespace eir::files
