// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sightings/sighting.h"

#include <algorithm>
#include <functional>

namespace eir::sightings {

bool Sighting::same_use(const Sighting& o) const {
  return imei == o.imei && svn == o.svn && imsi == o.imsi && msisdn == o.msisdn && interface == o.interface &&
         visited == o.visited && node_text() == o.node_text();
}

uint64_t Sighting::use_hash() const {
  constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;
  uint64_t h = std::hash<std::string_view>()(node_text());
  for (const uint64_t v : {identity::number(imei), imsi.word(), msisdn.word(), visited.word(),
                           uint64_t{svn} << 8 | static_cast<uint64_t>(interface)}) {
    h = (h ^ v) * kOdd;
    h ^= h >> 32;
  }
  return h;
}

Sighting sighting_of(const decision::Question& q) noexcept {
  Sighting s;
  s.imei = q.imei.key();
  s.imsi = q.imsi;
  s.msisdn = q.msisdn;
  if (const auto svn = q.imei.svn()) s.svn = *svn;
  s.interface = q.asker.interface;
  s.first = s.last = q.time;
  // Behind an STP the point code may be the STP's own; the global title is of who asked.
  static_assert(Sighting::kNodeMax >= identity::Digits::kLenMax);
  if (q.asker.calling_gt) {
    s.node_len = static_cast<uint8_t>(q.asker.calling_gt.write(s.node.data()));
    return s;
  }
  const auto node = q.asker.peer.substr(0, Sighting::kNodeMax);
  std::copy(node.begin(), node.end(), s.node.begin());
  s.node_len = static_cast<uint8_t>(node.size());
  return s;
}

identity::Digits network_of(std::string_view origin_host) {
  constexpr std::string_view kMnc = ".mnc", kMcc = ".mcc";
  constexpr size_t kCodeLen = 3;
  const size_t mnc = origin_host.find(kMnc);
  if (mnc == std::string_view::npos) return {};
  const size_t mcc = origin_host.find(kMcc, mnc);
  if (mcc == std::string_view::npos) return {};
  std::string network(origin_host.substr(mnc + kMnc.size(), mcc - mnc - kMnc.size()));
  if (network.size() == kCodeLen && network[0] == '0') network.erase(0, 1);
  if (network.size() < 2 || network.size() > kCodeLen || origin_host.size() < mcc + kMcc.size() + kCodeLen) return {};
  network.insert(0, origin_host.substr(mcc + kMcc.size(), kCodeLen));
  return identity::Digits::parse(network).value_or(identity::Digits());
}

}  // namespace eir::sightings
