// SPDX-License-Identifier: GPL-3.0-or-later
// Header fields and names that a peer gives.
#include <cstdlib>

#include "sync/transfer/name.h"
#include "sync/transfer/range.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace eir::sync::transfer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const uint64_t octets : {uint64_t{0}, uint64_t{1}, uint64_t{1'000}, UINT64_MAX}) {
    const Part part = part_of(text, octets);
    if (part.kind != Part::Kind::kNotSatisfiable && (part.first > part.end || part.end > octets)) std::abort();
  }
  content_range_of(text);
  if (is_name(text) && (text.find('/') != std::string_view::npos || text.front() == '.')) std::abort();
  return 0;
}
