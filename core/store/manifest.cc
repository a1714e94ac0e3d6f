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
                     base::hex(m.data_sha256), base::hex(m.previous_sha256), base::hex(m.audit_head));
  return out;
}

}  // namespace eir::store
