// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <csignal>
#include <set>
#include <thread>

#include "appliance/cdbd/desk.h"
#include "core/feed/manifest.h"
#include "core/store/reader.h"
#include "registry/sqlite_store.h"
#include "sync/epp/server.h"
#include "sync/follow/follow.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/epp/samples.h"
#include "tests/unit/temp_directory.h"

namespace eir::sync::follow {

using namespace std::chrono_literals;
namespace fs = std::filesystem;
using lists::Version;

/// Until it is so; what waits in vain fails.
template <class F>
bool await(F&& so, std::chrono::seconds most = 60s) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (!so()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(2ms);
  }
  return true;
}

/// What stands between the server and the desk: passes everything on, and does to answers what a test wants.
class Meddler final : public epp::Registry {
 public:
  using Change = std::function<void(epp::version::InfoData&)>;
  explicit Meddler(epp::Registry& behind) : behind_(behind) {}
  void login(const epp::LoginAttempt& attempt, LoginDone done) override { behind_.login(attempt, std::move(done)); }
  void answered(const epp::Answered& answered) override { behind_.answered(answered); }
  void handle(epp::RequestPtr request, Done done) override;
  /// Changes so many of the next versions.
  void meddle(unsigned times, Change change) {
    const std::lock_guard lock(mutex_);
    times_ = times;
    change_ = std::move(change);
  }
  unsigned left() const {
    const std::lock_guard lock(mutex_);
    return times_;
  }
  /// Questions for a list are answered 2400; empty: none is.
  void refuse(std::string_view list) {
    const std::lock_guard lock(mutex_);
    refused_ = list;
  }

 private:
  void change(epp::version::InfoData& data);
  bool refuses(const epp::Body& body) const;
  epp::Registry& behind_;
  mutable std::mutex mutex_;
  unsigned times_ = 0;
  Change change_;
  std::string refused_;
};

/// A site of the centre with everything but the daemon around it.
class Centre {
 public:
  Centre(std::string directory, const epp::test::Authority& ca, feed::SigningKey key)
      : dir_(std::move(directory)), ca_(ca), key_(std::move(key)) {}
  ~Centre() { stop(); }

  void start();
  void stop();
  /// The server alone: sessions break off, the registry stands.
  void stop_server();
  void start_server();
  /// Everything another site had. REQUIRES: both are stopped.
  void become(const Centre& other);
  void add_node(const std::string& user, const std::string& fingerprint);
  /// Puts IMEIs on the black list; waits for the version.
  void block(uint64_t first, unsigned count, const std::string& reason = "stolen");
  /// Marks what block() put there as urgent, or no more; waits for the version.
  void mark_urgent(uint64_t first, unsigned count, bool on = true);
  void promote();
  store::Manifest newest();
  uint16_t port() const { return port_; }
  registry::Registry& registry() { return *registry_; }
  appliance::cdbd::Versions& versions() { return *versions_; }
  Meddler& meddler() { return *meddler_; }
  std::string files() const { return dir_ + "/versions"; }
  /// Whether nothing waits for a user.
  bool queue_empty(const std::string& user);
  const feed::SigningKey& key() const { return key_; }
  const base::Clock& clock() const { return clock_; }

 private:
  void execute(registry::Command command);
  const std::string dir_;
  const epp::test::Authority& ca_;
  const feed::SigningKey key_;
  base::SystemClock clock_;
  uint16_t port_ = 0;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<appliance::cdbd::Versions> versions_;
  std::unique_ptr<appliance::cdbd::Desk> desk_;
  std::unique_ptr<Meddler> meddler_;
  epp::TransactionIds transactions_{"TST", clock_};
  std::unique_ptr<epp::Server> server_;
};

/// One or two sites, and a node.
class FollowTest : public ::testing::Test {
 protected:
  FollowTest();
  ~FollowTest() override;

  SiteConfig site(const Centre& centre, const std::string& name) const;
  /// A node that follows these, the first preferred.
  std::unique_ptr<Follow> make(std::vector<SiteConfig> sites, Follow::Parts* parts = nullptr);
  Follow::Parts parts();
  FollowConfig config(std::vector<SiteConfig> sites) const;
  /// Brings files of either site, as one that fetches over the network does.
  base::Result<void, base::Problem> fetch(const epp::FileReference& file,
                                          const std::function<bool(std::span<const uint8_t>)>& take);
  /// Waits until the node holds a centre's newest, then compares every digest.
  void expect_equal(const Follow& node, Centre& centre);
  bool holds(const Follow& node, Centre& centre) const {
    return node.status().holding.version == centre.registry().status().version;
  }
  store::SourceInfo source() const;

  epp::test::Authority ca_;
  const feed::SigningKey key_ = feed::SigningKey::make();
  const test::TempDirectory temp_;
  const std::string root_ = temp_.path();
  base::SystemClock clock_;
  std::unique_ptr<Centre> a_, b_;
  std::atomic<unsigned> fetches_{0}, fetches_damaged_{0};
};

}  // namespace eir::sync::follow
