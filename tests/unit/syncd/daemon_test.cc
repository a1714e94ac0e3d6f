// SPDX-License-Identifier: GPL-3.0-or-later
// The program itself against a centre: versions down, sightings up, console, metrics, signals.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cstring>

#include "appliance/cdbd/desk.h"
#include "appliance/cdbd/files.h"
#include "appliance/cdbd/segments.h"
#include "appliance/cdbd/versions.h"
#include "appliance/syncd/watch.h"
#include "core/sightings/journal.h"
#include "core/store/reader.h"
#include "core/store/writer.h"
#include "registry/sqlite_store.h"
#include "sync/epp/client.h"
#include "sync/epp/server.h"
#include "tests/unit/free_port.h"
#include "tests/unit/program.h"
#include "tests/unit/syncd/files.h"

namespace eir::appliance::syncd {
namespace {

namespace epp = sync::epp;
constexpr uint64_t kFirst = 35'809'101'000'000;

/// What a server says to `text` within a while; it is asked until `enough` is in the answer or it closes.
std::string talk(uint16_t port, const std::string& text, const std::string& enough) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  timeval patience{5, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  std::string said;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at) == 0 &&
      ::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size())) {
    char piece[4'096];
    for (ssize_t n; said.find(enough) == std::string::npos && (n = ::recv(fd, piece, sizeof piece, 0)) > 0;)
      said.append(piece, static_cast<size_t>(n));
  }
  ::close(fd);
  return said;
}

class SyncdDaemonTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::signal(SIGPIPE, SIG_IGN);
    store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{files_.dir + "/centre", 16});
    registry::EngineOptions options;
    options.version_interval = std::chrono::milliseconds(50);
    auto opened = registry::Registry::open(*store_, clock_, files_.key, options);
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
    registry::User user;
    user.name = "kyiv-1";
    user.role = registry::Role::kOperator;
    user.follows = true;
    user.certificate = files_.ca.fingerprint("node");
    execute(registry::PutUser{user, "secret-1"});
    auto segments = cdbd::Segments::open(*registry_, clock_, {files_.dir + "/up"});
    ASSERT_TRUE(segments) << segments.error().message();
    segments_ = std::move(*segments);
    sync::transfer::ServerConfig serving;
    serving.listeners = {{"127.0.0.1", 0}};
    serving.tls = files_.ca.of("server");
    serving.areas = {segments_->area(), cdbd::versions_area(*registry_, files_.dir + "/versions")};
    ASSERT_TRUE(file_server_.start(serving));
    const std::string base = fmt::format("https://127.0.0.1:{}", file_server_.endpoints().at(0).port);
    versions_ = std::make_unique<cdbd::Versions>(*registry_, clock_,
                                                 cdbd::VersionsOptions{files_.dir + "/versions", base + "/versions"});
    desk_ = std::make_unique<cdbd::Desk>(*registry_, versions_.get());
    desk_->take_sightings(*segments_);
    auto messages = epp::Messages::load(EIR_SOURCE_DIR "/config/messages");
    ASSERT_TRUE(messages);
    messages_ = std::make_unique<epp::Messages>(std::move(*messages));
    server_ = std::make_unique<epp::Server>(*desk_, *messages_, ids_, clock_);
    epp::ServerConfig c;
    c.listeners = {{"127.0.0.1", 0}};
    c.tls = files_.ca.of("server");
    c.schema_directory = EIR_SOURCE_DIR "/config/schemas";
    c.session.limits.in_flight_max = 1;
    ASSERT_TRUE(server_->start(c));
    config_ = files_.write("eir-syncd.cfg",
                           files_.example({{"host cdb1.example.net", "host 127.0.0.1"},
                                           {"port 700\n user kyiv-1\n password-file (.*)\n files https://cdb1.*",
                                            fmt::format("port {}\n user kyiv-1\n password-file $1\n files {}",
                                                        server_->endpoints().at(0).port, base)},
                                           {"host cdb2.example.net", "host 127.0.0.1"},
                                           {"port 700\n", "port 1\n"},
                                           {"127.0.0.1 4293", fmt::format("127.0.0.1 {}", vty_)},
                                           {"127.0.0.1 9293", fmt::format("127.0.0.1 {}", metrics_)},
                                           {"127.0.0.1 7000", fmt::format("127.0.0.1 {}", push_)},
                                           {" from CENTRE 0+", " from CENTRE " + files_.ca.fingerprint("server")},
                                           {"poll-interval 1000", "poll-interval 100"},
                                           {" interval 1000", " interval 100"}}));
  }
  void TearDown() override {
    if (child_ > 0) {
      ::kill(child_, SIGKILL);
      ::waitpid(child_, nullptr, 0);
    }
    server_.reset();
    desk_.reset();
    versions_.reset();
    file_server_.stop();
    segments_.reset();
    registry_.reset();
  }
  void execute(registry::Command command) {
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    const auto out = registry_->execute(rq, std::move(command));
    ASSERT_TRUE(out.ok()) << static_cast<unsigned>(out.code);
  }
  void block(uint64_t first, unsigned count) {
    registry::ChangeEntries changes;
    for (unsigned i = 0; i < count; ++i) {
      registry::Change one;
      one.entry.imei = identity::ImeiKey{first + i};
      one.entry.lists = lists::ListSet(lists::ListSet::kBlack);
      one.entry.grounds.reason = "stolen";
      changes.changes.push_back(one);
    }
    execute(changes);
  }
  void start() {
    child_ = ::fork();
    if (child_ == 0) {
      const std::string log = files_.dir + "/log";
      if (!std::freopen(log.c_str(), "a", stderr)) _exit(127);
      ::execl(EIR_SYNCD, "eir-syncd", "-c", config_.c_str(), nullptr);
      _exit(127);
    }
  }
  int stop(int signal = SIGTERM) {
    if (child_ <= 0) return -1;
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    child_ = 0;
    return status;
  }
  std::string log() const {
    std::ifstream in(files_.dir + "/log");
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// Within a while, and as long as the program lives.
  bool becomes(const std::function<bool()>& true_soon) {
    for (int i = 0; i < 3'000; ++i) {
      if (true_soon()) return true;
      if (int status = 0; child_ > 0 && ::waitpid(child_, &status, WNOHANG) == child_) {
        child_ = 0;
        ADD_FAILURE() << "the program ended by itself, with " << status;
        return false;
      }
      ::usleep(10'000);
    }
    return false;
  }
  /// Whether the replica serves what the registry has, with its digest.
  bool in_step() {
    const auto newest = registry_->status().version;
    const auto reader = store::Reader::open(files_.dir + "/replica");
    for (const auto& s : reader->status().sources)
      if (s.name == store::kCentre) return s.served == newest && newest.number > 0;
    return false;
  }
  std::string show(const std::string& what) {
    return talk(vty_, "enable\r\n" + what + "\r\nexit\r\n", "\x01");  // until it closes
  }

  Files files_;
  base::SystemClock clock_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<cdbd::Segments> segments_;
  sync::transfer::Server file_server_;
  std::unique_ptr<cdbd::Versions> versions_;
  std::unique_ptr<cdbd::Desk> desk_;
  std::unique_ptr<epp::Messages> messages_;
  epp::TransactionIds ids_{"TST", clock_};
  std::unique_ptr<epp::Server> server_;
  std::string config_;
  const uint16_t vty_ = test::free_port(), metrics_ = test::free_port(), push_ = test::free_port();
  pid_t child_ = 0;
};

TEST_F(SyncdDaemonTest, VersionsComeDownAndSightingsGoUp) {
  block(kFirst, 3);
  start();
  ASSERT_TRUE(becomes([&] { return in_step(); })) << log();
  block(kFirst + 100, 5);        // within the frame
  block(kFirst + 1'000, 5'000);  // a file
  EXPECT_TRUE(becomes([&] { return in_step(); })) << log();

  auto journal = sightings::Journal::open(files_.dir + "/sightings", {}, clock_);
  ASSERT_TRUE(journal);
  for (uint64_t i = 0; i < 30; ++i) {
    sightings::Sighting s;
    s.imei = identity::ImeiKey{kFirst + i};
    s.interface = decision::Interface::kS13;
    s.first = s.last = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    (*journal)->add(s);
  }
  (*journal)->flush();
  EXPECT_TRUE(becomes([&] {
    auto reader = registry_->reader();
    return reader->sightings(identity::ImeiKey{kFirst + 29}, 1).size() == 1;
  })) << log();

  // A console that closes may take its last lines with it: asked again.
  const auto shows = [&](const std::string& what, const std::string& text) {
    EXPECT_TRUE(becomes([&] { return show(what).find(text) != std::string::npos; })) << what << ": " << show(what);
  };
  shows("show sync status", "follows: main");
  shows("show sync status", "stale: no");
  shows("show sync sites", "main 127.0.0.1");
  // The registry has them a moment before the node has noted that.
  shows("show sync sightings", " 30 sightings, the last");
  shows("sync now", "Asked");
  // The certificates of the tests end in 30 days, which is alarmed.
  shows("show sync alarms", "certificate-ending");
  const std::string scrape = talk(metrics_, "GET /metrics HTTP/1.0\r\n\r\n", "\x01");
  EXPECT_NE(scrape.find("eir_sightings_rows_sent_total 30"), std::string::npos) << scrape;
  EXPECT_NE(scrape.find("eir_follow_stale 0"), std::string::npos);

  ::kill(child_, SIGHUP);
  EXPECT_TRUE(becomes([&] { return log().find("read anew") != std::string::npos; })) << log();
  const int ended = stop();
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0) << log();
}

TEST_F(SyncdDaemonTest, KilledAtAnyTimeItGoesOn) {
  start();
  for (unsigned round = 0; round < 6; ++round) {
    block(kFirst + 10'000 * round, 50 + 1'000 * (round % 2));
    ::usleep(20'000 + 37'000 * round);
    EXPECT_TRUE(WIFSIGNALED(stop(SIGKILL)));
    start();
  }
  EXPECT_TRUE(becomes([&] { return in_step(); })) << log();
  const int ended = stop(SIGINT);
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0) << log();
}

TEST_F(SyncdDaemonTest, WithoutACentreItAlarmsAndStops) {
  server_->drain_and_stop(std::chrono::milliseconds(100));
  start();
  EXPECT_TRUE(becomes([&] { return show("show sync alarms").find("site-down") != std::string::npos; })) << log();
  const int ended = stop();
  EXPECT_TRUE(WIFEXITED(ended) && WEXITSTATUS(ended) == 0) << log();
}

TEST_F(SyncdDaemonTest, CheckOpensNothingAndNamesLines) {
  const auto check = [](const std::string& file) {
    return test::run_program(fmt::format("{} --check -c {} 2>&1", EIR_SYNCD, file));
  };
  EXPECT_EQ(check(config_).status, 0);
  const std::string bad = files_.write("bad.cfg", "follow\n nod x\n");
  const test::Ran ran = check(bad);
  EXPECT_NE(ran.status, 0);
  EXPECT_NE(ran.out.find("bad.cfg:2: "), std::string::npos) << ran.out;
}

}  // namespace
}  // namespace eir::appliance::syncd
