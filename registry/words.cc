// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/words.h"

namespace eir::registry {

Words::Kept& Words::kept(Dictionary dictionary) {
  Kept& kept = kept_[static_cast<size_t>(dictionary) - 1];
  if (!kept.known) {
    kept.newest = store_.newest_word(dictionary);
    kept.known = true;
  }
  if (kept.ids.size() >= kWordsKept) kept.ids.clear();
  if (kept.bodies.size() >= kWordsKept) kept.bodies.clear();
  return kept;
}

std::optional<base::UnixSeconds> unlisted_until(const ImeiRow& row,
                                                const std::function<std::string(Dictionary, uint32_t)>& word) {
  // As Engine::first_seen() makes them: most rows are not, and cost no look into the dictionaries.
  if (row.lists != kUnlistedLists || row.origin == 0) return std::nullopt;
  if (unpack_origin(word(Dictionary::kOrigin, row.origin)).author != kPolicyUser) return std::nullopt;
  const std::string packed = word(Dictionary::kTerms, row.terms);
  const lists::Terms terms = unpack_terms(packed);
  return terms.reason == kUnlistedReason ? std::optional(terms.until) : std::nullopt;
}

uint32_t Words::id(Dictionary dictionary, const std::string& body) {
  if (body.empty()) return 0;
  Kept& k = kept(dictionary);
  if (const auto it = k.ids.find(body); it != k.ids.end()) return it->second;
  uint32_t id = 0;
  if (const auto found = store_.find_word(dictionary, body)) {
    id = *found;
  } else {
    id = ++k.newest;
    store_.put_word(dictionary, id, body);
    audit_.add_word(dictionary, id, body);
  }
  k.ids.emplace(body, id);
  return id;
}

const std::string& Words::body(Dictionary dictionary, uint32_t id) {
  if (id == 0) return none_;
  Kept& k = kept(dictionary);
  auto it = k.bodies.find(id);
  if (it == k.bodies.end()) it = k.bodies.emplace(id, store_.word(dictionary, id).value_or(std::string())).first;
  return it->second;
}

void Words::forget() {
  for (Kept& k : kept_) k = Kept();
}

}  // namespace eir::registry
