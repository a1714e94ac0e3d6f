// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guard/seen.h"

#include <algorithm>

namespace eir::guard {
namespace {

using identity::Digits;
using identity::number;
using lists::SubscriberKey;

/// Puts the positions whose number lies in [first, last] into `out`.
template <class Number>
void span_of(const std::vector<uint32_t>& order, const std::vector<SeenDevice>& uses, Number number_of, uint64_t first,
             uint64_t last, std::vector<uint32_t>& out) {
  const auto begin =
      std::partition_point(order.begin(), order.end(), [&](uint32_t i) { return number_of(uses[i]) < first; });
  const auto end = std::partition_point(begin, order.end(), [&](uint32_t i) { return number_of(uses[i]) <= last; });
  out.insert(out.end(), begin, end);
}

uint64_t imsi_word(const SeenDevice& d) { return d.imsi.word(); }
uint64_t msisdn_word(const SeenDevice& d) { return d.msisdn.word(); }

}  // namespace

void SeenDevices::compact() {
  const auto less = [](const SeenDevice& a, const SeenDevice& b) { return a.place() < b.place(); };
  std::sort(uses_.begin(), uses_.end(), less);
  uses_.erase(std::unique(uses_.begin(), uses_.end()), uses_.end());
  compact_at_ = std::max(compact_at_, uses_.size() * 2);
}

void SeenDevices::add(const SeenDevice& device) {
  if (uses_.size() >= std::min(compact_at_, kSeenMax) && !full_) {
    const bool last = uses_.size() >= kSeenMax;
    compact();
    full_ = last && uses_.size() > kSeenMax / 2;  // sorting again and again would gain ever less
  }
  if (uses_.size() >= kSeenMax) {
    ++over_bound_;
  } else {
    uses_.push_back(device);
  }
}

void SeenDevices::finish() {
  compact();
  devices_ = 0;
  by_imsi_.clear();
  by_msisdn_.clear();
  for (uint32_t i = 0; i < uses_.size(); ++i) {
    devices_ += i == 0 || uses_[i].imei != uses_[i - 1].imei;
    if (uses_[i].imsi) by_imsi_.push_back(i);
    if (uses_[i].msisdn) by_msisdn_.push_back(i);
  }
  std::sort(by_imsi_.begin(), by_imsi_.end(),
            [&](uint32_t a, uint32_t b) { return imsi_word(uses_[a]) < imsi_word(uses_[b]); });
  std::sort(by_msisdn_.begin(), by_msisdn_.end(),
            [&](uint32_t a, uint32_t b) { return msisdn_word(uses_[a]) < msisdn_word(uses_[b]); });
}

void SeenDevices::touch_imeis(uint64_t from, uint64_t to, std::vector<uint32_t>& out) const {
  auto it =
      std::partition_point(uses_.begin(), uses_.end(), [&](const SeenDevice& d) { return number(d.imei) < from; });
  for (; it != uses_.end() && number(it->imei) <= to; ++it) out.push_back(static_cast<uint32_t>(it - uses_.begin()));
}

void SeenDevices::touch_subscriber(const SubscriberKey& who, std::vector<uint32_t>& out) const {
  const bool imsi = who.type() == SubscriberKey::Type::kImsi;
  const auto& order = imsi ? by_imsi_ : by_msisdn_;
  const auto number_of = imsi ? imsi_word : msisdn_word;
  const Digits digits = who.digits();
  if (!who.is_prefix()) return span_of(order, uses_, number_of, digits.word(), digits.word(), out);
  // Digits are ordered by length, then value: numbers of one length that begin alike lie together.
  uint64_t scale = 1;
  for (unsigned len = digits.length(); len <= Digits::kLenMax; ++len, scale *= 10)
    span_of(order, uses_, number_of, Digits::of(digits.value() * scale, len).word(),
            Digits::of(digits.value() * scale + scale - 1, len).word(), out);
}

void SeenDevices::touch(const lists::Entries& entries, std::vector<uint32_t>& out) const {
  const auto subscriber = [&](const Digits& imsi, const Digits& msisdn) {
    if (imsi) touch_subscriber(SubscriberKey::exact(identity::Imsi(imsi)), out);
    if (msisdn) touch_subscriber(SubscriberKey::exact(identity::Msisdn(msisdn)), out);
  };
  const auto imei = [&](identity::ImeiKey key) { touch_imeis(number(key), number(key), out); };
  for (const auto& e : entries.imeis) imei(e.key());
  for (const auto& e : entries.ranges) touch_imeis(number(e.from), number(e.to), out);
  for (const auto& e : entries.subscribers) touch_subscriber(e.who, out);
  for (const auto& e : entries.pairs) imei(e.imei);
  for (const auto& e : entries.locks) {
    imei(e.imei);
    subscriber(e.imsi, e.msisdn);
  }
  for (const auto& e : entries.mirror) subscriber(e.imsi, e.msisdn);
  for (const auto& e : entries.exceptions) touch_subscriber(e.who, out);
}

std::vector<uint32_t> SeenDevices::touched(const lists::Change& change) const {
  std::vector<uint32_t> out;
  touch(change.before, out);
  touch(change.after, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace eir::guard
