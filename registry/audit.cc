// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/audit.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "registry/octets.h"

namespace eir::registry {
namespace {

constexpr std::string_view kSeal = "turnstile-audit 1";

std::string_view cut(std::string_view text) { return text.substr(0, kAskedMax); }

void pack_row(Pack& p, const std::optional<EntryRow>& row) {
  p.u8(row.has_value());
  if (!row) return;
  p.u8(static_cast<uint8_t>(row->kind)).text(row->key).text(row->value).u32(row->terms).u32(row->origin);
}

std::optional<EntryRow> unpack_row(Unpack& u) {
  if (u.u8() == 0) return std::nullopt;
  EntryRow row;
  row.kind = static_cast<lists::EntryKind>(u.u8());
  row.key = u.text();
  row.value = u.text();
  row.terms = u.u32();
  row.origin = u.u32();
  return row;
}

void unpack(Unpack& u, CommandRecord& c) {
  c.sequence = u.u64();
  c.at_ms = u.i64();
  c.user = u.u32();
  c.user_name = u.text();
  const uint8_t role = u.u8();
  if (role >= kRoles) return u.fail();
  c.role = static_cast<Role>(role);
  c.address = u.text();
  c.cl_trid = u.text();
  c.sv_trid = u.text();
  const uint8_t flags = u.u8();
  c.missing = flags & 1;
  c.repeated = flags & 2;
  c.verb = u.text();
  c.object = u.text();
  c.asked = u.text();
  c.code = static_cast<Code>(u.u16());
  const uint8_t why = u.u8();
  if (why >= kWhys) return u.fail();
  c.why = static_cast<Why>(why);
  c.refused = u.text();
}

void unpack(Unpack& u, ImeiRecord& r) {
  r.place = u.u64();
  r.code = static_cast<Code>(u.u16());
  r.lists_before = lists::ListSet(u.u8());
  r.terms_before = u.u32();
  r.device_before = u.u32();
  r.lists_after = lists::ListSet(u.u8());
  r.terms_after = u.u32();
  r.device_after = u.u32();
}

bool unpack(Unpack& u, AuditRecord& r) {
  switch (r.type) {
    case RecordType::kCommand: unpack(u, r.command); break;
    case RecordType::kImei: unpack(u, r.imei); break;
    case RecordType::kEntry:
      r.entry.before = unpack_row(u);
      r.entry.after = unpack_row(u);
      break;
    case RecordType::kWord:
      r.dictionary = static_cast<Dictionary>(u.u8());
      r.word = u.u32();
      r.text = u.raw(u.left());
      break;
    case RecordType::kEvent:
    case RecordType::kItem: r.text = u.raw(u.left()); break;
    case RecordType::kResume: r.sequence = u.u64(); break;
    default: return false;
  }
  return u.done();
}

}  // namespace

/// Puts a record's head before it, its length when it is done.
class AuditBlock::Record {
 public:
  Record(AuditBlock& block, RecordType type) : block_(block), pack_(block.body_) {
    pack_.u8(static_cast<uint8_t>(type)).u32(0);
    start_ = block.body_.size();
    ++block.records_;
  }
  ~Record() {
    const size_t len = block_.body_.size() - start_;
    for (unsigned i = 0; i < 4; ++i) block_.body_[start_ - 1 - i] = static_cast<char>(len >> (8 * i));
  }
  Record(const Record&) = delete;
  Record& operator=(const Record&) = delete;
  Pack& pack() { return pack_; }

 private:
  AuditBlock& block_;
  Pack pack_;
  size_t start_ = 0;
};

void AuditBlock::add(const CommandRecord& c) {
  Record record(*this, RecordType::kCommand);
  record.pack().u64(c.sequence).i64(c.at_ms).u32(c.user).text(c.user_name).u8(static_cast<uint8_t>(c.role));
  record.pack().text(c.address).text(c.cl_trid).text(c.sv_trid).u8((c.missing ? 1u : 0u) | (c.repeated ? 2u : 0u));
  record.pack().text(c.verb).text(c.object).text(cut(c.asked));
  record.pack().u16(static_cast<uint16_t>(c.code)).u8(static_cast<uint8_t>(c.why)).text(cut(c.refused));
}

void AuditBlock::add(const ImeiRecord& r) {
  Record record(*this, RecordType::kImei);
  record.pack().u64(r.place).u16(static_cast<uint16_t>(r.code));
  record.pack().u8(r.lists_before.bits()).u32(r.terms_before).u32(r.device_before);
  record.pack().u8(r.lists_after.bits()).u32(r.terms_after).u32(r.device_after);
}

void AuditBlock::add(const EntryRecord& r) {
  Record record(*this, RecordType::kEntry);
  pack_row(record.pack(), r.before);
  pack_row(record.pack(), r.after);
}

void AuditBlock::add_word(Dictionary dictionary, uint32_t id, std::string_view body) {
  Record(*this, RecordType::kWord).pack().u8(static_cast<uint8_t>(dictionary)).u32(id).raw(body);
}

void AuditBlock::add_event(std::string_view text) { Record(*this, RecordType::kEvent).pack().raw(text); }

void AuditBlock::add_item(std::string_view text) { Record(*this, RecordType::kItem).pack().raw(cut(text)); }

void AuditBlock::resume(uint64_t sequence) { Record(*this, RecordType::kResume).pack().u64(sequence); }

void AuditBlock::append(AuditBlock& other) {
  body_ += other.body_;
  records_ += other.records_;
  other.clear();
}

BlockRow AuditBlock::finish(uint64_t number, const base::Hash& previous, int64_t at_ms) {
  BlockRow block;
  block.number = number;
  block.at = at_ms;
  block.records = records_;
  block.previous = previous;
  block.body = std::move(body_);
  block.hash = hash_of(block);
  clear();
  return block;
}

void AuditBlock::clear() {
  body_.clear();
  records_ = 0;
}

base::Hash hash_of(const BlockRow& block) {
  std::string head(kSeal);
  Pack(head).u64(block.number).i64(block.at).u32(block.records).raw(as_text(block.previous));
  base::Sha256 sha;
  sha.update(head);
  sha.update(block.body);
  return sha.finish();
}

std::optional<std::vector<AuditRecord>> records_of(const BlockRow& block) {
  std::vector<AuditRecord> records;
  records.reserve(block.records);
  Unpack u(block.body);
  uint64_t sequence = 0;
  while (!u.done()) {
    AuditRecord& r = records.emplace_back();
    r.type = static_cast<RecordType>(u.u8());
    Unpack inner(u.raw(u.u32()));
    if (!u.ok() || !unpack(inner, r)) return std::nullopt;
    if (r.type == RecordType::kCommand) sequence = r.command.sequence;
    if (r.type == RecordType::kResume) sequence = r.sequence;
    if (r.type == RecordType::kWord || r.type == RecordType::kEvent) continue;
    r.sequence = sequence;
  }
  if (records.size() != block.records) return std::nullopt;
  return records;
}

uint64_t trid_key(std::string_view trid) {
  constexpr size_t kDigitsMax = 18;  // fit a number
  size_t digits = 0;
  uint64_t number = 0, scale = 1;
  while (digits < std::min(trid.size(), kDigitsMax)) {
    const char c = trid[trid.size() - 1 - digits];
    if (c < '0' || c > '9') break;
    number += static_cast<uint64_t>(c - '0') * scale;
    scale *= 10;
    ++digits;
  }
  // FNV-1a over what comes before, then what makes every bit count: an identifier is no secret, and the user's own.
  uint64_t x = 0xCBF29CE484222325u ^ digits * 0x9E3779B97F4A7C15u;
  for (const char c : trid.substr(0, trid.size() - digits)) x = (x ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  x = (x ^ (x >> 30) ^ (number / kTridRun)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  x ^= x >> 31;
  return (x * kTridRun + number % kTridRun) & (~uint64_t{0} >> 1);
}

uint64_t trid_hash(std::string_view trid) {
  const base::Hash hash = base::Sha256::of(trid);
  uint64_t out = 0;
  for (unsigned i = 0; i < 8; ++i) out = out << 8 | hash[i];
  return out >> 1;  // what SQL integers hold
}

namespace {

struct Chain {
  uint64_t blocks = 0, records = 0, commands = 0;
  base::Hash head{};
};

/// Goes on by one block, or says what is wrong with it.
std::optional<std::string> next(Chain& chain, const BlockRow& block) {
  const uint64_t expected = chain.blocks + 1;
  if (block.number != expected) return fmt::format("block {} follows block {}", block.number, chain.blocks);
  if (block.previous != chain.head) return fmt::format("block {} does not go on from the one before", expected);
  if (hash_of(block) != block.hash) return fmt::format("block {} was changed", expected);
  const auto records = records_of(block);
  if (!records) return fmt::format("block {} holds what is no record", expected);
  for (const AuditRecord& r : *records)
    if (r.type == RecordType::kCommand && r.command.sequence != ++chain.commands)
      return fmt::format("block {}: command {} follows command {}", expected, r.command.sequence, chain.commands - 1);
  chain.blocks = expected;
  chain.records += records->size();
  chain.head = block.hash;
  return std::nullopt;
}

}  // namespace

AuditReport verify_audit(StoreReader& store, const std::vector<base::Hash>& anchors) {
  AuditReport report;
  report.anchors = anchors.size();
  std::vector<base::Hash> wanted = anchors;
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  report.anchors = wanted.size();
  uint64_t records_anchored = 0;
  const auto fail = [&](std::string why) {
    report.whole = false;
    report.fault = std::move(why);
    return false;
  };
  Chain chain, own;
  store.blocks(1, [&](const BlockRow& block) {
    if (auto wrong = next(chain, block)) return fail(std::move(*wrong));
    if (std::binary_search(wanted.begin(), wanted.end(), block.hash)) {
      ++report.anchors_found;
      report.anchored = chain.blocks;
      records_anchored = chain.records;
    }
    return true;
  });
  report.blocks = chain.blocks;
  report.records = chain.records;
  report.commands = chain.commands;
  report.head = chain.head;
  report.after_anchor = report.blocks - report.anchored;
  report.records_after = report.records - records_anchored;
  if (report.whole && !store.ok()) fail("the store cannot be read: " + store.problem().text);
  if (report.whole && report.anchors_found < report.anchors)
    fail(fmt::format("{} of {} anchors stand in no block: blocks after number {} were cut off or written anew",
                     report.anchors - report.anchors_found, report.anchors, report.anchored));
  if (!report.whole) return report;
  store.site_blocks(1, [&](const BlockRow& block) {
    const auto wrong = next(own, block);
    return wrong ? fail("of this site's own chain, " + *wrong) : true;
  });
  if (report.whole && !store.ok()) fail("the store cannot be read: " + store.problem().text);
  report.site_blocks = own.blocks;
  report.site_records = own.records;
  report.site_commands = own.commands;
  return report;
}

std::vector<base::Hash> anchors_in(std::string_view text) {
  constexpr std::string_view kName = "audit-head ";
  std::vector<base::Hash> anchors;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(kName)) line.remove_prefix(kName.size());
    const auto hash = base::hash_from_hex(line);
    if (hash && *hash != base::Hash{}) anchors.push_back(*hash);
  }
  return anchors;
}

std::vector<AuditRecord> find_commands(StoreReader& store, std::string_view trid, std::optional<UserId> user) {
  std::vector<uint64_t> numbers = store.blocks_of(trid_key(trid), user, kFoundMax);
  if (!store.setting(kTridsByKey))
    for (const uint64_t number : store.blocks_of(trid_hash(trid), user, kFoundMax)) numbers.push_back(number);
  std::sort(numbers.begin(), numbers.end());
  // By their sequence: what a job changed stands in later blocks than its command.
  std::map<uint64_t, std::vector<AuditRecord>, std::greater<>> found;
  for (const uint64_t number : numbers) {
    const auto block = store.block(number);
    auto records = block ? records_of(*block) : std::nullopt;
    if (!records) continue;
    for (AuditRecord& r : *records) {
      if (r.type == RecordType::kCommand && (r.command.cl_trid == trid || r.command.sv_trid == trid) &&
          (!user || r.command.user == *user))
        found.try_emplace(r.command.sequence);
      const auto it = found.find(r.sequence);
      const bool told = r.type != RecordType::kResume;
      if (told && it != found.end() && it->second.size() < kFoundMax) it->second.push_back(std::move(r));
    }
  }
  std::vector<AuditRecord> out;
  for (auto& [sequence, records] : found) {
    const size_t room = std::min(records.size(), kFoundMax - out.size());
    out.insert(out.end(), std::make_move_iterator(records.begin()),
               std::make_move_iterator(records.begin() + static_cast<ptrdiff_t>(room)));
  }
  return out;
}

std::vector<AuditRecord> find_site_commands(StoreReader& store, const std::vector<std::string>& trids) {
  std::vector<AuditRecord> found;
  const auto wanted = [&](const std::string& trid) {
    return !trid.empty() && std::find(trids.begin(), trids.end(), trid) != trids.end();
  };
  store.site_blocks(1, [&](const BlockRow& block) {
    auto records = records_of(block);
    if (!records) return true;
    for (AuditRecord& r : *records)
      if (r.type == RecordType::kCommand && (wanted(r.command.cl_trid) || wanted(r.command.sv_trid)))
        found.push_back(std::move(r));
    return found.size() < kFoundMax;
  });
  return found;
}

}  // namespace eir::registry
