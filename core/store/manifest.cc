// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/manifest.h"

#include <fmt/format.h>

namespace eir::store {

std::string manifest_text(const std::string& source, const Manifest& m) {
  std::string out = fmt::format("turnstile-manifest 2\nsource {}\nversion {}\nbase {}\ncreated {}\nplaces {}\n", source,
                                m.version.str(), m.base.str(), m.created_at.time_since_epoch().count(), m.places);
  const auto counts = m.counts.array();
  for (size_t i = 0; i < counts.size(); ++i)
    out += fmt::format("count-{} {}\n", lists::KindCounts::names()[i], counts[i]);
  for (unsigned kind = 1; kind <= lists::kEntryKinds; ++kind)
    out += fmt::format("digest-{} {}\n", lists::to_string(static_cast<lists::EntryKind>(kind)),
                       m.digests.kinds[kind - 1].hex());
  out += fmt::format("digest {}\ndata-sha256 {}\nprevious-sha256 {}\naudit-head {}\n", m.digests.total().hex(),
                     hex(m.data_sha256), hex(m.previous_sha256), hex(m.audit_head));
  return out;
}

std::optional<Hash> hash_from_hex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  Hash hash{};
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return hash;
}

}  // namespace eir::store
