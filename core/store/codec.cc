// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/codec.h"

#include <algorithm>

#include "core/base/bytes.h"

namespace eir::store {
namespace {

using base::ByteReader;
using base::ByteWriter;
using identity::ImeiKey;
using identity::number;
using lists::DeviceClassEntry;
using lists::Entries;
using lists::EntryKind;
using lists::ExceptionEntry;
using lists::ImeiEntry;
using lists::ListSet;
using lists::LockEntry;
using lists::MirrorEntry;
using lists::PairEntry;
using lists::RangeEntry;
using lists::SubscriberEntry;
using lists::SubscriberKey;
using lists::Terms;
using lists::TermsId;
using lists::TermsPool;

constexpr uint16_t kFormat = 2;
constexpr uint8_t kSvnCodeMax = 100;
constexpr size_t kTermsOctetsMin = 18;
constexpr uint32_t kTacEnd = 100'000'000;
constexpr unsigned kDigitsMax = 15;  // 3GPP TS 23.003 §2.2, ITU-T E.164

template <class Entry>
constexpr size_t kOctets = 0;
template <>
constexpr size_t kOctets<ImeiEntry> = 12;
template <>
constexpr size_t kOctets<RangeEntry> = 20;
template <>
constexpr size_t kOctets<SubscriberEntry> = 13;
template <>
constexpr size_t kOctets<PairEntry> = 20;
template <>
constexpr size_t kOctets<LockEntry> = 28;
template <>
constexpr size_t kOctets<MirrorEntry> = 16;
template <>
constexpr size_t kOctets<ExceptionEntry> = 13;
template <>
constexpr size_t kOctets<DeviceClassEntry> = 8;

/// A key above what is small enough to stand beside it.
uint64_t packed(ImeiKey key, uint8_t low) { return number(key) << ImeiEntry::kKeyShift | low; }
bool unpack(uint64_t word, uint8_t low_max, ImeiKey& key, uint8_t& low) {
  key = ImeiKey{word >> ImeiEntry::kKeyShift};
  const uint64_t rest = word & ((uint64_t{1} << ImeiEntry::kKeyShift) - 1);
  low = static_cast<uint8_t>(rest);
  return rest <= low_max && number(key) < identity::kImeiKeyEnd;
}
bool get_digits(ByteReader& r, identity::Digits& digits) {
  uint64_t word = 0;
  if (!r.u64(word)) return false;
  digits = identity::Digits::from_word(word);
  if (word == 0) return true;
  if (digits.length() == 0 || digits.length() > kDigitsMax) return false;
  uint64_t end = 1;
  for (unsigned i = 0; i < digits.length(); ++i) end *= 10;
  return digits.value() < end;
}
bool get_subscriber(ByteReader& r, SubscriberKey& who) {
  uint64_t word = 0;
  if (!r.u64(word)) return false;
  const auto key = SubscriberKey::from_word(word);
  if (key) who = *key;
  return key.has_value();
}

void put(ByteWriter& w, const ImeiEntry& e, uint32_t terms) {
  w.u64(e.word);
  w.u32(terms);
}
bool get(ByteReader& r, ImeiEntry& e) {
  constexpr uint64_t kUnused = 0x7F << 3;
  return r.u64(e.word) && r.u32(e.terms) && number(e.key()) != 0 && number(e.key()) < identity::kImeiKeyEnd &&
         e.svn_code() <= kSvnCodeMax && !(e.word & kUnused) && !e.lists().empty();
}

void put(ByteWriter& w, const RangeEntry& e, uint32_t terms) {
  w.u64(packed(e.from, e.lists.bits()));
  w.u64(number(e.to));
  w.u32(terms);
}
bool get(ByteReader& r, RangeEntry& e) {
  uint64_t from = 0, to = 0;
  uint8_t bits = 0;
  if (!r.u64(from) || !r.u64(to) || !r.u32(e.terms) || !unpack(from, 7, e.from, bits)) return false;
  e.to = ImeiKey{to};
  e.lists = ListSet(bits);
  return e.from <= e.to && to < identity::kImeiKeyEnd && !e.lists.empty();
}

void put(ByteWriter& w, const SubscriberEntry& e, uint32_t terms) {
  w.u64(e.who.word());
  w.u8(e.lists.bits());
  w.u32(terms);
}
bool get(ByteReader& r, SubscriberEntry& e) {
  uint8_t bits = 0;
  if (!get_subscriber(r, e.who) || !r.u8(bits) || !r.u32(e.terms)) return false;
  e.lists = ListSet(bits);
  return bits <= 7 && bits != 0;
}

void put(ByteWriter& w, const PairEntry& e, uint32_t terms) {
  w.u64(packed(e.imei, e.lists.bits()));
  w.u64(e.who.word());
  w.u32(terms);
}
bool get(ByteReader& r, PairEntry& e) {
  uint64_t word = 0;
  uint8_t bits = 0;
  if (!r.u64(word) || !get_subscriber(r, e.who) || !r.u32(e.terms) || !unpack(word, 7, e.imei, bits)) return false;
  e.lists = ListSet(bits);
  return bits != 0 && number(e.imei) != 0 && !e.who.is_prefix();
}

void put(ByteWriter& w, const LockEntry& e, uint32_t terms) {
  w.u64(packed(e.imei, static_cast<uint8_t>(e.policy)));
  w.u64(e.imsi.word());
  w.u64(e.msisdn.word());
  w.u32(terms);
}
bool get(ByteReader& r, LockEntry& e) {
  uint64_t word = 0;
  uint8_t policy = 0;
  if (!r.u64(word) || !get_digits(r, e.imsi) || !get_digits(r, e.msisdn) || !r.u32(e.terms) ||
      !unpack(word, lists::kLockPolicies, e.imei, policy))
    return false;
  e.policy = static_cast<lists::LockPolicy>(policy);
  return policy != 0 && number(e.imei) != 0 && (!e.imsi.empty() || !e.msisdn.empty());
}

void put(ByteWriter& w, const MirrorEntry& e, uint32_t) {
  w.u64(e.imsi.word());
  w.u64(e.msisdn.word());
}
bool get(ByteReader& r, MirrorEntry& e) {
  return get_digits(r, e.imsi) && get_digits(r, e.msisdn) && !e.imsi.empty() && !e.msisdn.empty();
}

void put(ByteWriter& w, const ExceptionEntry& e, uint32_t terms) {
  w.u64(e.who.word());
  w.u8(static_cast<uint8_t>(e.ruling));
  w.u32(terms);
}
bool get(ByteReader& r, ExceptionEntry& e) {
  uint8_t ruling = 0;
  if (!get_subscriber(r, e.who) || !r.u8(ruling) || !r.u32(e.terms)) return false;
  e.ruling = static_cast<lists::Ruling>(ruling);
  return ruling < lists::kRulings;
}

void put(ByteWriter& w, const DeviceClassEntry& e, uint32_t terms) {
  w.u32(e.tac);
  w.u32(terms);
}
bool get(ByteReader& r, DeviceClassEntry& e) { return r.u32(e.tac) && r.u32(e.terms) && e.tac < kTacEnd; }

void put(ByteWriter& w, const Terms& t) {
  w.u8(static_cast<uint8_t>(t.reason.size()));
  w.bytes({reinterpret_cast<const uint8_t*>(t.reason.data()), t.reason.size()});
  w.u64(static_cast<uint64_t>(t.from.time_since_epoch().count()));
  w.u64(static_cast<uint64_t>(t.until.time_since_epoch().count()));
  w.u8(t.next.bits());
}
bool get_seconds(ByteReader& r, base::UnixSeconds& out) {
  uint64_t v = 0;
  if (!r.u64(v) || v > INT64_MAX) return false;
  out = base::UnixSeconds(std::chrono::seconds(static_cast<int64_t>(v)));
  return true;
}
bool get(ByteReader& r, Terms& t) {
  uint8_t len = 0, next = 0;
  base::Octets text;
  if (!r.u8(len) || len > lists::kReasonOctetsMax || !r.take(len, text) || !get_seconds(r, t.from) ||
      !get_seconds(r, t.until) || !r.u8(next) || next > 7)
    return false;
  t.reason = {reinterpret_cast<const char*>(text.data()), text.size()};
  t.next = ListSet(next);
  return t.until == base::UnixSeconds{} ? next == 0 : t.from < t.until;
}

/// The terms some entries use, numbered from 1 in the order they are met.
class UsedTerms {
 public:
  explicit UsedTerms(const TermsPool& pool) : pool_(pool), numbers_(pool.size()) {}

  template <class Entry>
  void use(std::span<const Entry> entries) {
    for (const Entry& e : entries) {
      if (e.terms == 0 || numbers_[e.terms] != 0) continue;
      used_.push_back(e.terms);
      numbers_[e.terms] = static_cast<uint32_t>(used_.size());
      octets_ += kTermsOctetsMin + pool_.reason(e.terms).size();
    }
  }
  void write(ByteWriter& w) const {
    for (const TermsId id : used_) put(w, pool_.of(id));
  }
  /// 0 stays 0.
  uint32_t number_of(TermsId id) const { return numbers_[id]; }
  uint32_t count() const { return static_cast<uint32_t>(used_.size()); }
  size_t octets() const { return octets_; }

 private:
  const TermsPool& pool_;
  std::vector<uint32_t> numbers_;
  std::vector<TermsId> used_;
  size_t octets_ = 0;
};

bool read_terms(ByteReader& r, uint32_t count, TermsPool& pool, std::vector<TermsId>& ids) {
  if (count > r.left() / kTermsOctetsMin) return false;
  ids.assign(1, 0);
  ids.reserve(count + 1);
  for (uint32_t i = 0; i < count; ++i) {
    Terms t;
    if (!get(r, t)) return false;
    ids.push_back(pool.intern(t));
  }
  return true;
}

template <class Entry>
void write_entries(ByteWriter& w, std::span<const Entry> entries, const UsedTerms& used) {
  for (const Entry& e : entries) put(w, e, used.number_of(e.terms));
}

/// Appends; what was appended before a failure stays.
template <class Entry>
bool read_entries(ByteReader& r, uint32_t count, const std::vector<TermsId>& ids, std::vector<Entry>& out) {
  if (count > r.left() / kOctets<Entry>) return false;
  if (out.capacity() - out.size() < count) out.reserve(std::max(out.size() + count, out.size() * 2));
  for (uint32_t i = 0; i < count; ++i) {
    Entry e;
    if (!get(r, e) || e.terms >= ids.size() || (!out.empty() && !(out.back().place() < e.place()))) return false;
    e.terms = ids[e.terms];
    out.push_back(e);
  }
  return true;
}

}  // namespace

template <class Entry>
std::vector<uint8_t> encode_block(std::span<const Entry> entries, const TermsPool& pool) {
  UsedTerms used(pool);
  used.use(entries);
  std::vector<uint8_t> out(kBlockHeadOctets + used.octets() + entries.size() * kOctets<Entry>);
  ByteWriter w(out);
  w.u16(kFormat);
  w.u8(static_cast<uint8_t>(Entry::kKind));
  w.u8(0);
  w.u32(static_cast<uint32_t>(out.size()));
  w.u32(used.count());
  w.u32(static_cast<uint32_t>(entries.size()));
  used.write(w);
  write_entries(w, entries, used);
  return out;
}

template std::vector<uint8_t> encode_block(std::span<const ImeiEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const RangeEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const SubscriberEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const PairEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const LockEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const MirrorEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const ExceptionEntry>, const TermsPool&);
template std::vector<uint8_t> encode_block(std::span<const DeviceClassEntry>, const TermsPool&);

std::optional<size_t> block_octets(std::span<const uint8_t> head) {
  ByteReader r(head);
  uint16_t format = 0;
  uint8_t kind = 0, reserved = 0;
  uint32_t octets = 0;
  if (!r.u16(format) || format != kFormat || !r.u8(kind) || kind == 0 || kind > lists::kEntryKinds || !r.u8(reserved) ||
      reserved != 0 || !r.u32(octets) || octets < kBlockHeadOctets || octets > kBlockOctetsMax)
    return std::nullopt;
  return octets;
}

bool decode_block(std::span<const uint8_t> block, Entries& out, TermsPool& pool) {
  const auto octets = block_octets(block);
  if (!octets || *octets != block.size()) return false;
  ByteReader r(block);
  uint32_t terms = 0, count = 0;
  std::vector<TermsId> ids;
  r.skip(8);
  if (!r.u32(terms) || !r.u32(count) || count > kBlockEntries || !read_terms(r, terms, pool, ids)) return false;
  bool good = false;
  Entries::for_each(out, [&]<class Entry>(std::vector<Entry>& entries) {
    if (static_cast<uint8_t>(Entry::kKind) != block[2]) return;
    const size_t had = entries.size();
    good = read_entries(r, count, ids, entries) && r.empty();
    if (!good) entries.resize(had);
  });
  return good;
}

std::vector<uint8_t> encode_change(const lists::Change& change) {
  UsedTerms used(change.terms);
  size_t octets = 8;
  Entries::for_each(change.before, [&]<class Entry>(const std::vector<Entry>& before) {
    const auto& after = change.after.of<Entry>();
    used.use(std::span(before));
    used.use(std::span(after));
    octets += 8 + (before.size() + after.size()) * kOctets<Entry>;
  });
  std::vector<uint8_t> out(octets + used.octets());
  ByteWriter w(out);
  w.u16(kFormat);
  w.u16(0);
  w.u32(used.count());
  used.write(w);
  Entries::for_each(change.before, [&]<class Entry>(const std::vector<Entry>& before) {
    const auto& after = change.after.of<Entry>();
    w.u32(static_cast<uint32_t>(before.size()));
    w.u32(static_cast<uint32_t>(after.size()));
    write_entries(w, std::span(before), used);
    write_entries(w, std::span(after), used);
  });
  return out;
}

std::optional<lists::Change> decode_change(std::span<const uint8_t> data) {
  ByteReader r(data);
  uint16_t format = 0, reserved = 0;
  uint32_t terms = 0;
  lists::Change change;
  std::vector<TermsId> ids;
  if (!r.u16(format) || format != kFormat || !r.u16(reserved) || reserved != 0 || !r.u32(terms) ||
      !read_terms(r, terms, change.terms, ids))
    return std::nullopt;
  bool good = true;
  Entries::for_each(change.before, [&]<class Entry>(std::vector<Entry>& before) {
    uint32_t counts[2] = {};
    good = good && r.u32(counts[0]) && r.u32(counts[1]) && std::max(counts[0], counts[1]) <= kChangePlacesMax &&
           read_entries(r, counts[0], ids, before) && read_entries(r, counts[1], ids, change.after.of<Entry>());
  });
  return good && r.empty() ? std::optional(std::move(change)) : std::nullopt;
}

}  // namespace eir::store
