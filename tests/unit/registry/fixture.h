// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include "core/identity/imei.h"
#include "registry/engine.h"
#include "registry/queries.h"
#include "registry/sqlite_store.h"
#include "tests/unit/temp_directory.h"

namespace eir::registry {

/// An engine on a store of its own, in virtual time, with one user of each role: the role's number plus one.
class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() {
    clock_.set_wall(std::chrono::system_clock::time_point(std::chrono::hours(24 * 365 * 55)));
    store_ = std::make_unique<SqliteStore>(SqliteOptions{dir_, 16});
    start();
    for (unsigned i = 0; i < kRoles; ++i) {
      User user;
      user.name = "user-" + std::to_string(i);
      user.role = static_cast<Role>(i);
      const Outcome out = run(root(), PutUser{user, {}});
      // Without a password nobody new is taken.
      EXPECT_EQ(out.code, Code::kValueSyntax);
      user.enabled = true;
      EXPECT_EQ(put(user), Code::kDone);
    }
  }
  ~RegistryTest() override {
    engine_.reset();
    writer_.reset();
  }

  /// scrypt is slow on purpose: users of tests are written as they come out of it.
  Code put(User user) {
    static const std::string kHashed = [] {
      return std::string("scrypt$1$1$1$00000000000000000000000000000000$") + std::string(64, '0');
    }();
    user.id = static_cast<UserId>(writer_->newest_object(Kind::kUser) + 1);
    user.password = kHashed;
    writer_->begin();
    writer_->put_object(row_of(user));
    writer_->commit();
    return engine_->load() ? Code::kDone : Code::kFailed;
  }

  void start(EngineOptions options = {}) {
    engine_.reset();
    writer_.reset();
    auto writer = store_->writer();
    ASSERT_TRUE(writer) << writer.error().message();
    writer_ = std::move(*writer);
    engine_ = std::make_unique<Engine>(*writer_, clock_, key_, options, counters_);
    const auto ok = engine_->load();
    ASSERT_TRUE(ok) << ok.error().message();
  }

  Request as(Role role) {
    Request rq;
    rq.user = static_cast<UserId>(role) + 1;
    rq.user_name = "user-" + std::to_string(static_cast<unsigned>(role));
    rq.role = role;
    rq.address = "192.0.2.1";
    rq.cl_trid = "CL-" + std::to_string(++trid_);
    rq.sv_trid = "SV-" + std::to_string(trid_);
    return rq;
  }
  /// The operator at the centre's own machine.
  Request root() {
    Request rq = as(Role::kAdministrator);
    rq.user = kPolicyUser;
    rq.user_name = "cdbctl";
    return rq;
  }

  Outcome run(const Request& rq, Command command) {
    Engine::Task task{rq, std::move(command), {}};
    Engine::Task* tasks[] = {&task};
    EXPECT_TRUE(engine_->run(tasks)) << writer_->problem().message();
    return task.outcome;
  }
  Outcome run(Role role, Command command) { return run(as(role), std::move(command)); }
  /// Lets jobs and versions come to their end.
  void settle() {
    for (int i = 0; i < 10'000 && (engine_->work_left() || engine_->unissued()); ++i) {
      clock_.advance(std::chrono::milliseconds(500));
      ASSERT_TRUE(engine_->run({}));
    }
  }

  static std::string name(uint64_t key) {
    const identity::ImeiKey k{key};
    return identity::to_string(k) + std::to_string(identity::check_digit(k));
  }
  static constexpr uint64_t kFirst = 35'210'605'054'420;
  std::optional<ImeiRow> row(uint64_t key) { return writer_->imei(place_of(identity::ImeiKey{key}, std::nullopt)); }
  static Change on(uint64_t key, uint8_t lists, std::string reason = "stolen") {
    Change c;
    c.entry.imei = identity::ImeiKey{key};
    c.entry.lists = lists::ListSet(lists);
    c.entry.grounds.reason = std::move(reason);
    return c;
  }
  static constexpr uint8_t kWhite = lists::ListSet::kWhite, kGrey = lists::ListSet::kGrey,
                           kBlack = lists::ListSet::kBlack;

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.file("store");
  base::ManualClock clock_;
  feed::SigningKey key_ = feed::SigningKey::make();
  EngineCounters counters_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<Engine> engine_;
  uint64_t trid_ = 0;
};

}  // namespace eir::registry
