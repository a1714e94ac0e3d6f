// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/otid.h"

#include <algorithm>
#include <bit>

namespace eir::sigtran::tcap {
namespace {

constexpr unsigned kTimeBits = 6;
constexpr uint32_t kTimeMask = (1u << kTimeBits) - 1;
constexpr int64_t kTimeUnitS = 4;
constexpr uint32_t kAgeMax = static_cast<uint32_t>(kDialogueLife.count() / kTimeUnitS);
constexpr uint32_t kAheadByOne = kTimeMask;  // another machine's clock, one unit before ours

uint64_t load_le(const uint8_t* p, size_t len) {
  uint64_t v = 0;
  for (size_t i = 0; i < len; ++i) v |= uint64_t{p[i]} << (8 * i);
  return v;
}

struct SipState {
  uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v2 += v3;
    v1 = std::rotl(v1, 13) ^ v0;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 = std::rotl(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = std::rotl(v1, 17) ^ v2;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 = std::rotl(v2, 32);
  }
  void absorb(uint64_t m) {
    v3 ^= m;
    round();
    round();
    v0 ^= m;
  }
};

uint32_t check(const OtidKey& key, uint8_t head, Octets peer_otid) {
  std::array<uint8_t, 1 + kTransactionIdOctetsMax> data{head};
  const size_t len = std::min(peer_otid.size(), kTransactionIdOctetsMax);
  std::copy_n(peer_otid.begin(), len, data.begin() + 1);
  return static_cast<uint32_t>(siphash(key, Octets(data).first(1 + len)) & 0xFFFFFF);
}

uint32_t coarse(base::UnixSeconds t) {
  return static_cast<uint32_t>(t.time_since_epoch().count() / kTimeUnitS) & kTimeMask;
}

}  // namespace

uint64_t siphash(const OtidKey& key, Octets data) noexcept {
  const uint64_t k0 = load_le(key.data(), 8);
  const uint64_t k1 = load_le(key.data() + 8, 8);
  SipState s{k0 ^ 0x736f6d6570736575, k1 ^ 0x646f72616e646f6d, k0 ^ 0x6c7967656e657261, k1 ^ 0x7465646279746573};
  size_t at = 0;
  for (; at + 8 <= data.size(); at += 8) s.absorb(load_le(data.data() + at, 8));
  s.absorb(load_le(data.data() + at, data.size() - at) | uint64_t{data.size()} << 56);
  s.v2 ^= 0xFF;
  for (int i = 0; i < 4; ++i) s.round();
  return s.v0 ^ s.v1 ^ s.v2 ^ s.v3;
}

TransactionId make_otid(const OtidKey& key, uint8_t version, Octets peer_otid, base::UnixSeconds now) noexcept {
  const auto head = static_cast<uint8_t>(version << kTimeBits | coarse(now));
  const uint32_t sum = check(key, head, peer_otid);
  return {head, static_cast<uint8_t>(sum >> 16), static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum)};
}

std::optional<uint8_t> check_otid(const OtidKey& key, Octets otid, Octets peer_otid, base::UnixSeconds now) noexcept {
  if (otid.size() != kTransactionIdOctetsMax) return std::nullopt;
  const uint32_t age = (coarse(now) - (otid[0] & kTimeMask)) & kTimeMask;
  const uint32_t sum = uint32_t{otid[1]} << 16 | uint32_t{otid[2]} << 8 | otid[3];
  const auto version = static_cast<uint8_t>(otid[0] >> kTimeBits);
  if (version == 0 || (age > kAgeMax && age != kAheadByOne) || sum != check(key, otid[0], peer_otid))
    return std::nullopt;
  return version;
}

}  // namespace eir::sigtran::tcap
