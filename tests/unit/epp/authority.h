// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "sync/epp/tls.h"
#include "tests/unit/temp_directory.h"

namespace eir::sync::epp::test {

/// A certificate authority in a directory of its own, gone with this object. Files: NAME.pem, NAME.key.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  void issue(const std::string& name, int days = 30);  ///< its common name is NAME; good for 127.0.0.1
  std::string file(const std::string& name) const { return temp_.file(name); }
  /// Of the certificate NAME: its SHA-256 in hexadecimal digits, as servers know who comes.
  std::string fingerprint(const std::string& name) const;
  TlsConfig of(const std::string& name) const {
    return {file(name + ".pem"), file(name + ".key"), file("ca.pem"), "", ""};
  }

 private:
  eir::test::TempDirectory temp_;
  struct Keys;
  std::unique_ptr<Keys> keys_;
};

}  // namespace eir::sync::epp::test
