// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/config.h"

#include "appliance/vty/config_file.h"
#include "appliance/vty/console.h"
#include "tests/unit/syncd/files.h"

namespace eir::appliance::syncd {
namespace {

class SyncdConfigTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    init_vty("test");
    install_config_nodes();
  }
  /// The problems of a text, each as "LINE text" or "- text".
  std::vector<std::string> check(const std::string& text) {
    const std::string path = files_.write("test.cfg", text);
    std::vector<std::string> all;
    for (const auto& p : check_config_file(path, [] { return validate(config()); }))
      all.push_back((p.where.starts_with(path + ":") ? p.where.substr(path.size() + 1) : "-") + " " + p.text);
    return all;
  }
  std::string line_of(const std::string& text, const std::string& line) {
    const size_t at = text.find(line);
    EXPECT_NE(at, std::string::npos) << line;
    return std::to_string(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n') + 1);
  }
  Files files_;
};

TEST_F(SyncdConfigTest, TheExampleIsGood) {
  for (const auto& p : check(files_.example())) ADD_FAILURE() << p;
}

TEST_F(SyncdConfigTest, EveryLineThatIsRefusedIsNamed) {
  const auto text = files_.example({{" node kyiv-1", " node Kyiv"},
                                    {" poll-interval 1000", " poll-interval 1"},
                                    {" priority 2", " priority 0"},
                                    {" from CENTRE 0+", " from CENTRE 00"},
                                    {" backlog 2000", " backlock 2000"}});
  const auto problems = check(text);
  // After these, what the whole lacks without them.
  ASSERT_GE(problems.size(), 5u);
  const char* const lines[] = {" node Kyiv", " poll-interval 1\n", " priority 0", " from CENTRE", " backlock"};
  for (size_t i = 0; i < std::size(lines); ++i)
    EXPECT_TRUE(problems[i].starts_with(line_of(text, lines[i]) + " ")) << problems[i];
}

TEST_F(SyncdConfigTest, WhatOnlyTheWholeShowsNamesItsLineToo) {
  struct Row {
    std::string what, by, line;
  };
  const Row rows[] = {
      {" centre-key .*", " centre-key /absent", " centre-key"},
      {" certificate .*", " certificate /absent", " certificate /"},
      {" ca .*", " ca " + files_.ca.file("node.key"), " ca "},
      {" password-file .*", " password-file /absent", "site main"},
      {" user kyiv-1", " user me", "site main"},
      {" files https://cdb1.*", " files http://x", "site main"},
      {" segments .*", " segments " + files_.dir + "/sightings", " segments"},
      {" node kyiv-1\n", "", " journals"},
      {" from .*\n", "", " listen"},
      {" schemas .*", " schemas /absent", " schemas"},
      {" messages .*", " messages /absent", " messages"},
  };
  for (const Row& row : rows) {
    const auto text = files_.example({{row.what, row.by}});
    const auto problems = check(text);
    ASSERT_FALSE(problems.empty()) << row.what;
    EXPECT_TRUE(problems[0].starts_with(line_of(text, row.line) + " ")) << row.what << ": " << problems[0];
  }
  EXPECT_GE(check("").size(), 5u) << "no site, no key; no certificate, private key and authority";
}

TEST_F(SyncdConfigTest, TheLowestPriorityIsFirst) {
  std::vector<SiteConfig> sites(3);
  sites[0].name = "c";
  sites[1].name = "a";
  sites[1].priority = 1;
  sites[2].name = "b";
  sites[2].priority = 1;
  sites = by_priority(sites);
  EXPECT_EQ(sites[0].name + sites[1].name + sites[2].name, "abc");
}

}  // namespace
}  // namespace eir::appliance::syncd
