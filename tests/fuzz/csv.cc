// SPDX-License-Identifier: GPL-3.0-or-later
// List files. What is read must keep what read_list() promises, and must survive being stored and indexed.

#include <cstdlib>

#include "core/lists/index.h"
#include "core/store/codec.h"
#include "core/store/list_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace eir;
  const auto list = store::read_list({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!list) return 0;
  require(list->imeis.size() + list->ranges.size() + list->repeats + list->lines_bad == list->rows);
  (void)store::bad_line_report(*list);
  for (size_t i = 1; i < list->imeis.size(); ++i) require(list->imeis[i - 1].place() < list->imeis[i].place());
  for (const auto& e : list->imeis) require(list->reasons.reason(e.terms).size() <= lists::kReasonOctetsMax);
  std::vector<lists::RangeConflict> conflicts;
  require(lists::keep_nested(list->ranges, conflicts).size() == list->ranges.size());

  std::vector<lists::ImeiEntry> imeis;
  std::vector<lists::RangeEntry> ranges;
  lists::TermsPool reasons;
  require(store::decode_segment(store::encode_segment(list->imeis, list->reasons), imeis, reasons));
  require(store::decode_segment(store::encode_segment(list->ranges, list->reasons), ranges, reasons));
  require(imeis.size() == list->imeis.size() && ranges.size() == list->ranges.size());

  const auto snapshot = lists::SnapshotBuilder::in_memory(imeis, ranges, reasons, {0, 1});
  require(snapshot != nullptr);
  const lists::Index index(snapshot, nullptr, {0, 1});
  for (const auto& e : list->imeis) {
    const auto svn = e.svn();
    const auto hit = index.individual(e.key(), svn ? &*svn : nullptr);
    require(hit.present && hit.lists == e.lists() && hit.note == list->reasons.reason(e.terms));
  }
  for (const auto& r : list->ranges) require(index.range(r.from).present && index.range(r.to).present);
  return 0;
}
