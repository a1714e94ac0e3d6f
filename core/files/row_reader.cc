// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/row_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/files/text.h"

namespace eir::files {

using identity::ImeiKey;
using identity::Svn;
using lists::ImeiEntry;
using lists::ListSet;
using lists::RangeEntry;
using lists::SubscriberKey;
using lists::Terms;
using lists::TermsId;

bool RowReader::bad(Column column, LineCode code, std::string text) {
  out_.bad.push_back({0, csv_->line(), to_string(column), code, std::move(text)});
  return false;
}

void RowReader::bad_record(LineCode code, std::string text) {
  out_.bad.push_back({0, csv_->line(), {}, code, std::move(text)});
}

void RowReader::take(const CsvReader& csv, CsvReader::Outcome outcome) {
  csv_ = &csv;
  ++out_.count;
  switch (outcome) {
    case CsvReader::Outcome::kQuote:
      return bad_record(LineCode::kQuote, "a quote where none may stand, or without its end");
    case CsvReader::Outcome::kTooLong:
      return bad_record(LineCode::kLineTooLong, fmt::format("longer than {} octets", kRecordOctetsMax));
    case CsvReader::Outcome::kTooManyFields:
      return bad_record(LineCode::kFieldCount,
                        fmt::format("more than {} fields, the header has {}", kFieldsMax, layout_.columns()));
    default: break;
  }
  if (csv.fields() != layout_.columns())
    return bad_record(LineCode::kFieldCount,
                      fmt::format("{} fields, the header has {}", csv.fields(), layout_.columns()));
  switch (layout_.kind()) {
    case LayoutKind::kImeis: imei_or_range(); break;
    case LayoutKind::kBlackList: black_list(); break;
    default: other_kind();
  }
}

bool RowReader::imei_or_range() {
  const std::string_view text = field(Column::kImei);
  const uint32_t line = csv_->line();
  RangeEntry r;
  std::optional<Svn> version;
  const bool is_range = text.size() == 8 || (text.size() == 29 && text[14] == '-');
  ImeiKey key{};
  if (is_range) {
    if (!range(text, r)) return false;
  } else {
    const auto v = text.size() <= 16 ? number_of(text) : std::nullopt;
    if (!v || text.size() < 14)
      return bad(Column::kImei, LineCode::kImeiForm,
                 fmt::format("\"{}\": 8, 14, 15 or 16 digits or from-to with 14 each", shown(text)));
    if (text.size() == 16) {
      key = ImeiKey{*v / 100};
      version = static_cast<Svn>(*v % 100);
      if (number(key) == 0)
        return bad(Column::kImei, LineCode::kImeiZero, "14 zeros are no IMEI; what they are answered is configured");
    } else if (!device(key)) {
      return false;
    }
  }
  ListSet set;
  TermsId id = 0;
  if (!list(set) || !svn(version, is_range) || !terms(id)) return false;
  if (is_range) {
    r.lists = set;
    r.terms = id;
    r.line = line;
    out_.entries.ranges.push_back(r);
  } else {
    out_.entries.imeis.push_back(ImeiEntry::make(key, version, set, id, line));
  }
  return true;
}

/// The public black list: the day of the record is when it is black from. Its reasons may be longer than we keep:
/// the device counts, so they are cut.
bool RowReader::black_list() {
  constexpr std::array<std::string_view, 5> kBlocks = {"block", "blocked", "new", "added", "changed"};
  constexpr std::array<std::string_view, 3> kUnblocks = {"unblock", "unblocked", "removed"};
  const auto one_of = [](const auto& names, std::string_view text) {
    return std::find(names.begin(), names.end(), text) != names.end();
  };
  ImeiKey key{};
  if (!device(key)) return false;
  Terms terms;
  if (!date(Column::kBlockDate, terms.from)) return false;
  terms.from = std::chrono::floor<std::chrono::days>(terms.from);
  std::string_view why = field(Column::kReasons);
  if (!printable_utf8(why))
    return bad(Column::kReasons, LineCode::kReasonText, "not UTF-8, or with control characters");
  terms.reason = cut_utf8(why, lists::kReasonOctetsMax);
  if (layout_.at(Column::kEvent) >= 0) {
    const std::string_view event = field(Column::kEvent);
    if (one_of(kUnblocks, event)) {
      out_.entries.imeis.push_back(ImeiEntry::make(key, std::nullopt, ListSet(), 0, csv_->line()));
      return true;
    }
    if (!one_of(kBlocks, event))
      return bad(Column::kEvent, LineCode::kEventName, fmt::format("\"{}\": block or unblock", shown(event)));
  }
  out_.entries.imeis.push_back(
      ImeiEntry::make(key, std::nullopt, ListSet(ListSet::kBlack), intern(terms), csv_->line()));
  return true;
}

bool RowReader::other_kind() {
  using C = Column;
  auto& e = out_.entries;
  const uint32_t line = csv_->line();
  switch (layout_.kind()) {
    case LayoutKind::kSubscribers: {
      lists::SubscriberEntry s;
      if (!subscriber(s.who, true) || !list(s.lists) || !terms(s.terms)) return false;
      s.line = line;
      e.subscribers.push_back(s);
      return true;
    }
    case LayoutKind::kPairs: {
      lists::PairEntry p;
      if (!device(p.imei) || !subscriber(p.who, false) || !list(p.lists) || !terms(p.terms)) return false;
      p.line = line;
      e.pairs.push_back(p);
      return true;
    }
    case LayoutKind::kLocks: {
      lists::LockEntry l;
      const auto policy = lists::lock_policy_from(field(C::kPolicy));
      if (!policy)
        return bad(C::kPolicy, LineCode::kPolicyName,
                   fmt::format("\"{}\": mutual, device or subscriber", shown(field(C::kPolicy))));
      l.policy = *policy;
      if (!device(l.imei) || !digits(C::kImsi, LineCode::kImsiForm, true, l.imsi) ||
          !digits(C::kMsisdn, LineCode::kMsisdnForm, true, l.msisdn))
        return false;
      if (l.imsi.empty() && l.msisdn.empty())
        return bad(C::kImsi, LineCode::kLockSubscriber, "a lock names an IMSI, an MSISDN or both");
      if (!terms(l.terms)) return false;
      l.line = line;
      e.locks.push_back(l);
      return true;
    }
    case LayoutKind::kMirror: {
      lists::MirrorEntry m;
      if (!digits(C::kImsi, LineCode::kImsiForm, false, m.imsi) ||
          !digits(C::kMsisdn, LineCode::kMsisdnForm, false, m.msisdn))
        return false;
      m.line = line;
      e.mirror.push_back(m);
      return true;
    }
    case LayoutKind::kExceptions: {
      lists::ExceptionEntry x;
      if (!subscriber(x.who, true)) return false;
      const auto ruling = lists::ruling_from(field(C::kRuling));
      if (!ruling)
        return bad(C::kRuling, LineCode::kRulingName,
                   fmt::format("\"{}\": white, black, grey, unknown or go-on", shown(field(C::kRuling))));
      x.ruling = *ruling;
      if (!terms(x.terms)) return false;
      x.line = line;
      e.exceptions.push_back(x);
      return true;
    }
    default: {
      lists::DeviceClassEntry d;
      const std::string_view tac = field(C::kTac);
      const auto v = tac.size() == 8 ? number_of(tac) : std::nullopt;
      if (!v) return bad(C::kTac, LineCode::kTacForm, fmt::format("\"{}\": 8 digits", shown(tac)));
      if (field(C::kClass).empty()) return bad(C::kClass, LineCode::kClassEmpty, "a device class has a name");
      d.tac = static_cast<uint32_t>(*v);
      if (!terms(d.terms)) return false;
      d.line = line;
      e.device_classes.push_back(d);
      return true;
    }
  }
}

/// 14 digits, or 15 with the check digit.
bool RowReader::device(ImeiKey& key) {
  const std::string_view text = field(Column::kImei);
  const auto v = text.size() == 14 || text.size() == 15 ? number_of(text) : std::nullopt;
  if (!v)
    return bad(Column::kImei, LineCode::kImeiForm,
               fmt::format("\"{}\": 14 digits, or 15 with the check digit", shown(text)));
  key = ImeiKey{text.size() == 14 ? *v : *v / 10};
  if (number(key) == 0)
    return bad(Column::kImei, LineCode::kImeiZero, "14 zeros are no IMEI; what they are answered is configured");
  if (text.size() == 15 && *v % 10 != identity::check_digit(key))
    return bad(Column::kImei, LineCode::kCheckDigit,
               fmt::format("the check digit is {}, not {}", identity::check_digit(key), *v % 10));
  return true;
}

bool RowReader::range(std::string_view text, RangeEntry& r) {
  if (text.size() == 8) {
    const auto tac = number_of(text);
    if (!tac)
      return bad(Column::kImei, LineCode::kImeiForm,
                 fmt::format("\"{}\": 8, 14, 15 or 16 digits or from-to with 14 each", shown(text)));
    r.from = ImeiKey{*tac * RangeEntry::kTacSize};
    r.to = ImeiKey{*tac * RangeEntry::kTacSize + RangeEntry::kTacSize - 1};
    return true;
  }
  const auto from = number_of(text.substr(0, 14)), to = number_of(text.substr(15));
  if (!from || !to)
    return bad(Column::kImei, LineCode::kImeiForm, fmt::format("\"{}\": from-to asks for 14 digits each", shown(text)));
  if (*from > *to) return bad(Column::kImei, LineCode::kRangeOrder, "the range ends before it begins");
  r.from = ImeiKey{*from};
  r.to = ImeiKey{*to};
  return true;
}

bool RowReader::list(ListSet& set) {
  const std::string_view text = field(Column::kList);
  const auto parsed = ListSet::parse(text);
  if (!parsed)
    return bad(Column::kList, LineCode::kListName,
               fmt::format("\"{}\": white, grey or black, several joined with +", shown(text)));
  set = *parsed;
  return true;
}

bool RowReader::svn(std::optional<Svn>& svn, bool is_range) {
  const std::string_view text = field(Column::kSvn);
  if (text.empty()) return true;
  const auto given = identity::parse_svn(text);
  if (!given)
    return bad(Column::kSvn, LineCode::kSvnForm, fmt::format("\"{}\": two digits, or empty for any", shown(text)));
  if (is_range) return bad(Column::kSvn, LineCode::kSvnOnRange, "a range or TAC holds for any software version");
  if (svn && *svn != *given)
    return bad(Column::kSvn, LineCode::kSvnConflict, fmt::format("digits 15 and 16 of the IMEI say {:02}", *svn));
  svn = given;
  return true;
}

bool RowReader::subscriber(SubscriberKey& who, bool prefix_too) {
  const std::string_view text = field(Column::kSubscriber);
  const auto parsed = parse_subscriber(text);
  if (!parsed || (parsed->is_prefix() && !prefix_too))
    return bad(Column::kSubscriber, LineCode::kSubscriberForm,
               fmt::format("\"{}\": imsi: or msisdn: and 1 to 15 digits{}", shown(text),
                           prefix_too ? ", with * at the end for all that begin so" : ", no prefix here"));
  who = *parsed;
  return true;
}

bool RowReader::digits(Column c, LineCode code, bool may_be_empty, identity::Digits& out) {
  constexpr unsigned kLenMax = 15;
  const std::string_view text = field(c);
  if (text.empty() && may_be_empty) return true;
  const auto parsed = identity::Digits::parse(text);
  if (!parsed || parsed->length() > kLenMax)
    return bad(c, code, fmt::format("\"{}\": 1 to {} digits", shown(text), kLenMax));
  out = *parsed;
  return true;
}

bool RowReader::reason(Column c, std::string_view& text) {
  text = field(c);
  if (text.size() > lists::kReasonOctetsMax)
    return bad(c, LineCode::kReasonLength, fmt::format("{} octets, at most {}", text.size(), lists::kReasonOctetsMax));
  return printable_utf8(text) || bad(c, LineCode::kReasonText, "not UTF-8, or with control characters");
}

bool RowReader::date(Column c, base::UnixSeconds& t) {
  const std::string_view text = field(c);
  if (text.empty()) return true;
  const auto parsed = parse_date(text);
  if (!parsed)
    return bad(c, LineCode::kDateForm,
               fmt::format("\"{}\": YYYY-MM-DD, YYYYMMDD or YYYY-MM-DDTHH:MM:SSZ, 1971 to 2099", shown(text)));
  t = *parsed;
  return true;
}

bool RowReader::terms(TermsId& id) {
  const Column why = layout_.kind() == LayoutKind::kDeviceClasses ? Column::kClass : Column::kReason;
  Terms t;
  if (!reason(why, t.reason) || !date(Column::kValidFrom, t.from) || !date(Column::kValidUntil, t.until)) return false;
  const bool ends = t.until != base::UnixSeconds{};
  if (ends && t.until <= t.from)
    return bad(Column::kValidUntil, LineCode::kDateOrder, "valid_until is not after valid_from");
  if (const std::string_view next = field(Column::kNext); !next.empty()) {
    const auto set = ListSet::parse(next);
    if (!set)
      return bad(Column::kNext, LineCode::kListName,
                 fmt::format("\"{}\": white, grey or black, several joined with +", shown(next)));
    if (!ends) return bad(Column::kNext, LineCode::kNextWithoutUntil, "next asks for valid_until");
    t.next = *set;
  }
  id = intern(t);
  return true;
}

TermsId RowReader::intern(const Terms& terms) {
  if (terms == last_terms_) return last_id_;
  last_id_ = out_.terms.intern(terms);
  last_terms_ = out_.terms.of(last_id_);
  return last_id_;
}

}  // namespace eir::files
