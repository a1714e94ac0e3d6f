// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sightings/record.h"

#include <algorithm>

namespace eir::sightings {
namespace {

constexpr uint64_t kMagic = 0x4549525345454E31;  // "EIRSEEN1"
constexpr size_t kCheckOctets = 4;
constexpr size_t kPrefixOctets = 3;  // length and type
constexpr uint8_t kPinned = 1, kHeld = 2;

constexpr std::array<uint32_t, 256> kCrcTable = [] {
  constexpr uint32_t kPolynomial = 0xEDB88320;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = c & 1 ? kPolynomial ^ c >> 1 : c >> 1;
    table[i] = c;
  }
  return table;
}();

uint64_t seconds(base::UnixSeconds t) { return static_cast<uint64_t>(t.time_since_epoch().count()); }
base::UnixSeconds time_of(uint64_t s) { return base::UnixSeconds(std::chrono::seconds(static_cast<int64_t>(s))); }

/// A record is built in place and closed with its length and check.
template <class F>
void put(std::vector<uint8_t>& out, Record::Type type, F&& payload) {
  std::array<uint8_t, kRecordOctetsMax> block;
  base::ByteWriter w(block);
  w.u16(0);
  w.u8(static_cast<uint8_t>(type));
  payload(w);
  const auto len = static_cast<uint16_t>(w.size() - kPrefixOctets);
  block[0] = static_cast<uint8_t>(len >> 8);
  block[1] = static_cast<uint8_t>(len);
  w.u32(crc32(w.written()));
  if (w.ok()) out.insert(out.end(), block.begin(), block.begin() + static_cast<ptrdiff_t>(w.size()));
}

bool digits(base::ByteReader& in, identity::Digits& out) {
  uint64_t word = 0;
  if (!in.u64(word)) return false;
  out = identity::Digits::from_word(word);
  return out.length() <= identity::Digits::kLenMax && (word == 0 || out.length() > 0);
}

bool get(base::ByteReader& in, Sighting& s) {
  uint64_t imei = 0, first = 0, last = 0;
  uint8_t interface = 0;
  base::Octets node;
  if (!in.u64(imei) || imei >= identity::kImeiKeyEnd || !in.u8(s.svn) || !digits(in, s.imsi) || !digits(in, s.msisdn) ||
      !digits(in, s.visited) || !in.u8(interface) || interface >= decision::kInterfaces || !in.u64(first) ||
      !in.u64(last) || !in.u8(s.node_len) || s.node_len > Sighting::kNodeMax || !in.take(s.node_len, node))
    return false;
  s.imei = identity::ImeiKey{imei};
  s.interface = static_cast<decision::Interface>(interface);
  s.first = time_of(first);
  s.last = time_of(last);
  std::copy(node.begin(), node.end(), s.node.begin());
  return in.empty();
}

bool get(base::ByteReader& in, Served& s) {
  uint64_t at = 0;
  uint8_t count = 0;
  if (!in.u64(at) || !in.u64(s.policy) || !in.u8(count) || count > kSourcesMax) return false;
  s.at = time_of(at);
  s.sources.clear();
  for (uint8_t i = 0; i < count; ++i) {
    Served::Source source;
    uint8_t len = 0, flags = 0;
    base::Octets name;
    if (!in.u8(len) || len > kSourceNameMax || !in.take(len, name) || !in.u32(source.version.epoch) ||
        !in.u64(source.version.number) || !in.u8(flags))
      return false;
    source.name.assign(name.begin(), name.end());
    source.pinned = flags & kPinned;
    source.held = flags & kHeld;
    s.sources.push_back(std::move(source));
  }
  return in.empty();
}

}  // namespace

uint32_t crc32(base::Octets data) noexcept {
  uint32_t c = 0xFFFFFFFF;
  for (const uint8_t octet : data) c = kCrcTable[(c ^ octet) & 0xFF] ^ c >> 8;
  return ~c;
}

void put_header(std::vector<uint8_t>& out, base::UnixSeconds started, uint32_t process) {
  std::array<uint8_t, kHeaderOctets> block;
  base::ByteWriter w(block);
  w.u64(kMagic);
  w.u64(seconds(started));
  w.u32(process);
  w.u32(crc32(w.written()));
  out.insert(out.end(), block.begin(), block.end());
}

bool get_header(base::Octets data) {
  base::ByteReader in(data);
  base::Octets checked;
  uint64_t magic = 0;
  uint32_t check = 0;
  return in.take(kHeaderOctets - kCheckOctets, checked) && in.u32(check) && check == crc32(checked) &&
         base::ByteReader(checked).u64(magic) && magic == kMagic;
}

void put_record(std::vector<uint8_t>& out, const Sighting& s) {
  put(out, Record::Type::kSighting, [&](base::ByteWriter& w) {
    w.u64(identity::number(s.imei));
    w.u8(s.svn);
    w.u64(s.imsi.word());
    w.u64(s.msisdn.word());
    w.u64(s.visited.word());
    w.u8(static_cast<uint8_t>(s.interface));
    w.u64(seconds(s.first));
    w.u64(seconds(s.last));
    w.u8(s.node_len);
    w.bytes({reinterpret_cast<const uint8_t*>(s.node.data()), s.node_len});
  });
}

void put_record(std::vector<uint8_t>& out, const Served& s) {
  put(out, Record::Type::kServed, [&](base::ByteWriter& w) {
    const size_t count = std::min(s.sources.size(), kSourcesMax);
    w.u64(seconds(s.at));
    w.u64(s.policy);
    w.u8(static_cast<uint8_t>(count));
    for (size_t i = 0; i < count; ++i) {
      const Served::Source& source = s.sources[i];
      const auto name = std::string_view(source.name).substr(0, kSourceNameMax);
      w.u8(static_cast<uint8_t>(name.size()));
      w.bytes({reinterpret_cast<const uint8_t*>(name.data()), name.size()});
      w.u32(source.version.epoch);
      w.u64(source.version.number);
      w.u8(static_cast<uint8_t>((source.pinned ? kPinned : 0) | (source.held ? kHeld : 0)));
    }
  });
}

Got get_record(base::ByteReader& in, Record& out) {
  if (in.empty()) return Got::kEnd;
  base::ByteReader ahead = in;
  const base::Octets rest = in.rest();
  uint16_t len = 0;
  uint8_t type = 0;
  uint32_t check = 0;
  base::Octets payload;
  if (!ahead.u16(len) || len > kRecordOctetsMax || !ahead.u8(type) || !ahead.take(len, payload) || !ahead.u32(check) ||
      check != crc32(rest.first(kPrefixOctets + len)))
    return Got::kTorn;
  base::ByteReader body(payload);
  Got got = Got::kUnknown;
  if (type == static_cast<uint8_t>(Record::Type::kSighting)) {
    out.sighting = {};
    got = get(body, out.sighting) ? Got::kRecord : Got::kTorn;
  } else if (type == static_cast<uint8_t>(Record::Type::kServed)) {
    got = get(body, out.served) ? Got::kRecord : Got::kTorn;
  }
  if (got == Got::kTorn) return got;
  out.type = static_cast<Record::Type>(type);
  in = ahead;
  return got;
}

}  // namespace eir::sightings
