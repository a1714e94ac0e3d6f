// SPDX-License-Identifier: GPL-3.0-or-later
// List files. What is read must keep what read_list() promises, in whatever pieces it is parsed.

#include <cstdlib>

#include "core/files/list_file.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace eir;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto list = files::read_list(text, "fuzz");
  if (!list) return 0;
  require(list->entries.size() + list->gone.size() + list->repeats + list->lines_bad == list->rows);
  lists::Entries::for_each(list->entries, [&]<class Entry>(const std::vector<Entry>& all) {
    for (size_t i = 1; i < all.size(); ++i) require(all[i - 1].place() < all[i].place());
    for (const Entry& e : all) require(list->terms.reason(e.terms).size() <= lists::kReasonOctetsMax);
  });
  std::vector<lists::RangeConflict> conflicts;
  lists::find_unnested(list->entries.ranges, conflicts);
  require(conflicts.empty());

  // However it is cut into pieces, it says the same.
  constexpr size_t kPiece = 7;
  const auto cut = files::read_list(text, "fuzz", {}, kPiece);
  require(cut && cut->rows == list->rows && cut->repeats == list->repeats);
  require(files::bad_line_report(*cut) == files::bad_line_report(*list));
  require(cut->entries.counts() == list->entries.counts());
  return 0;
}
