// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include "registry/registry.h"
#include "registry/sqlite_store.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance::cdbd {

/// A registry in a directory of its own.
class RegistryFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{dir_, 16});
    auto opened = registry::Registry::open(*store_, registry_clock_, feed::SigningKey::make(), {});
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
  }
  static registry::Request root() {
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    return rq;
  }
  void add_user(const std::string& name, bool follows, const std::string& certificate = "") {
    registry::PutUser put;
    put.user.name = name;
    put.user.role = registry::Role::kOperator;
    put.user.follows = follows;
    put.user.certificate = certificate;
    put.new_password = "secret-1";
    ASSERT_TRUE(registry_->execute(root(), std::move(put)).ok());
  }

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.file("cdb");
  base::SystemClock registry_clock_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
};

}  // namespace eir::appliance::cdbd
