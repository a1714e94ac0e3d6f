// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/codec.h"

#include <unordered_map>

#include "core/base/bytes.h"

namespace eir::store {
namespace {

using base::ByteReader;
using base::ByteWriter;
using identity::ImeiKey;
using identity::number;
using lists::EntryKind;
using lists::ImeiEntry;
using lists::RangeEntry;
using lists::TermsId;
using lists::TermsPool;

constexpr uint16_t kFormat = 1;
constexpr size_t kHeaderOctets = 12;
constexpr uint8_t kSvnCodeMax = 100;

size_t octets_of(const ImeiEntry&) { return 12; }
size_t octets_of(const RangeEntry&) { return 20; }
constexpr EntryKind kind_of(const ImeiEntry&) { return EntryKind::kImei; }
constexpr EntryKind kind_of(const RangeEntry&) { return EntryKind::kRange; }

void put(ByteWriter& w, const ImeiEntry& e) { w.u64(e.word); }
void put(ByteWriter& w, const RangeEntry& e) {
  w.u64(number(e.from) << ImeiEntry::kKeyShift | e.lists.bits());
  w.u64(number(e.to));
}
bool sound(const ImeiEntry& e) {
  constexpr uint64_t kUnused = 0x7F << 3;
  return number(e.key()) != 0 && number(e.key()) < identity::kImeiKeyEnd && e.svn_code() <= kSvnCodeMax &&
         !(e.word & kUnused) && !e.lists().empty();
}
bool sound(const RangeEntry& e) { return e.from <= e.to && number(e.to) < identity::kImeiKeyEnd && !e.lists.empty(); }
bool get(ByteReader& r, ImeiEntry& e) { return r.u64(e.word) && r.u32(e.terms) && sound(e); }
bool get(ByteReader& r, RangeEntry& e) {
  uint64_t from = 0, to = 0;
  if (!r.u64(from) || !r.u64(to) || !r.u32(e.terms)) return false;
  e.from = ImeiKey{from >> ImeiEntry::kKeyShift};
  e.to = ImeiKey{to};
  e.lists = lists::ListSet(static_cast<uint8_t>(from & 7));
  return sound(e);
}
bool before(const ImeiEntry& a, const ImeiEntry& b) { return a.place() < b.place(); }
bool before(const RangeEntry& a, const RangeEntry& b) { return a < b; }

template <class Entry>
std::vector<uint8_t> encode(std::span<const Entry> entries, const TermsPool& pool) {
  std::unordered_map<TermsId, uint32_t> numbers{{0, 0}};
  std::vector<TermsId> used;
  size_t text_octets = 0;
  for (const Entry& e : entries) {
    if (!numbers.emplace(e.terms, static_cast<uint32_t>(used.size() + 1)).second) continue;
    used.push_back(e.terms);
    text_octets += 1 + pool.reason(e.terms).size();
  }
  std::vector<uint8_t> out(kHeaderOctets + text_octets +
                           (entries.empty() ? 0 : entries.size() * octets_of(entries[0])));
  ByteWriter w(out);
  w.u16(kFormat);
  w.u16(static_cast<uint16_t>(kind_of(Entry{})));
  w.u32(static_cast<uint32_t>(entries.size()));
  w.u32(static_cast<uint32_t>(used.size()));
  for (const Entry& e : entries) {
    put(w, e);
    w.u32(numbers.at(e.terms));
  }
  for (const TermsId id : used) {
    const std::string_view text = pool.reason(id);
    w.u8(static_cast<uint8_t>(text.size()));
    w.bytes({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  }
  return out;
}

bool get_reason(ByteReader& r, TermsPool& pool, TermsId& id) {
  uint8_t len = 0;
  base::Octets text;
  if (!r.u8(len) || len > lists::kReasonOctetsMax || !r.take(len, text)) return false;
  id = pool.intern({reinterpret_cast<const char*>(text.data()), text.size()});
  return true;
}

template <class Entry>
bool decode(std::span<const uint8_t> data, std::vector<Entry>& out, TermsPool& pool) {
  const size_t old = out.size();
  const auto fail = [&] {
    out.resize(old);
    return false;
  };
  ByteReader r(data);
  uint16_t format = 0, kind = 0;
  uint32_t count = 0, reasons = 0;
  if (!r.u16(format) || format != kFormat || !r.u16(kind) || kind != static_cast<uint16_t>(kind_of(Entry{})) ||
      !r.u32(count) || !r.u32(reasons) || count > r.left() / octets_of(Entry{}) || reasons > r.left())
    return false;
  out.reserve(old + count);
  for (uint32_t i = 0; i < count; ++i) {
    Entry e;
    if (!get(r, e) || e.terms > reasons || (i > 0 && !before(out.back(), e))) return fail();
    out.push_back(e);
  }
  std::vector<TermsId> ids{0};
  for (uint32_t i = 0; i < reasons; ++i)
    if (!get_reason(r, pool, ids.emplace_back())) return fail();
  if (!r.empty()) return fail();
  for (size_t i = old; i < out.size(); ++i) out[i].terms = ids[out[i].terms];
  return true;
}

/// How many of the entries from `at` on are of that key.
size_t run_of(const std::vector<ImeiEntry>& entries, size_t at, ImeiKey key) {
  size_t n = 0;
  while (at + n < entries.size() && entries[at + n].key() == key) ++n;
  return n;
}

}  // namespace

std::vector<uint8_t> encode_segment(std::span<const ImeiEntry> entries, const TermsPool& reasons) {
  return encode(entries, reasons);
}
std::vector<uint8_t> encode_segment(std::span<const RangeEntry> entries, const TermsPool& reasons) {
  return encode(entries, reasons);
}
bool decode_segment(std::span<const uint8_t> data, std::vector<ImeiEntry>& out, TermsPool& reasons) {
  return decode(data, out, reasons);
}
bool decode_segment(std::span<const uint8_t> data, std::vector<RangeEntry>& out, TermsPool& reasons) {
  return decode(data, out, reasons);
}

std::vector<uint8_t> encode_change(const Change& change) {
  constexpr size_t kEntryMax = 3 + lists::kReasonOctetsMax;
  std::vector<uint8_t> out(8 + (change.before.size() + change.after.size()) * (10 + kEntryMax));
  ByteWriter w(out);
  w.u16(kFormat);
  w.u16(0);
  w.u32(0);
  uint32_t keys = 0;
  const auto entry = [&](const ImeiEntry& e) {
    const std::string_view reason = change.reasons.reason(e.terms);
    w.u8(e.svn_code());
    w.u8(e.lists().bits());
    w.u8(static_cast<uint8_t>(reason.size()));
    w.bytes({reinterpret_cast<const uint8_t*>(reason.data()), reason.size()});
  };
  for (size_t b = 0, a = 0; b < change.before.size() || a < change.after.size(); ++keys) {
    const ImeiKey key = b == change.before.size()  ? change.after[a].key()
                        : a == change.after.size() ? change.before[b].key()
                                                   : std::min(change.before[b].key(), change.after[a].key());
    const size_t nb = run_of(change.before, b, key), na = run_of(change.after, a, key);
    w.u64(number(key));
    w.u8(static_cast<uint8_t>(nb));
    w.u8(static_cast<uint8_t>(na));
    for (const size_t end = b + nb; b < end; ++b) entry(change.before[b]);
    for (const size_t end = a + na; a < end; ++a) entry(change.after[a]);
  }
  out.resize(w.size());
  for (size_t i = 0; i < 4; ++i) out[4 + i] = static_cast<uint8_t>(keys >> (24 - 8 * i));
  return out;
}

bool decode_change(std::span<const uint8_t> data, Change& out) {
  ByteReader r(data);
  uint16_t format = 0, reserved = 0;
  uint32_t keys = 0;
  if (!r.u16(format) || format != kFormat || !r.u16(reserved) || reserved != 0 || !r.u32(keys)) return false;
  uint64_t last = 0;
  for (uint32_t i = 0; i < keys; ++i) {
    uint64_t key = 0;
    uint8_t counts[2] = {};
    if (!r.u64(key) || key <= last || key >= identity::kImeiKeyEnd || !r.u8(counts[0]) || !r.u8(counts[1]))
      return false;
    last = key;
    for (const int side : {0, 1}) {
      int last_code = -1;
      for (unsigned n = 0; n < counts[side]; ++n) {
        uint8_t code = 0, bits = 0;
        TermsId reason = 0;
        if (!r.u8(code) || code > kSvnCodeMax || code <= last_code || !r.u8(bits) || bits == 0 || bits > 7 ||
            !get_reason(r, out.reasons, reason))
          return false;
        last_code = code;
        (side == 0 ? out.before : out.after)
            .push_back(ImeiEntry::from_code(ImeiKey{key}, code, lists::ListSet(bits), reason));
      }
    }
  }
  return r.empty();
}

}  // namespace eir::store
