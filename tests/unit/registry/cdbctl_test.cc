// SPDX-License-Identifier: GPL-3.0-or-later
// The command line on a directory of its own.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

class Cdbctl : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "cdbctl.XXXXXX";
    ASSERT_TRUE(mkdtemp(pattern.data()));
    dir_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  struct Ran {
    int exit = -1;
    std::string said;
  };
  Ran run(const std::string& words, const std::string& input = "") {
    const std::string command = "printf '%s\\n' '" + input + "' | " CDBCTL " -d " + dir_ + "/cdb " + words + " 2>&1";
    Ran ran;
    FILE* out = popen(command.c_str(), "r");
    if (!out) return ran;
    char buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, out)) > 0;) ran.said.append(buffer, n);
    const int status = pclose(out);
    ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ran;
  }
  std::string file(const std::string& name, const std::string& text) {
    std::filesystem::create_directories(dir_);
    std::ofstream(dir_ + "/" + name) << text;
    return dir_ + "/" + name;
  }
  static bool has(const Ran& ran, const std::string& text) { return ran.said.find(text) != std::string::npos; }
  std::string dir_;
};

TEST_F(Cdbctl, UsersListsAuditAndPromotion) {
  EXPECT_EQ(run("user list").exit, 2) << "there is no database yet";
  EXPECT_EQ(run("user add importer-1 --role importer", "secret-1").exit, 0);
  EXPECT_EQ(run("user add x --role importer", "secret-1").exit, 1) << "too short a name";
  EXPECT_EQ(run("user add nobody-1 --role king", "secret-1").exit, 2);
  EXPECT_EQ(run("user add police-1 --role law-enforcement --follows", "12345").exit, 1) << "too short a password";
  EXPECT_EQ(run("user disable importer-1").exit, 0);
  const Ran users = run("user list");
  EXPECT_EQ(users.exit, 0);
  EXPECT_TRUE(has(users, "importer-1        importer         no")) << users.said;
  EXPECT_FALSE(has(users, "secret"));
  const auto key = std::filesystem::status(dir_ + "/cdb/centre.key").permissions();
  EXPECT_EQ(key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);

  const std::string good = file("good.csv", "imei,list,svn,reason\n352106050544203,black,,stolen\n35210606,white,,\n");
  const std::string bad = file("bad.csv", "imei,list,svn,reason\n352106050544204,black,,\n352106050544211,grey,,\n");
  const Ran imported = run("import " + good + " --evidence case-7");
  EXPECT_EQ(imported.exit, 0) << imported.said;
  EXPECT_TRUE(has(imported, "entries taken 2, refused 0, bad lines 0")) << imported.said;
  EXPECT_EQ(run("import " + bad).exit, 1);
  const Ran device = run("device show 352106050544203");
  EXPECT_TRUE(has(device, "by registry\n")) << device.said;

  EXPECT_EQ(run("urgent add 352106050544203").exit, 2) << "without a reason";
  EXPECT_EQ(run("urgent add 352106050544203 352106050544211 --reason order").exit, 1) << "one is not black";
  EXPECT_EQ(run("urgent add 352106050544203 --reason order").exit, 0);
  const Ran urgent = run("urgent list");
  EXPECT_TRUE(has(urgent, "counted    1 of 1000\n35210605054420  since ")) << urgent.said;
  EXPECT_EQ(run("urgent remove 352106050544203 --reason over").exit, 0);
  EXPECT_FALSE(has(run("urgent list"), "since"));

  EXPECT_EQ(run("promote").exit, 2) << "without a reason";
  EXPECT_EQ(run("stand-by --reason move").exit, 0);
  EXPECT_EQ(run("policy unlisted grey-90-black").exit, 1) << "a following site changes nothing";
  EXPECT_EQ(run("promote --reason back").exit, 0);
  EXPECT_EQ(run("policy unlisted grey-90-black").exit, 0);
  const Ran status = run("status");
  EXPECT_TRUE(has(status, "site       active")) << status.said;
  EXPECT_TRUE(has(status, "policy     unlisted grey-90-black")) << status.said;

  EXPECT_EQ(run("site alone perhaps").exit, 1);
  EXPECT_EQ(run("site alone on").exit, 0);
  const Ran sites = run("sites");
  EXPECT_EQ(sites.exit, 0);
  EXPECT_TRUE(has(sites, "role          active\nepoch         ")) << sites.said;
  EXPECT_TRUE(has(sites, "alone         on")) << sites.said;
  EXPECT_TRUE(has(sites, "own block     1")) << "what was refused while it followed: " << sites.said;

  const Ran whole = run("audit verify");
  EXPECT_EQ(whole.exit, 0) << whole.said;
  EXPECT_TRUE(has(whole, "whole"));
  const std::string head = whole.said.substr(whole.said.find("head ") + 5, 64);
  const Ran anchored = run("audit verify --anchor " + file("anchor", "audit-head " + head + "\n"));
  EXPECT_EQ(anchored.exit, 0) << anchored.said;
  EXPECT_TRUE(has(anchored, "anchors 1 of 1 found"));
  const Ran foreign = run("audit verify --anchor " + file("other", std::string(64, 'e') + "\n"));
  EXPECT_EQ(foreign.exit, 1) << foreign.said;
  EXPECT_TRUE(has(foreign, "NOT WHOLE"));
  EXPECT_EQ(run("audit find NOT-THERE").exit, 1);
}

}  // namespace
