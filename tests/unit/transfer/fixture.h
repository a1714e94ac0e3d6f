// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <map>

#include "core/base/sha256.h"
#include "sync/transfer/client.h"
#include "sync/transfer/incoming.h"
#include "sync/transfer/server.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/temp_directory.h"

namespace eir::sync::transfer {

/// A server with two areas: "versions", from which NAME of the directory out/ is given to anybody but "stranger", and
/// "sightings", which takes at most kUploadMax octets into in/.
class TransferTest : public ::testing::Test {
 protected:
  static constexpr uint64_t kUploadMax = 300'000;

  TransferTest() {
    std::signal(SIGPIPE, SIG_IGN);
    std::filesystem::create_directories(root_ + "/out");
    std::filesystem::create_directories(root_ + "/in");
    for (const char* name : {"server", "node", "stranger"}) ca_.issue(name);
    ca_.issue("late", -1);
    other_ca_.issue("node");
    config_.listeners = {{"127.0.0.1", 0}};
    config_.tls = ca_.of("server");
    Area versions, sightings;
    versions.path = "versions";
    versions.provide = [this](std::string_view name, const epp::Certificate& c) -> base::Result<std::string, Refusal> {
      if (c.subject == "CN=stranger") return base::Unexpected<Refusal>(Refusal{403, "not for you"});
      return root_ + "/out/" + std::string(name);
    };
    sightings.path = "sightings";
    sightings.accept = [this](std::string_view, const epp::Certificate& c) -> base::Result<Area::Place, Refusal> {
      if (c.subject == "CN=stranger") return base::Unexpected<Refusal>(Refusal{403, "not for you"});
      return Area::Place{root_ + "/in", kUploadMax};
    };
    config_.areas = {versions, sightings};
  }
  ~TransferTest() override { server_.stop(); }

  void start() {
    const auto ok = server_.start(config_);
    ASSERT_TRUE(ok) << ok.error().front().message();
    port_ = server_.endpoints().at(0).port;
  }
  std::string url(const std::string& rest) const { return "https://127.0.0.1:" + std::to_string(port_) + rest; }
  ClientConfig as(const std::string& name) const {
    ClientConfig c;
    c.tls = ca_.of(name);
    c.breaks_max = 3;
    c.break_pause = std::chrono::milliseconds(1);
    return c;
  }
  static std::string content(size_t octets) {
    std::string text(octets, '\0');
    uint32_t x = 1;
    for (char& c : text) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
    return text;
  }
  static std::string sha256(std::string_view text) { return base::hex(base::Sha256::of(text)); }
  void write(const std::string& name, const std::string& text) const { temp_.write(name, text); }
  std::string read(const std::string& name) const { return temp_.read(name); }
  size_t files_in() const {
    const std::filesystem::directory_iterator all(root_ + "/in");
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }
  uint64_t count(std::string_view name, std::string_view bound = {}) const {
    uint64_t value = UINT64_MAX;
    server_.counters([&](const epp::Sample& s) {
      if (s.name == name && s.bound == bound) value = s.value;
    });
    return value;
  }
  bool becomes(const std::function<bool()>& true_soon) const {
    for (int i = 0; i < 5'000; ++i) {
      if (true_soon()) return true;
      ::usleep(2'000);
    }
    return false;
  }

  epp::test::Authority ca_, other_ca_;
  const test::TempDirectory temp_;
  const std::string root_ = temp_.path();
  ServerConfig config_;
  Server server_;
  uint16_t port_ = 0;
};

}  // namespace eir::sync::transfer
