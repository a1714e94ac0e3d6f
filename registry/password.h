// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace eir::registry {

/// How passwords are kept: scrypt (RFC 7914) with a salt of its own for each, as
/// "scrypt$LOG2N$R$P$SALT$KEY", salt and key in hexadecimal.
struct ScryptCost {
  unsigned log2_n = 15;  ///< 32 MiB and some 60 ms a try
  unsigned r = 8;
  unsigned p = 1;
};

/// Empty when the library or the random source failed. Threads: pure. Takes its time: never on a thread that answers.
std::string hash_password(std::string_view password, ScryptCost cost = {});

/// Whether the password is the one that was hashed; the same time whichever octet differs. A text that is no hash, or
/// asks for more than 256 MiB, is no match.
bool verify_password(std::string_view password, std::string_view hashed);

}  // namespace eir::registry
