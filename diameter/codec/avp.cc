// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/codec/avp.h"

#include <algorithm>
#include <array>

namespace eir::diameter::codec {
namespace {

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

/// By octet: whether a DiameterIdentity may hold it.
constexpr auto kIdentityOctets = [] {
  std::array<bool, 256> allowed{};
  for (unsigned c = 'a'; c <= 'z'; ++c) allowed[c] = allowed[c - 'a' + 'A'] = true;
  for (unsigned c = '0'; c <= '9'; ++c) allowed[c] = true;
  for (const char c : {'-', '_', '.'}) allowed[static_cast<uint8_t>(c)] = true;
  return allowed;
}();

}  // namespace

bool is_diameter_identity(std::string_view text) noexcept {
  if (text.empty() || text.size() > kDiameterIdentityMax || text.front() == '.' || text.back() == '.') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return kIdentityOctets[static_cast<uint8_t>(c)]; });
}

bool same_identity(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i)
    if (lower(a[i]) != lower(b[i])) return false;
  return true;
}

bool read_header(Octets octets, Header& out) noexcept {
  if (octets.size() < kHeaderLen) return false;
  base::ByteReader r(octets);
  return r.u8(out.version) && r.u24(out.length) && r.u8(out.flags) && r.u24(out.command) && r.u32(out.application) &&
         r.u32(out.hop_by_hop) && r.u32(out.end_to_end);
}

void write_header(base::ByteWriter& w, const Header& h) noexcept {
  w.u8(h.version);
  w.u24(h.length);
  w.u8(h.flags);
  w.u24(h.command);
  w.u32(h.application);
  w.u32(h.hop_by_hop);
  w.u32(h.end_to_end);
}

bool AvpReader::next(AvpView& out) noexcept {
  const Octets rest = avps_.subspan(pos_);
  if (broken_ || rest.empty()) return false;
  base::ByteReader r(rest);
  uint32_t len = 0;
  out.id.vendor = 0;
  broken_ = !r.u32(out.id.code) || !r.u8(out.flags) || !r.u24(len) ||
            ((out.flags & kAvpVendor) && !r.u32(out.id.vendor)) || len < r.offset() || len > rest.size();
  if (broken_) return false;
  if ((out.flags & kAvpVendor) && out.id.vendor == 0) out.id.vendor = kVendorNobody;
  out.whole = rest.first(len);
  out.data = out.whole.subspan(r.offset());
  pos_ += padded(len) < rest.size() ? padded(len) : rest.size();
  return true;
}

bool find_avp(Octets avps, AvpId id, AvpView& out) noexcept {
  AvpReader reader(avps);
  while (reader.next(out))
    if (out.id == id) return true;
  return false;
}

void write_avp_header(base::ByteWriter& w, AvpId id, uint8_t flags, size_t data_len) noexcept {
  const size_t header = id.vendor ? kAvpVendorHeaderLen : kAvpHeaderLen;
  w.u32(id.code);
  w.u8(flags);
  w.u24(static_cast<uint32_t>(header + data_len));
  if (id.vendor) w.u32(id.vendor);
}

void write_avp(base::ByteWriter& w, AvpId id, uint8_t flags, Octets data) noexcept {
  write_avp_header(w, id, flags, data.size());
  w.bytes(data);
  w.zeros(padded(data.size()) - data.size());
}

void write_avp_u32(base::ByteWriter& w, AvpId id, uint8_t flags, uint32_t value) noexcept {
  write_avp_header(w, id, flags, sizeof value);
  w.u32(value);
}

}  // namespace eir::diameter::codec
