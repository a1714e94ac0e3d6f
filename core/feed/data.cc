// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/data.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/store/codec.h"

namespace eir::feed {
namespace {

using lists::Change;
using lists::Entries;
using lists::TermsPool;

/// No place of a change takes more, before and after with terms of their own.
constexpr uint64_t kPlaceOctetsMax = 2 * (28 + 18 + lists::kReasonOctetsMax);
constexpr uint64_t kChangeHeadOctetsMax = 1024;

}  // namespace

bool write_change(const Change& change, const Sink& sink) { return sink(store::encode_change(change)); }

bool write_full(const Entries& entries, const TermsPool& terms, const Sink& sink) {
  bool ok = true;
  Entries::for_each(entries, [&]<class Entry>(const std::vector<Entry>& v) {
    const std::span<const Entry> all(v);
    for (size_t at = 0; ok && at < all.size(); at += store::kBlockEntries)
      ok = sink(store::encode_block(all.subspan(at, std::min(store::kBlockEntries, all.size() - at)), terms));
  });
  return ok;
}

DataReader::DataReader(DataForm form, uint64_t places)
    : form_(form),
      places_(places),
      octets_max_(kChangeHeadOctetsMax +
                  std::min<uint64_t>(places, store::kChangePlacesMax * lists::kEntryKinds) * kPlaceOctetsMax) {}

bool DataReader::fail(std::string why) {
  if (why_.empty()) why_ = std::move(why);
  return false;
}

bool DataReader::blocks() {
  size_t at = 0;
  while (pending_.size() - at >= store::kBlockHeadOctets) {
    const auto rest = std::span<const uint8_t>(pending_).subspan(at);
    const auto octets = store::block_octets(rest);
    if (!octets || *octets < store::kBlockHeadOctets || *octets > store::kBlockOctetsMax)
      return fail("what follows is no block of entries");
    if (rest.size() < *octets) break;
    if (!store::decode_block(rest.first(*octets), change_.after, change_.terms))
      return fail("a block of entries is damaged or out of order");
    if (change_.after.size() > places_) return fail(fmt::format("more than the {} entries of the manifest", places_));
    at += *octets;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
  return true;
}

bool DataReader::take(std::span<const uint8_t> octets) {
  if (!why_.empty()) return false;
  if (form_ == DataForm::kChange && pending_.size() + octets.size() > octets_max_)
    return fail(fmt::format("more octets than {} places can take", places_));
  pending_.insert(pending_.end(), octets.begin(), octets.end());
  return form_ == DataForm::kChange || blocks();
}

bool DataReader::finish() {
  if (!why_.empty()) return false;
  if (form_ == DataForm::kChange) {
    auto change = store::decode_change(pending_);
    if (!change) return fail("it cannot be decoded: damaged, cut short, or no change");
    change_ = std::move(*change);
    pending_ = {};
  } else if (!pending_.empty()) {
    return fail("it is cut short");
  }
  const uint64_t places = form_ == DataForm::kChange ? change_.places() : change_.after.size();
  return places == places_ || fail(fmt::format("{} places, the manifest says {}", places, places_));
}

}  // namespace eir::feed
