// SPDX-License-Identifier: GPL-3.0-or-later
// What a feed brings: the first octet says whether a manifest, a change's or a full version's data follows. What is
// taken must be sound, sorted, and come back the same when it is written again.

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "core/feed/data.h"
#include "core/feed/manifest.h"
#include "core/feed/state.h"
#include "core/store/digest.h"

namespace {

using namespace eir;
using feed::DataForm;

void require(bool holds) {
  if (!holds) std::abort();
}

bool read(std::span<const uint8_t> octets, size_t piece, feed::DataReader& reader) {
  for (size_t at = 0; at < octets.size(); at += piece)
    if (!reader.take(octets.subspan(at, std::min(piece, octets.size() - at)))) return false;
  return reader.finish();
}

void sorted(const lists::Entries& entries) {
  lists::Entries::for_each(entries, [](const auto& v) {
    for (size_t i = 1; i < v.size(); ++i) require(v[i - 1].place() < v[i].place());
  });
}

void data(DataForm form, std::span<const uint8_t> octets) {
  if (octets.size() < 2) return;
  const uint64_t places = octets[0];
  const size_t piece = size_t{1} + octets[1] * 16;
  feed::DataReader reader(form, places);
  if (!read(octets.subspan(2), piece, reader)) return require(!reader.why().empty());
  lists::Change& change = reader.change();
  sorted(change.before);
  sorted(change.after);
  require(change.places() == places);
  std::vector<uint8_t> again;
  const feed::Sink sink = [&](std::span<const uint8_t> o) {
    again.insert(again.end(), o.begin(), o.end());
    return true;
  };
  require(form == DataForm::kChange ? feed::write_change(change, sink)
                                    : feed::write_full(change.after, change.terms, sink));
  feed::DataReader second(form, places);
  require(read(again, again.size() + 1, second));
  require(store::digests_of(second.change().after, second.change().terms) ==
          store::digests_of(change.after, change.terms));
  require(store::digests_of(second.change().before, second.change().terms) ==
          store::digests_of(change.before, change.terms));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* octets, size_t size) {
  if (size == 0) return 0;
  const std::span<const uint8_t> rest(octets + 1, size - 1);
  switch (octets[0]) {
    case 0: {
      const std::string text(rest.begin(), rest.end());
      const auto m = feed::read_manifest(store::kCentre, {text, {}});
      if (m) require(store::manifest_text(std::string(store::kCentre), *m) == text);
      break;
    }
    case 1: data(DataForm::kChange, rest); break;
    case 2: data(DataForm::kFull, rest); break;
    default: break;
  }
  return 0;
}
