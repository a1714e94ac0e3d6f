// SPDX-License-Identifier: GPL-3.0-or-later
// What a node puts at the centre: octets that must be a segment, or be refused, within the bounds of its head.
#include <cstdlib>

#include "sync/sightings/segment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace eir::sync::sightings;
  const auto segment = decode({data, size});
  if (!segment) return 0;
  if (segment->rows.size() != segment->head.rows || segment->rows.size() > kRowsMax) std::abort();
  // What was read can be written, and is then the same.
  std::vector<uint8_t> records;
  for (const auto& row : segment->rows) seen::put_record(records, row);
  const auto again = decode(encode(segment->head, records));
  if (!again || again->rows.size() != segment->rows.size()) std::abort();
  return 0;
}
