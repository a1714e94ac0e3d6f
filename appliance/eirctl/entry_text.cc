// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/entry_text.h"

#include <fmt/format.h>

#include "appliance/report/json.h"
#include "core/files/text.h"

namespace eir::appliance::eirctl {
namespace {

using identity::to_string;
using lists::EntryKind;
using lists::Terms;

std::string place(const lists::ImeiEntry& e) {
  return to_string(e.key()) + (e.svn() ? fmt::format(" sv {:02}", *e.svn()) : std::string());
}
std::string place(const lists::RangeEntry& e) { return fmt::format("{}-{}", to_string(e.from), to_string(e.to)); }
std::string place(const lists::SubscriberEntry& e) { return files::subscriber_text(e.who); }
std::string place(const lists::ExceptionEntry& e) { return files::subscriber_text(e.who); }
std::string place(const lists::PairEntry& e) {
  return fmt::format("{} with {}", to_string(e.imei), files::subscriber_text(e.who));
}
std::string place(const lists::LockEntry& e) {
  return fmt::format("{} {} {}{}{}", to_string(e.policy), to_string(e.imei), e.imsi.str(),
                     e.imsi && e.msisdn ? "/" : "", e.msisdn.str());
}
std::string place(const lists::MirrorEntry& e) { return e.imsi.str(); }
std::string place(const lists::DeviceClassEntry& e) { return fmt::format("{:08}", e.tac); }

}  // namespace

template <class Entry>
std::string place_text(const Entry& entry) {
  return place(entry);
}

template <class Entry>
std::string entry_text(const Entry& e, const Terms& t) {
  std::string text;
  if constexpr (Entry::kKind == EntryKind::kMirror) {
    text = e.msisdn.str();
  } else if constexpr (Entry::kKind == EntryKind::kException) {
    text = to_string(e.ruling);
  } else if constexpr (Entry::kKind == EntryKind::kLock) {
    text = "locked";
  } else if constexpr (Entry::kKind != EntryKind::kDeviceClass) {
    text = lists_of(e).str();
  }
  if (!t.reason.empty()) text += fmt::format("{}{}", text.empty() ? "" : ": ", t.reason);
  if (t.from != base::UnixSeconds{}) text += fmt::format(", from {}", utc(t.from));
  if (t.until != base::UnixSeconds{}) text += fmt::format(", until {}, then {}", utc(t.until), t.next.str());
  return text;
}

#define EIR_ENTRY_TEXT(Entry)                           \
  template std::string place_text(const lists::Entry&); \
  template std::string entry_text(const lists::Entry&, const Terms&)
EIR_ENTRY_TEXT(ImeiEntry);
EIR_ENTRY_TEXT(RangeEntry);
EIR_ENTRY_TEXT(SubscriberEntry);
EIR_ENTRY_TEXT(PairEntry);
EIR_ENTRY_TEXT(LockEntry);
EIR_ENTRY_TEXT(MirrorEntry);
EIR_ENTRY_TEXT(ExceptionEntry);
EIR_ENTRY_TEXT(DeviceClassEntry);
#undef EIR_ENTRY_TEXT

}  // namespace eir::appliance::eirctl
