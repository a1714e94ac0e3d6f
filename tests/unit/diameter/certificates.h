// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "diameter/peer/tls.h"
#include "tests/unit/temp_directory.h"

namespace eir::diameter::test {

/// A certificate authority in a directory of its own, gone with this object. Files: NAME.pem, NAME.key.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// Issues NAME.pem and NAME.key. An empty common name leaves it out; so does an empty dns.
  void issue(const std::string& name, std::string_view common_name, std::string_view dns, int days = 30);
  std::string file(const std::string& name) const { return temp_.file(name); }
  /// A client's context that shows NAME and trusts this authority; an empty name shows nothing.
  tls::Context client(const std::string& name) const;

 private:
  eir::test::TempDirectory temp_;
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace eir::diameter::test
