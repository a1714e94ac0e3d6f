// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/stream_messages.h"

#include <algorithm>

#include "registry/octets.h"

namespace eir::registry {
namespace {

constexpr uint8_t kProtocol = 1;

void pack(Pack& p, const SiteState& site) {
  p.u8(kProtocol).text(site.name).u32(site.epoch).u8(site.active).u64(site.block).raw(as_text(site.head));
}

base::Hash hash(Unpack& u) { return as_hash(u.raw(base::Hash().size())); }

SiteState site(Unpack& u) {
  SiteState s;
  if (u.u8() != kProtocol) u.fail();
  s.name = u.text();
  s.epoch = u.u32();
  s.active = u.u8() != 0;
  s.block = u.u64();
  s.head = hash(u);
  if (s.name.size() > kSiteNameMax) u.fail();
  return s;
}

StreamRecord record(Unpack& u) {
  StreamRecord r;
  r.block.number = u.u64();
  r.block.at = u.i64();
  r.block.records = u.u32();
  r.block.previous = hash(u);
  r.block.hash = hash(u);
  r.block.body = u.raw(u.u64());
  r.operations = u.raw(u.u64());
  return r;
}

}  // namespace

std::string encode(const Ask& a) {
  std::string out;
  Pack p(out);
  pack(p, a.site);
  p.u8(static_cast<uint8_t>(a.what)).u64(a.block).raw(as_text(a.hash));
  p.u32(static_cast<uint32_t>(std::clamp(a.wait, std::chrono::milliseconds(0), kWaitMax).count())).u64(a.offset);
  return out;
}

std::optional<Ask> decode_ask(std::string_view octets) {
  Unpack u(octets);
  Ask a;
  a.site = site(u);
  a.what = static_cast<Question>(u.u8());
  a.block = u.u64();
  a.hash = hash(u);
  a.wait = std::min<std::chrono::milliseconds>(std::chrono::milliseconds(u.u32()), kWaitMax);
  a.offset = u.u64();
  const bool known = a.what >= Question::kState && a.what <= Question::kPiece;
  return u.done() && known && a.block <= uint64_t{INT64_MAX} ? std::optional(std::move(a)) : std::nullopt;
}

std::string encode(const Answer& a) {
  std::string out;
  Pack p(out);
  pack(p, a.site);
  p.u8(static_cast<uint8_t>(a.what)).u8(a.found).raw(as_text(a.hash)).u64(a.copy).u64(a.octets).u64(a.block);
  p.u32(a.records.size());
  for (const StreamRecord& r : a.records) {
    p.u64(r.block.number).i64(r.block.at).u32(r.block.records).raw(as_text(r.block.previous));
    p.raw(as_text(r.block.hash)).u64(r.block.body.size()).raw(r.block.body);
    p.u64(r.operations.size()).raw(r.operations);
  }
  p.u64(a.data.size()).raw(a.data);
  return out;
}

std::optional<Answer> decode_answer(std::string_view octets) {
  Unpack u(octets);
  Answer a;
  a.site = site(u);
  a.what = static_cast<Reply>(u.u8());
  a.found = u.u8() != 0;
  a.hash = hash(u);
  a.copy = u.u64();
  a.octets = u.u64();
  a.block = u.u64();
  for (uint32_t n = u.u32(); n > 0 && u.ok(); --n) a.records.push_back(record(u));
  a.data = u.raw(u.u64());
  const bool known = a.what >= Reply::kState && a.what <= Reply::kRefused;
  return u.done() && known ? std::optional(std::move(a)) : std::nullopt;
}

}  // namespace eir::registry
