// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/codec/structure.h"

namespace eir::diameter::codec {
namespace {

std::vector<uint8_t> build_avp(AvpId id, uint8_t flags, Octets data) {
  const bool vendor = flags & kAvpVendor;
  std::vector<uint8_t> out((vendor ? kAvpVendorHeaderLen : kAvpHeaderLen) + padded(data.size()));
  base::ByteWriter w(out);
  w.u32(id.code);
  w.u8(flags);
  w.u24(static_cast<uint32_t>((vendor ? kAvpVendorHeaderLen : kAvpHeaderLen) + data.size()));
  if (vendor) w.u32(id.vendor);
  w.bytes(data);
  w.zeros(padded(data.size()) - data.size());
  return out;
}

/// The AVP as it came, padded.
std::vector<uint8_t> copy_of(const AvpView& avp) {
  std::vector<uint8_t> out(avp.whole.begin(), avp.whole.end());
  out.resize(padded(out.size()));
  return out;
}

/// Zeros of the length that the type asks for at least.
Octets smallest_payload(const AvpDef* def) {
  static constexpr uint8_t kZeros[8] = {};
  if (!def) return {};
  switch (def->type) {
    case AvpType::kUnsigned32: return Octets(kZeros, 4);
    case AvpType::kUnsigned64: return Octets(kZeros, 8);
    case AvpType::kOctets: return Octets(kZeros, 1);
    case AvpType::kGrouped: break;
  }
  return {};
}

/// The header of an AVP that cannot be read as it stands, filled up with zeros, with a length that is
/// true. RFC 6733 §7.1.5 (5014).
std::vector<uint8_t> mended(Octets broken) {
  uint8_t header[kAvpVendorHeaderLen] = {};
  for (size_t i = 0; i < broken.size() && i < sizeof header; ++i) header[i] = broken[i];
  base::ByteReader r(Octets(header, sizeof header));
  AvpId id;
  uint8_t flags = 0;
  uint32_t len = 0;
  r.u32(id.code);
  r.u8(flags);
  r.u24(len);
  if (flags & kAvpVendor) r.u32(id.vendor);
  const Dictionary* dictionary = Dictionary::instance();
  return build_avp(id, flags, smallest_payload(dictionary ? dictionary->find(id) : nullptr));
}

struct Walk {
  unsigned avps = 0;
  unsigned depth = 0;
};

std::optional<Complaint> check_level(Octets avps, Walk& walk);

std::optional<Complaint> check_one(const AvpView& avp, Walk& walk) {
  const auto complain = [&](ResultCode code) { return Complaint{code, copy_of(avp)}; };
  if (++walk.avps > kAvpsMax) return Complaint{ResultCode::kUnableToComply, {}};
  if (avp.flags & kAvpFlagsReserved) return complain(ResultCode::kInvalidAvpBits);
  const Dictionary* dictionary = Dictionary::instance();
  const AvpDef* def = dictionary ? dictionary->find(avp.id) : nullptr;
  if (!def) return std::nullopt;
  if (def->type == AvpType::kUnsigned32 && avp.data.size() != 4) return complain(ResultCode::kInvalidAvpLength);
  if (def->type == AvpType::kUnsigned64 && avp.data.size() != 8) return complain(ResultCode::kInvalidAvpLength);
  if (def->type != AvpType::kGrouped) return std::nullopt;
  if (walk.depth == kGroupDepthMax) return Complaint{ResultCode::kInvalidAvpValue, build_avp(avp.id, avp.flags, {})};
  ++walk.depth;
  auto inner = check_level(avp.data, walk);
  --walk.depth;
  if (inner && !inner->failed.empty()) inner->failed = build_avp(avp.id, avp.flags, inner->failed);
  return inner;
}

std::optional<Complaint> check_level(Octets avps, Walk& walk) {
  AvpReader reader(avps);
  AvpView avp;
  while (reader.next(avp))
    if (auto complaint = check_one(avp, walk)) return complaint;
  if (!reader.broken()) return std::nullopt;
  return Complaint{ResultCode::kInvalidAvpLength, mended(reader.remainder())};
}

bool is_group(const AvpView& avp) {
  const Dictionary* dictionary = Dictionary::instance();
  const AvpDef* def = dictionary ? dictionary->find(avp.id) : nullptr;
  return def && def->type == AvpType::kGrouped;
}

}  // namespace

std::optional<Complaint> check_structure(Octets avps) {
  Walk walk;
  return check_level(avps, walk);
}

std::vector<uint8_t> failed_at(Octets avps, std::span<const unsigned> path) {
  AvpReader reader(avps);
  AvpView avp;
  for (unsigned i = 0; !path.empty() && reader.next(avp); ++i) {
    if (i != path[0]) continue;
    if (path.size() == 1) return copy_of(avp);
    auto inner = failed_at(avp.data, path.subspan(1));
    if (inner.empty()) return inner;
    return build_avp(avp.id, avp.flags, inner);
  }
  return {};
}

std::vector<uint8_t> failed_repeat(Octets avps, AvpId id) {
  AvpReader reader(avps);
  AvpView avp;
  bool seen = false;
  while (reader.next(avp)) {
    if (avp.id == id) {
      if (seen) return copy_of(avp);
      seen = true;
    }
    if (!is_group(avp)) continue;
    const auto inner = failed_repeat(avp.data, id);
    if (!inner.empty()) return build_avp(avp.id, avp.flags, inner);
  }
  return {};
}

std::vector<uint8_t> example_of(AvpId id) {
  const Dictionary* dictionary = Dictionary::instance();
  const AvpDef* def = dictionary ? dictionary->find(id) : nullptr;
  return def ? build_avp(id, def->flags, smallest_payload(def)) : std::vector<uint8_t>{};
}

}  // namespace eir::diameter::codec
