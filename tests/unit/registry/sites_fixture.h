// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <sstream>

#include "appliance/cdbd/sites.h"
#include "core/identity/imei.h"
#include "registry/publisher.h"
#include "registry/sqlite_store.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/free_port.h"
#include "tests/unit/registry/rows.h"
#include "tests/unit/temp_directory.h"

namespace eir::registry {

inline Request operator_as(uint64_t n) {
  return {kPolicyUser, "cdbctl", Role::kAdministrator, "local", "C" + std::to_string(n), "S" + std::to_string(n)};
}
inline std::string imei_name(uint64_t key) { return identity::to_string(identity::ImeiKey{key}); }
inline constexpr uint64_t kSitesBase = 30'000'000'000'000;

/// Two sites, "a" and "b", that know each other, and the parts of each.
struct TwoSites {
  struct Site {
    std::string name, directory;
    uint16_t port = 0;
    std::unique_ptr<SqliteStore> store;
    std::unique_ptr<Registry> registry;
    std::unique_ptr<appliance::cdbd::Sites> sites;
  };

  TwoSites() {
    a.name = "a";
    b.name = "b";
    for (Site* s : {&a, &b}) {
      s->directory = temp_.file(s->name);
      s->port = test::free_port();
      ca.issue(s->name);
    }
  }
  ~TwoSites() {
    stop(a);
    stop(b);
  }

  appliance::cdbd::SitesConfig config(const Site& s) const {
    const Site& other = &s == &a ? b : a;
    appliance::cdbd::SitesConfig c;
    c.name = s.name;
    c.port = s.port;
    c.tls = ca.of(s.name);
    c.directory = s.directory;
    c.look_interval = std::chrono::milliseconds(50);
    c.wait = std::chrono::milliseconds(200);
    c.peers = {{other.name, "127.0.0.1", other.port, ca.fingerprint(other.name)}};
    return c;
  }
  EngineOptions options() const {
    EngineOptions o;
    o.version_interval = std::chrono::milliseconds(20);
    o.record = true;
    o.begins_following = true;
    o.sync_timeout = sync_timeout;
    o.stream_octets = stream_octets;
    o.job_names_per_group = 10;
    return o;
  }
  void open(Site& s) {
    s.store = std::make_unique<SqliteStore>(SqliteOptions{s.directory, 16, 1 << 20});
    auto registry = Registry::open(*s.store, clock, key, options());
    ASSERT_TRUE(registry) << registry.error().message();
    s.registry = std::move(*registry);
  }
  void join(Site& s) {
    auto sites = appliance::cdbd::Sites::open(*s.registry, clock, config(s));
    ASSERT_TRUE(sites) << sites.error().message();
    s.sites = std::move(*sites);
  }
  void start(Site& s) {
    open(s);
    if (s.registry) join(s);
  }
  static void stop(Site& s) {
    s.sites.reset();
    s.registry.reset();
    s.store.reset();
  }

  /// Files one device, or a job now and then.
  Outcome file(Site& s, uint64_t n) {
    Command command = CreateDevices{{imei_name(kSitesBase + n * 10)}, {}};
    if (n % 7 == 3) {
      FileJob job{"F" + std::to_string(n), {}};
      for (uint64_t i = 0; i < 8; ++i) job.items.emplace_back(CreateDevices{{imei_name(kSitesBase + n * 10 + i)}, {}});
      command = std::move(job);
    }
    return s.registry->execute(operator_as(n), std::move(command));
  }

  const test::TempDirectory temp_;
  sync::epp::test::Authority ca;
  base::SystemClock clock;
  const feed::SigningKey key = feed::SigningKey::make();
  std::chrono::milliseconds sync_timeout{20'000};
  uint64_t stream_octets = 1 << 30;
  Site a, b;
};

/// Waits until it is so, at most a minute.
template <class F>
bool eventually(F&& so) {
  for (int i = 0; i < 6'000; ++i) {
    if (so()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

/// Nothing is left to be done, and both have the same newest block.
inline bool settled(TwoSites& two) {
  return eventually([&] {
    const auto a = two.a.registry->status(), b = two.b.registry->status();
    const auto& active = a.active ? two.a : two.b;
    return a.active != b.active && a.block == b.block && a.audit_head == b.audit_head && a.version == b.version &&
           active.registry->status().jobs_waiting == 0 && a.queue_len + b.queue_len == 0 &&
           !two.a.registry->status().unissued && !two.b.registry->status().unissued;
  });
}

inline store::KindDigests digests_of(TwoSites::Site& s) {
  auto reader = s.registry->reader();
  lists::Entries entries;
  lists::TermsPool terms;
  EXPECT_TRUE(reader && read_state(*reader, entries, terms));
  return store::digests_of(entries, terms);
}

/// Rows, digests, audit: all as on the other site.
inline void expect_equal(TwoSites& two) {
  ASSERT_TRUE(settled(two));
  EXPECT_EQ(rows_of(two.a.directory), rows_of(two.b.directory));
  EXPECT_EQ(digests_of(two.a), digests_of(two.b));
  for (TwoSites::Site* s : {&two.a, &two.b}) {
    auto reader = s->registry->reader();
    const AuditReport report = verify_audit(*reader, {two.a.registry->status().audit_head});
    EXPECT_TRUE(report.whole) << s->name << ": " << report.fault;
  }
}

inline std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace eir::registry
