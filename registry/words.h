// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <unordered_map>

#include "registry/audit.h"
#include "registry/entries.h"

namespace eir::registry {

/// When the time of a device that the standing policy made grey, and nobody filed, is over; nothing of any other.
std::optional<base::UnixSeconds> unlisted_until(const ImeiRow& row,
                                                const std::function<std::string(Dictionary, uint32_t)>& word);
/// The lists and the reason of such an entry.
inline constexpr lists::ListSet kUnlistedLists{lists::ListSet::kGrey};
inline constexpr std::string_view kUnlistedReason = "unlisted";

/// The dictionaries as the writer sees them: what many rows share, under a number. A new word goes on record before it
/// is used. Threads: the writer's. Allocates: what it remembers, at most kWordsKept of each.
class Words {
 public:
  Words(StoreWriter& store, AuditBlock& audit) : store_(store), audit_(audit) {}
  /// The word's number, a new one if it is new; 0 for an empty body.
  uint32_t id(Dictionary dictionary, const std::string& body);
  /// REQUIRES: a number it gave. The empty body for 0. Valid until the next call.
  const std::string& body(Dictionary dictionary, uint32_t id);
  /// Its reason is valid until the next call.
  lists::Terms terms(uint32_t id) { return unpack_terms(body(Dictionary::kTerms, id)); }
  /// Forgets what it remembers: the store may have lost it.
  void forget();

 private:
  static constexpr size_t kWordsKept = 100'000;
  struct Kept {
    std::unordered_map<std::string, uint32_t> ids;
    std::unordered_map<uint32_t, std::string> bodies;
    uint32_t newest = 0;
    bool known = false;  ///< newest is
  };
  Kept& kept(Dictionary dictionary);

  StoreWriter& store_;
  AuditBlock& audit_;
  Kept kept_[3];
  const std::string none_;
};

}  // namespace eir::registry
