// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sync/epp/result_code.h"

namespace eir::sync::epp {

/// The texts of one language.
class Catalogue {
 public:
  const std::string& language() const { return language_; }
  const std::vector<std::string>& aliases() const { return aliases_; }
  /// Empty when there is none.
  std::string_view find(std::string_view key) const;
  const std::map<std::string, std::string, std::less<>>& texts() const { return texts_; }

 private:
  friend class Messages;
  std::string language_;
  std::vector<std::string> aliases_;
  std::map<std::string, std::string, std::less<>> texts_;
};

/// Every text a peer reads, in every language there is a file for: LANGUAGE.ini in one directory, lines
/// `key = text`, comments with '#'. A key is a result code ("2303"), "reason.WORD", "status.WORD" or
/// "queue.WORD"; `alias = ua` gives the language another name. A further language is one more file.
/// Threads: immutable once loaded.
class Messages {
 public:
  static constexpr std::string_view kDefault = "en";  ///< RFC 5730 §2.9.1.1
  static constexpr size_t kTextOctetsMax = 255;

  /// REQUIRES of the directory: en.ini, with every result code. Errors: file and line.
  static base::Result<Messages, std::vector<base::Problem>> load(const std::string& directory);

  /// The names of the languages, the default first, aliases left out.
  std::vector<std::string> languages() const;
  /// By name or alias, without regard to case and to what follows a '-'; null when there is none.
  const Catalogue* find(std::string_view language) const;
  const Catalogue& fallback() const { return catalogues_.front(); }
  /// The catalogue's text, else the default language's, else the key itself.
  std::string_view text(const Catalogue& catalogue, std::string_view key) const;

 private:
  std::vector<Catalogue> catalogues_;  ///< the default first, never empty
};

}  // namespace eir::sync::epp
