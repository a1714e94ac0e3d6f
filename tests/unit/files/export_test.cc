// SPDX-License-Identifier: GPL-3.0-or-later
// The operator's import and export, as programs.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/unit/program.h"
#include "tests/unit/temp_directory.h"

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

using eir::test::Ran;

class ExportTest : public ::testing::Test {
 protected:
  void SetUp() override { fs::create_directory(dir_ + "/out"); }

  /// Runs eirctl; stderr goes where the arguments say.
  Ran run(const std::string& arguments) const {
    return eir::test::run_program(fmt::format("cd {} && {} {}", dir_, EIRCTL, arguments));
  }
  void file(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ + "/" + name, std::ios::binary) << text;
  }
  std::string digest(const std::string& replica) const {
    return json::parse(run("lists --json --replica " + replica).out)["serving"]["digest"];
  }
  /// One file of each kind.
  void files_of_every_kind() const {
    std::string devices = "imei,list,svn,reason,valid_from,valid_until,next\n";
    for (int i = 0; i < 5000; ++i)
      devices += fmt::format("{},{},{},{},,{}\n", 35809101000000 + i * 37, i % 3 ? "grey" : "black+white",
                             i % 7 ? "" : "07", i % 5 ? "" : "\"a, \"\"b\"\"\"", i % 11 ? "," : "2030-01-01,black");
    file("devices.csv", devices + "35646705,black,,,,,\n35331100000000-35331100099999,white,,shipment,,,\n");
    file("subscribers.csv", "subscriber,list\nimsi:25501*,grey\nmsisdn:380441234567,black\n");
    file("pairs.csv", "imei,subscriber,list\n35809101000000,imsi:255011234567890,white\n");
    file("locks.csv", "policy,imei,imsi,msisdn\nmutual,35809101000037,255011234567890,380441234567\n");
    file("mirror.csv", "imsi,msisdn\n255011234567890,380441234567\n");
    file("exceptions.csv", "subscriber,ruling,reason\nimsi:25502*,go-on,roamers\n");
    file("classes.csv", "tac,class\n35809101,phone\n");
  }
  const eir::test::TempDirectory temp_;
  const std::string dir_ = temp_.path();
};

TEST_F(ExportTest, WhatIsExportedAndImportedIsTheSame) {
  files_of_every_kind();
  const Ran in =
      run("import --json --replica a devices.csv subscribers.csv pairs.csv locks.csv mirror.csv exceptions.csv "
          "classes.csv");
  ASSERT_EQ(in.status, 0) << in.out;
  const json imported = json::parse(in.out);
  EXPECT_EQ(imported["version"]["version"], "0.1") << "one version of all files";
  ASSERT_EQ(run("export --replica a --directory out 2>/dev/null").status, 0);
  size_t files = 0;
  for (const auto& e : fs::directory_iterator(dir_ + "/out")) files += e.path().extension() == ".csv";
  EXPECT_EQ(files, 7u);
  ASSERT_EQ(run("import --replica b out/*.csv >/dev/null").status, 0);
  EXPECT_EQ(digest("a"), digest("b"));
}

TEST_F(ExportTest, AChangedStateAndAnOlderVersion) {
  files_of_every_kind();
  ASSERT_EQ(run("import --replica a devices.csv >/dev/null").status, 0);
  const std::string first = digest("a");
  file("delta.csv",
       "imei,block_date,reasons,event\n49015420323751,20260101,Stolen,block\n35809101000037,,,unblock\n"
       "35809101000074,,,blocked\n");
  ASSERT_EQ(run("import --merge --replica a delta.csv >/dev/null").status, 0);
  EXPECT_NE(digest("a"), first);
  ASSERT_EQ(run("export --replica a --kind imei --output now.csv 2>/dev/null").status, 0);
  ASSERT_EQ(run("export --replica a --kind imei --version 0.1 > then.csv 2>/dev/null").status, 0);
  ASSERT_EQ(run("import --replica now now.csv >/dev/null").status, 0);
  ASSERT_EQ(run("import --replica then then.csv >/dev/null").status, 0);
  EXPECT_EQ(digest("now"), digest("a"));
  EXPECT_EQ(digest("then"), first);
  EXPECT_EQ(run("check --offline --replica a 49015420323751 --json | grep -c '\"answer\":\"black\"'").out, "1\n");
}

TEST_F(ExportTest, APublicBlackListAndWhatChangedIt) {
  // Its lines in order; as they came they are in `file`.
  const auto exported = [&](const std::string& replica, const std::string& file, const std::string& more = "") {
    return run("export --quiet --kind black-list --replica " + replica + more + " 2>/dev/null | tee " + file +
               " | sort")
        .out;
  };
  file("first.csv",
       "imei,list,svn,reason,valid_from,valid_until,next\n"
       "35809101000000,black,,\"a, \"\"b\"\"\",2026-01-31,,\n35809101000001,black+white,,,,,\n"
       "35809101000002,grey,,,,2020-01-01,black\n35809101000003,black,,,,2020-01-01,grey\n"
       "35809101000004,grey,,,,2098-01-01,black\n35809101000005,black,07,,,,\n35809101000006,white,,,,,\n"
       "35809102000000-35809102000009,black,,,,,\n35809101000007,black,,,,,\n");
  ASSERT_EQ(run("import --replica a first.csv >/dev/null").status, 0);
  EXPECT_EQ(exported("a", "black.csv"),
            "35809101000000,20260131,\"a, \"\"b\"\"\"\n35809101000001,,\n35809101000002,20200101,\n35809101000007,,\n"
            "imei,block_date,reasons\n");
  EXPECT_EQ(run("import --replica again black.csv >/dev/null").status, 0);
  file("second.csv",
       "imei,list,reason\n35809101000001,black,why\n35809101000006,black,\n35809101000007,white,\n"
       "35809101000008,black,new\n");
  ASSERT_EQ(run("import --merge --replica a second.csv >/dev/null").status, 0);
  EXPECT_EQ(exported("a", "delta.csv", " --since 0.1"),
            "35809101000001,,why,changed\n35809101000006,,,block\n35809101000007,,,unblock\n"
            "35809101000008,,new,block\nimei,block_date,reasons,event\n");
  EXPECT_EQ(run("import --merge --replica again delta.csv >/dev/null").status, 0);
  EXPECT_EQ(exported("again", "again.csv"), exported("a", "now.csv"));
}

TEST_F(ExportTest, DeltasAreOnlyAppliedOnTop) {
  file("delta.csv", "imei,block_date,reasons,event\n49015420323751,,,unblock\n49015420323752,,,block\n");
  const Ran whole = run("import --replica a delta.csv 2>&1");
  EXPECT_EQ(whole.status, 2);
  EXPECT_NE(whole.out.find("--merge"), std::string::npos) << whole.out;
}

TEST_F(ExportTest, SaysWhatIsWrong) {
  file("l.csv", "imei,list\n49015420323751,black\n");
  ASSERT_EQ(run("import --replica a l.csv >/dev/null").status, 0);
  ASSERT_EQ(run("import --replica a --source two l.csv >/dev/null").status, 0);
  const std::pair<const char*, const char*> rows[] = {
      {"export --replica a 2>&1", "--kind"},
      {"export --replica a --kind imei --directory out 2>&1", "--kind"},
      {"export --replica a --kind imei 2>&1", "local, two"},
      {"export --replica a --kind imeis 2>&1", "no such kind"},
      {"export --replica a --kind imei --source three 2>&1", "three"},
      {"export --replica a --kind imei --source two --version x 2>&1", "'x'"},
      {"export --replica a --kind imei --source two --since 0.1 2>&1", "black-list"},
      {"export --replica a --kind black-list --source two --since 9 2>&1", "'9'"},
      {"export --replica a --kind imei --source two --version 9.9 2>&1", "9.9"},
      {"export --replica a --kind imei --source two --output /no/such/file 2>&1", "/no/such/file"},
      {"export --replica nothing --kind imei 2>&1", "nothing"},
  };
  for (const auto& [arguments, said] : rows) {
    const Ran ran = run(arguments);
    EXPECT_EQ(ran.status, 2) << arguments;
    EXPECT_NE(ran.out.find(said), std::string::npos) << arguments << ": " << ran.out;
  }
  EXPECT_FALSE(fs::exists(dir_ + "/nothing")) << "reading makes no directory";
}

}  // namespace
