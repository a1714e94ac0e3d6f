// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/segment.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>

namespace eir::sync::sightings {
namespace {

using base::problem;

constexpr uint64_t kMagic = 0x4549525345474D31;  // "EIRSEGM1"
constexpr size_t kPrefixOctets = 12;             // magic and length
constexpr size_t kCheckOctets = 4;

struct Parts {
  Head head;
  base::Octets body;
};

void put_text(base::ByteWriter& w, std::string_view text) {
  w.u8(static_cast<uint8_t>(text.size()));
  w.bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

bool get_text(base::ByteReader& in, std::string& out) {
  uint8_t len = 0;
  base::Octets text;
  if (!in.u8(len) || !in.take(len, text)) return false;
  out.assign(text.begin(), text.end());
  return true;
}

bool get_fields(base::ByteReader in, Head& h) {
  uint16_t covers = 0;
  if (!in.u64(h.sequence) || !in.u32(h.rows) || h.rows > kRowsMax || !in.u32(h.body_octets) ||
      h.body_octets > uint64_t{h.rows} * kRowOctetsMax || !get_text(in, h.node) || !is_node(h.node) ||
      !in.u16(covers) || covers > kCoversMax)
    return false;
  for (unsigned i = 0; i < covers; ++i) {
    Cover& c = h.covers.emplace_back();
    if (!get_text(in, c.file) || !in.u64(c.from) || !in.u64(c.to) || c.to < c.from) return false;
  }
  return in.empty();
}

base::Result<Parts, base::Problem> split(base::Octets file) {
  base::ByteReader in(file);
  uint64_t magic = 0;
  uint32_t len = 0, check = 0;
  base::Octets fields;
  if (!in.u64(magic) || magic != kMagic) return problem("", "is no segment of sightings");
  if (!in.u32(len) || len > kHeadOctetsMax || !in.take(len, fields) || !in.u32(check))
    return problem("", "ends within its head");
  if (check != seen::crc32(file.first(kPrefixOctets + len))) return problem("", "its head is damaged");
  Parts parts;
  if (!get_fields(base::ByteReader(fields), parts.head)) return problem("", "its head makes no sense");
  parts.body = in.rest();
  return parts;
}

}  // namespace

bool is_node(std::string_view name) noexcept {
  const auto lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kNodeMax && lower(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return lower(c) || (c >= '0' && c <= '9') || c == '-'; });
}

std::string segment_name(std::string_view node, uint64_t sequence) { return fmt::format("{}.{}.seen", node, sequence); }

std::vector<uint8_t> encode(Head head, base::Octets records) {
  head.body_octets = static_cast<uint32_t>(records.size());
  std::vector<uint8_t> out(kHeadOctetsMax + kPrefixOctets + kCheckOctets);
  base::ByteWriter w(out);
  w.u64(kMagic);
  w.u32(0);
  w.u64(head.sequence);
  w.u32(head.rows);
  w.u32(head.body_octets);
  put_text(w, head.node);
  w.u16(static_cast<uint16_t>(head.covers.size()));
  for (const Cover& c : head.covers) {
    put_text(w, c.file);
    w.u64(c.from);
    w.u64(c.to);
  }
  const auto len = static_cast<uint32_t>(w.size() - kPrefixOctets);
  for (unsigned i = 0; i < 4; ++i) w.patch_u8(8 + i, static_cast<uint8_t>(len >> (24 - 8 * i)));
  w.u32(seen::crc32(w.written()));
  const size_t head_octets = w.size();
  uLongf packed = compressBound(records.size());
  out.resize(head_octets + packed);
  compress2(out.data() + head_octets, &packed, records.data(), records.size(), Z_BEST_SPEED);
  out.resize(head_octets + packed);
  return out;
}

base::Result<Head, base::Problem> decode_head(base::Octets file) {
  auto parts = split(file);
  if (!parts) return tl::unexpected(parts.error());
  return std::move(parts->head);
}

base::Result<Segment, base::Problem> decode(base::Octets file) {
  auto parts = split(file);
  if (!parts) return tl::unexpected(parts.error());
  Segment out;
  out.head = std::move(parts->head);
  // One octet more than there should be, so that more than that is noticed.
  std::vector<uint8_t> records(size_t{out.head.body_octets} + 1);
  uLongf unpacked = records.size();
  uLong used = parts->body.size();
  if (uncompress2(records.data(), &unpacked, parts->body.data(), &used) != Z_OK || used != parts->body.size() ||
      unpacked != out.head.body_octets)
    return problem("", "its body is damaged");
  base::ByteReader in(base::Octets(records).first(out.head.body_octets));
  out.rows.reserve(out.head.rows);
  seen::Record record;
  for (uint32_t i = 0; i < out.head.rows; ++i) {
    if (seen::get_record(in, record) != seen::Got::kRecord || record.type != seen::Record::Type::kSighting)
      return problem("", fmt::format("row {} is no sighting", i + 1));
    out.rows.push_back(record.sighting);
  }
  if (!in.empty()) return problem("", "has more rows than it says");
  return out;
}

}  // namespace eir::sync::sightings
