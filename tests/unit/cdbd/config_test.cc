// SPDX-License-Identifier: GPL-3.0-or-later
// cdbd's configuration file: the example, and what is said of bad ones.
#include "appliance/cdbd/config.h"
#include "tests/unit/program.h"
#include "tests/unit/temp_directory.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace eir::appliance::cdbd {
namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

class ConfigTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    temp() = std::make_unique<test::TempDirectory>();
    std::filesystem::create_directories(dir() + "/tls");
    const std::string made = "cd " + dir() +
                             "/tls && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
                             "-subj /CN=test -keyout cdbd.key -out cdbd.pem 2>&1 && cp cdbd.pem clients-ca.pem";
    const test::Ran ran = test::run_program(made);
    ASSERT_EQ(ran.status, 0) << ran.out;
    ASSERT_TRUE(install_config("test"));
  }
  static void TearDownTestSuite() { temp().reset(); }
  static std::unique_ptr<test::TempDirectory>& temp() {
    static std::unique_ptr<test::TempDirectory> the_directory;
    return the_directory;
  }
  static const std::string& dir() { return temp()->path(); }
  /// The example, with paths that are there.
  static std::string example() {
    std::ifstream in(EIR_SOURCE_DIR "/config/cdbd.cfg");
    std::stringstream text;
    text << in.rdbuf();
    std::string out = text.str();
    replace_all(out, "/etc/turnstile", dir());
    replace_all(out, "/var/lib/turnstile", dir());
    replace_all(out, "/usr/share/turnstile", EIR_SOURCE_DIR "/config");
    return out;
  }
  /// What is said of it, without the directory.
  static std::vector<std::string> problems_of(const std::string& text) {
    const std::string path = dir() + "/cdbd.cfg";
    std::ofstream(path) << text;
    std::vector<std::string> out;
    for (const auto& p : check_config_file(path, validate_config)) {
      std::string said = p.message();
      replace_all(said, dir() + "/", "");
      out.push_back(said);
    }
    return out;
  }
  /// Of the example with one line exchanged.
  static std::vector<std::string> with(const std::string& from, const std::string& to) {
    std::string text = example();
    EXPECT_NE(text.find(from), std::string::npos) << from;
    replace_all(text, from, to);
    return problems_of(text);
  }
};

TEST_F(ConfigTest, TheExampleIsGood) { EXPECT_EQ(problems_of(example()), std::vector<std::string>{}); }

TEST_F(ConfigTest, EveryErrorIsNamedWithItsLine) {
  const struct {
    std::string from, to, says;
  } rows[] = {
      {" threads 2", " threads 99", "no such command here, or a bad value: 'threads 99'"},
      {" site CDB", " site cdb-1", "registry site: 'cdb-1' is not 1 to 16 of A-Z, 0-9 and _"},
      {" listen 127.0.0.1 700", " listen localhost 700", "epp listen: 'localhost' is no IP address"},
      {"tls/clients-ca.pem", "tls/absent.pem", "epp tls ca: cannot use tls/absent.pem"},
      {"tls/cdbd.key", "tls/cdbd.pem", "epp tls private-key: cannot use tls/cdbd.pem with tls/cdbd.pem"},
      {" server-id Turnstile", " server-id T", "epp server-id: must have 3 to 64 characters"},
      {"config/schemas", "config/messages", "epp schemas: "},
      {"config/messages", "config/schemas", "epp messages: "},
      {" directory ", " directory /dev/null/", "registry directory: "},
      {" lock-out user 10 within 300 for 900", " lock-out user 0 within 300 for 900",
       "no such command here, or a bad value: "},
      {" limit in-flight 32", " limit in-flight 0", "no such command here, or a bad value: "},
      {"!node KYIV-1\n", "node KYIV-1\n", "node KYIV-1: has no host"},
      {"\ncontrol\n", "\ncontrol\n socket /" + std::string(200, 'x') + "\n", "control socket: "},
  };
  for (const auto& row : rows) {
    std::string text = example();
    const size_t at = text.find(row.from);
    ASSERT_NE(at, std::string::npos) << row.from;
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at) + 1, '\n');
    const auto said = with(row.from, row.to);
    ASSERT_FALSE(said.empty()) << row.to;
    EXPECT_NE(said[0].find(row.says), std::string::npos) << said[0];
    const bool moved = row.from == "\ncontrol\n";
    EXPECT_TRUE(moved || said[0].starts_with(fmt::format("cdbd.cfg:{}: ", line))) << said[0] << ", line " << line;
  }
}

/// The example with its block of other sites taken out of its comment.
std::string with_sites(std::string text) {
  const size_t from = text.find("\n!site ");
  const size_t to = text.find("\n!\n", from);
  if (from == std::string::npos || to == std::string::npos) return {};
  std::string block = text.substr(from, to - from);
  replace_all(block, "\n!", "\n");
  return text.replace(from, to - from, block);
}

TEST_F(ConfigTest, TheExamplesOtherSitesAreGood) {
  const std::string text = with_sites(example());
  ASSERT_NE(text.find("\nsite kyiv\n bind "), std::string::npos);
  EXPECT_EQ(problems_of(text), std::vector<std::string>{});
  std::string wrong = text;
  replace_all(wrong, " standby-sync on", " standby-sync perhaps");
  EXPECT_EQ(problems_of(wrong).size(), 1u);
  wrong = text;
  replace_all(wrong, "2cf24dba", "notahash");
  const auto said = problems_of(wrong);
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("site peer lviv: the fingerprint is 64 hexadecimal digits"), std::string::npos) << said[0];
}

TEST_F(ConfigTest, SeveralErrorsAreAllNamed) {
  std::string text = example();
  replace_all(text, " threads 2", " threads 99");
  replace_all(text, " server-id Turnstile", " server-id T");
  replace_all(text, " site CDB", " site cdb-1");
  EXPECT_EQ(problems_of(text).size(), 3u);
}

TEST_F(ConfigTest, WithoutAListenerNobodyCouldConnect) {
  const auto said = with(" listen 127.0.0.1 700\n", "");
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("no 'listen'"), std::string::npos);
}

TEST_F(ConfigTest, NodesThatAreToldAreNamedOnce) {
  const std::string nodes =
      "node KYIV-1\n host 10.0.1.10\n!\nnode LVIV-1\n host lviv\n port 7001\n server-name lviv-1\n user CDB\n"
      " password-file " +
      dir() + "/password\n alarm-after 0\n!\nnode KYIV-1\n alarm-after 5\n!\n";
  const auto said = with("!\n! ---- where cdbctl", "!\n" + nodes + "! ---- where cdbctl");
  ASSERT_EQ(said.size(), 1u);
  EXPECT_NE(said[0].find("node LVIV-1: the first line of password is no password of 6 to 16"), std::string::npos)
      << said[0];
  std::ofstream(dir() + "/password") << "secret-1\n";
  EXPECT_EQ(with("!\n! ---- where cdbctl", "!\n" + nodes + "! ---- where cdbctl"), std::vector<std::string>{});
  ASSERT_TRUE(read_config_file(dir() + "/cdbd.cfg"));
  ASSERT_EQ(config().nodes.size(), 2u);
  EXPECT_EQ(config().nodes[0].alarm_after, std::chrono::seconds(5));
  const auto push = push_nodes_of(config());
  ASSERT_TRUE(push);
  EXPECT_EQ((*push)[0].name, "KYIV-1");
  EXPECT_EQ((*push)[0].client.port, 7000);
  EXPECT_EQ((*push)[0].user, "CENTRE");
  EXPECT_EQ((*push)[0].client.tls.certificate, dir() + "/tls/cdbd.pem");
  EXPECT_EQ((*push)[1].client.server_name, "lviv-1");
  EXPECT_EQ((*push)[1].password, "secret-1");
  config().nodes.clear();
}

TEST_F(ConfigTest, TheFileSetsWhatItSays) {
  std::string text = example();
  replace_all(text, " limit rate 0 burst 0", " limit rate 70 burst 5\n limit frame 20000\n validate-answers on");
  replace_all(text, "lock-out address 50 within 300 for 900", "no lock-out address");
  const std::string path = dir() + "/read.cfg";
  std::ofstream(path) << text;
  ASSERT_TRUE(read_config_file(path));
  const Config& c = config();
  EXPECT_EQ(c.epp.user_rate, 70u);
  EXPECT_EQ(c.epp.user_burst, 5u);
  EXPECT_EQ(c.epp.server.session.limits.frame_max, 20'000u);
  EXPECT_EQ(c.epp.server.session.limits.idle_timeout, std::chrono::seconds(600));
  EXPECT_TRUE(c.epp.server.validate_output);
  ASSERT_EQ(c.epp.server.listeners.size(), 1u);
  EXPECT_EQ(c.epp.server.listeners[0].port, 700);
  EXPECT_EQ(c.users.user.failures, 10u);
  EXPECT_EQ(c.users.address.failures, 0u);
  EXPECT_EQ(c.registry.versions_kept, std::chrono::days(90));
  EXPECT_EQ(c.registry.sightings_kept, std::chrono::days(730));
  EXPECT_EQ(signing_key_of(c), dir() + "/cdb/centre.key");
  EXPECT_EQ(socket_of(c), dir() + "/cdb/control.sock");
}

}  // namespace
}  // namespace eir::appliance::cdbd
