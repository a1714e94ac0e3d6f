// SPDX-License-Identifier: GPL-3.0-or-later
// What a node puts at the centre: octets that must be a segment, or be refused, within the bounds of its head. Octets
// that begin as a file does come as they are. Others have as their first octet the length of a head's fields; these
// follow, and after them the records. Length, check and packing are put right, so that what they guard is reached.
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "sync/sightings/segment.h"

namespace {

using namespace eir::sync::sightings;

void require(bool good) {
  if (!good) std::abort();
}

void take(eir::base::Octets file) {
  const auto segment = decode(file);
  if (!segment) return;
  require(segment->rows.size() == segment->head.rows && segment->rows.size() <= kRowsMax);
  // What was read can be written, and is then the same.
  std::vector<uint8_t> records;
  for (const auto& row : segment->rows) seen::put_record(records, row);
  const auto again = decode(encode(segment->head, records));
  require(again && again->rows.size() == segment->rows.size());
  for (size_t i = 0; i < segment->rows.size(); ++i) {
    std::vector<uint8_t> one, other;
    seen::put_record(one, segment->rows[i]);
    seen::put_record(other, again->rows[i]);
    require(one == other);
  }
}

void put_u32(std::vector<uint8_t>& out, uint32_t v) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<uint8_t>(v >> shift));
}

/// A segment of these fields, the length of its body put right.
std::vector<uint8_t> sealed(eir::base::Octets fields, eir::base::Octets records) {
  constexpr std::array<uint8_t, 8> kMagic = {'E', 'I', 'R', 'S', 'E', 'G', 'M', '1'};
  constexpr size_t kBodyOctetsAt = 12;  // of the fields: after sequence and rows
  std::vector<uint8_t> out(kMagic.begin(), kMagic.end());
  put_u32(out, static_cast<uint32_t>(fields.size()));
  out.insert(out.end(), fields.begin(), fields.end());
  if (fields.size() >= kBodyOctetsAt + 4)
    for (size_t i = 0; i < 4; ++i)
      out[kMagic.size() + 4 + kBodyOctetsAt + i] = static_cast<uint8_t>(records.size() >> (24 - 8 * i));
  put_u32(out, seen::crc32(out));
  std::vector<uint8_t> body(compressBound(records.size()));
  uLongf packed = body.size();
  require(compress2(body.data(), &packed, records.data(), records.size(), Z_BEST_SPEED) == Z_OK);
  out.insert(out.end(), body.begin(), body.begin() + static_cast<std::ptrdiff_t>(packed));
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const eir::base::Octets octets(data + 1, size - 1);
  if (data[0] == 'E') {
    take({data, size});
  } else {
    const size_t head = std::min<size_t>(data[0], octets.size());
    take(sealed(octets.first(head), octets.subspan(head)));
  }
  return 0;
}
