// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/lists/entry.h"
#include "core/store/digest.h"

namespace eir::store {

/// What a version says of itself. One chain of them per source: each names the one before by its hash.
struct Manifest {
  lists::Version version;
  lists::Version base;           ///< what a change applies to; (0, 0): a full version
  lists::KindCounts counts;      ///< of the state after it
  KindDigests digests;           ///< of the same
  base::Hash data_sha256{};      ///< of the change's or full version's data as it was sent
  base::Hash previous_sha256{};  ///< of the text of the manifest before; zeros for the first
  base::Hash audit_head{};       ///< of the centre's audit chain
  base::UnixSeconds created_at{};
  uint64_t places = 0;  ///< how many places a change touches; of a full version, its entries
  std::string text;     ///< as signed: what is hashed is this
  std::vector<uint8_t> signature;

  bool full() const { return base == lists::Version{}; }
  base::Hash sha256() const { return base::Sha256::of(text); }
};

/// The canonical text: one "name value" a line, in a fixed order, every line present; ends with a line end.
/// `source` and everything of the manifest but its text and signature stand in it. Threads: pure.
std::string manifest_text(const std::string& source, const Manifest& manifest);

}  // namespace eir::store
