// SPDX-License-Identifier: GPL-3.0-or-later
// The command line on a directory of its own.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/unit/program.h"
#include "tests/unit/temp_directory.h"

namespace {

using eir::test::Ran;

class Cdbctl : public ::testing::Test {
 protected:
  Ran run(const std::string& words, const std::string& input = "") {
    return eir::test::run_program("printf '%s\\n' '" + input + "' | " CDBCTL " -d " + dir_ + "/cdb " + words + " 2>&1");
  }
  std::string file(const std::string& name, const std::string& text) { return temp_.write(name, text); }
  static bool has(const Ran& ran, const std::string& text) { return ran.out.find(text) != std::string::npos; }
  const eir::test::TempDirectory temp_;
  const std::string dir_ = temp_.path();
};

TEST_F(Cdbctl, UsersListsAuditAndPromotion) {
  EXPECT_EQ(run("user list").status, 2) << "there is no database yet";
  EXPECT_EQ(run("user add importer-1 --role importer", "secret-1").status, 0);
  EXPECT_EQ(run("user add x --role importer", "secret-1").status, 1) << "too short a name";
  EXPECT_EQ(run("user add nobody-1 --role king", "secret-1").status, 2);
  EXPECT_EQ(run("user add police-1 --role law-enforcement --follows", "12345").status, 1) << "too short a password";
  EXPECT_EQ(run("user disable importer-1").status, 0);
  const Ran users = run("user list");
  EXPECT_EQ(users.status, 0);
  EXPECT_TRUE(has(users, "importer-1        importer         no")) << users.out;
  EXPECT_FALSE(has(users, "secret"));
  const auto key = std::filesystem::status(dir_ + "/cdb/centre.key").permissions();
  EXPECT_EQ(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  const std::string good = file("good.csv", "imei,list,svn,reason\n352106050544203,black,,stolen\n35210606,white,,\n");
  const std::string bad = file("bad.csv", "imei,list,svn,reason\n352106050544204,black,,\n352106050544211,grey,,\n");
  const Ran imported = run("import " + good + " --evidence case-7");
  EXPECT_EQ(imported.status, 0) << imported.out;
  EXPECT_TRUE(has(imported, "entries taken 2, refused 0, bad lines 0")) << imported.out;
  EXPECT_EQ(run("import " + bad).status, 1);
  const Ran device = run("device show 352106050544203");
  EXPECT_TRUE(has(device, "by registry\n")) << device.out;

  EXPECT_EQ(run("urgent add 352106050544203").status, 2) << "without a reason";
  EXPECT_EQ(run("urgent add 352106050544203 352106050544211 --reason order").status, 1) << "one is not black";
  EXPECT_EQ(run("urgent add 352106050544203 --reason order").status, 0);
  const Ran urgent = run("urgent list");
  EXPECT_TRUE(has(urgent, "counted    1 of 1000\n35210605054420  since ")) << urgent.out;
  EXPECT_EQ(run("urgent remove 352106050544203 --reason over").status, 0);
  EXPECT_FALSE(has(run("urgent list"), "since"));

  EXPECT_EQ(run("promote").status, 2) << "without a reason";
  EXPECT_EQ(run("stand-by --reason move").status, 0);
  EXPECT_EQ(run("policy unlisted grey-90-black").status, 1) << "a following site changes nothing";
  EXPECT_EQ(run("promote --reason back").status, 0);
  EXPECT_EQ(run("policy unlisted grey-90-black").status, 0);
  const Ran status = run("status");
  EXPECT_TRUE(has(status, "site       active")) << status.out;
  EXPECT_TRUE(has(status, "policy     unlisted grey-90-black")) << status.out;

  EXPECT_EQ(run("site alone perhaps").status, 1);
  EXPECT_EQ(run("site alone on").status, 0);
  const Ran sites = run("sites");
  EXPECT_EQ(sites.status, 0);
  EXPECT_TRUE(has(sites, "role          active\nepoch         ")) << sites.out;
  EXPECT_TRUE(has(sites, "alone         on")) << sites.out;
  EXPECT_TRUE(has(sites, "own block     1")) << "what was refused while it followed: " << sites.out;

  const Ran whole = run("audit verify");
  EXPECT_EQ(whole.status, 0) << whole.out;
  EXPECT_TRUE(has(whole, "whole"));
  const std::string head = whole.out.substr(whole.out.find("head ") + 5, 64);
  const Ran anchored = run("audit verify --anchor " + file("anchor", "audit-head " + head + "\n"));
  EXPECT_EQ(anchored.status, 0) << anchored.out;
  EXPECT_TRUE(has(anchored, "anchors 1 of 1 found"));
  const Ran foreign = run("audit verify --anchor " + file("other", std::string(64, 'e') + "\n"));
  EXPECT_EQ(foreign.status, 1) << foreign.out;
  EXPECT_TRUE(has(foreign, "NOT WHOLE"));
  EXPECT_EQ(run("audit find NOT-THERE").status, 1);
}

}  // namespace
