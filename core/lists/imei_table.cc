// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/imei_table.h"

namespace eir::lists {

Hit ImeiTable::hit_with_terms(uint64_t scrambled, uint64_t value, const identity::Svn* svn, base::UnixSeconds at,
                              const TermsTable& terms) const noexcept {
  auto own = static_cast<TermsId>(value >> kTermsShift);
  if (value & kSideFlag && (svn || own == kTermsInSide)) {
    Hit rule;
    side.each(scrambled << kValueBits, [&](const SideSlot& s) {
      if (s.svn_code() == ImeiEntry::kAnySvn) {
        own = s.terms;
      } else if (svn && s.svn_code() == *svn + 1) {
        rule = Hit::of(s.lists(), terms.of(s.terms), at);
        rule.svn_rule = rule.present;
      }
      return true;
    });
    if (rule.present) return rule;
  }
  const ListSet lists(static_cast<uint8_t>(value & 7));
  return lists.empty() ? Hit{} : Hit::of(lists, own == 0 ? Terms{} : terms.of(own), at);
}

Standing ImeiTable::find(const ImeiEntry& place, ImeiEntry& out) const noexcept {
  const uint64_t scrambled = scramble(identity::number(place.key()));
  const uint64_t value = find(scrambled);
  if (value == kAbsent) return Standing::kAbsent;
  Standing standing = Standing::kGone;
  each_of(scrambled, value, [&](const ImeiEntry& e, bool gone) {
    if (gone || e.place() != place.place()) return;
    out = e;
    standing = Standing::kHeld;
  });
  return standing;
}

}  // namespace eir::lists
