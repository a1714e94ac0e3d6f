// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "core/feed/signature.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance::syncd {

/// A directory with certificates, the centre's key and a password, and config/eir-syncd.cfg made to use them.
class Files {
 public:
  Files() {
    ca.issue("node");
    ca.issue("server");
    write("centre.pub", key.public_pem());
    write("password", "secret-1\n");
  }
  std::string write(const std::string& name, const std::string& text) const { return temp_.write(name, text); }
  /// The example with the paths of this directory, and `changes` (a regular expression and its replacement) over it.
  std::string example(const std::vector<std::pair<std::string, std::string>>& changes = {}) const {
    std::ifstream in(EIR_SOURCE_DIR "/config/eir-syncd.cfg");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto replace = [&](const std::string& what, const std::string& by) {
      const std::regex pattern(what);
      EXPECT_TRUE(std::regex_search(text, pattern)) << what;
      text = std::regex_replace(text, pattern, by);
    };
    replace("/etc/turnstile/node.pem", ca.file("node.pem"));
    replace("/etc/turnstile/node.key", ca.file("node.key"));
    replace("/etc/turnstile/ca.pem", ca.file("ca.pem"));
    replace("/etc/turnstile/", dir + "/");
    replace("/usr/share/turnstile/", EIR_SOURCE_DIR "/config/");
    replace("/var/lib/turnstile/", dir + "/");
    for (const auto& [what, by] : changes) replace(what, by);
    return text;
  }

  test::TempDirectory temp_;
  const std::string dir = temp_.path();
  sync::epp::test::Authority ca;
  feed::SigningKey key = feed::SigningKey::make();
};

}  // namespace eir::appliance::syncd
