// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/mapping.h"

#include <charconv>

#include "core/identity/imei.h"

namespace eir::appliance::cdbd {
namespace {

using epp::Maybe;
using epp::Text;
using identity::Digits;

Maybe<Text> given(const Text& text) { return text.empty() ? std::nullopt : Maybe<Text>(text); }

std::optional<lists::ListSet> lists_of(const std::vector<Text>& names) {
  lists::ListSet out;
  for (const Text& name : names) {
    const auto one = lists::ListSet::parse(name);
    if (!one) return std::nullopt;
    out = out | *one;
  }
  return out;
}

/// Digits of an optional element; false when they are none.
template <class Number>
bool take(const Maybe<Text>& text, Number& out) {
  if (!text) return true;
  constexpr unsigned kDigitsMax = 15;
  const auto digits = Digits::parse(*text);
  if (digits) out = Number(*digits);
  return digits && digits->length() <= kDigitsMax;
}

std::optional<uint64_t> number_of(const Text& text) {
  uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(v) : std::nullopt;
}

bool take_imei(const Maybe<Text>& text, identity::ImeiKey& out) {
  if (!text) return true;
  const auto name = registry::parse_name(*text);
  out = name.key;
  return name.why == registry::Why::kNone;
}

/// Who an entry names: one exact or prefixed IMSI or MSISDN.
bool take_who(const epp::Entry& from, registry::Entry& to) {
  using lists::SubscriberKey;
  Digits imsi, msisdn;
  if (!take(from.imsi, imsi) || !take(from.msisdn, msisdn) || imsi.empty() == msisdn.empty()) return false;
  const auto type = imsi ? SubscriberKey::Type::kImsi : SubscriberKey::Type::kMsisdn;
  const Digits digits = imsi ? imsi : msisdn;
  to.who = from.prefix.value_or(false) ? SubscriberKey::prefix(type, digits)
           : imsi                      ? SubscriberKey::exact(identity::Imsi(digits))
                                       : SubscriberKey::exact(identity::Msisdn(digits));
  return true;
}

/// A TAC stands for the range of its IMEIs.
bool take_tac(const epp::Entry& from, registry::Entry& to) {
  const auto tac = number_of(*from.tac);
  if (!tac || from.tac->size() != 8) return false;
  to.tac = static_cast<uint32_t>(*tac);
  if (to.kind != lists::EntryKind::kRange) return true;
  to.imei = identity::ImeiKey{*tac * lists::RangeEntry::kTacSize};
  to.to = identity::ImeiKey{(*tac + 1) * lists::RangeEntry::kTacSize - 1};
  to.tac = 0;
  return true;
}

}  // namespace

registry::Device device_of(const epp::Device& d) {
  registry::Device out;
  out.manufacturer = d.manufacturer.value_or("");
  out.type = d.type.value_or("");
  if (d.certificate) {
    out.certificate = d.certificate->number;
    out.certificate_date = d.certificate->date;
  }
  if (d.permit) {
    out.permit = d.permit->number;
    out.permit_date = d.permit->date;
    if (d.permit->position) out.position = std::to_string(*d.permit->position);
  }
  if (d.importer) {
    out.importer_id = d.importer->id;
    out.importer_name = d.importer->name.value_or("");
  }
  out.country = d.country.value_or("");
  if (d.price) {
    out.price = d.price->amount;
    out.currency = d.price->currency;
  }
  return out;
}

Maybe<epp::Device> device_of(const registry::Device& d) {
  if (d == registry::Device{}) return std::nullopt;
  epp::Device out;
  out.manufacturer = given(d.manufacturer);
  out.type = given(d.type);
  if (!d.certificate.empty()) out.certificate = {d.certificate, d.certificate_date};
  if (!d.permit.empty()) {
    out.permit = {d.permit, d.permit_date, std::nullopt};
    if (const auto position = number_of(d.position)) out.permit->position = static_cast<uint32_t>(*position);
  }
  if (!d.importer_id.empty()) out.importer = {d.importer_id, given(d.importer_name)};
  out.country = given(d.country);
  if (!d.price.empty()) out.price = {d.price, d.currency};
  return out;
}

std::optional<registry::Grounds> grounds_of(const Maybe<epp::Terms>& t) {
  registry::Grounds g;
  if (!t) return g;
  const auto next = lists_of(t->then);
  if (!next) return std::nullopt;
  g.reason = t->reason.value_or("");
  g.evidence = t->evidence.value_or("");
  g.from = t->not_before.value_or(epp::Time{});
  g.until = t->not_after.value_or(epp::Time{});
  g.next = *next;
  return g;
}

Maybe<epp::Terms> terms_of(const registry::Grounds& g) {
  if (g == registry::Grounds{}) return std::nullopt;
  epp::Terms t;
  t.reason = given(g.reason);
  t.evidence = given(g.evidence);
  if (g.from != epp::Time{}) t.not_before = g.from;
  if (g.until != epp::Time{}) t.not_after = g.until;
  t.then = names_of(g.next);
  return t;
}

std::optional<registry::Subscriber> subscriber_of(const epp::Subscriber& s) {
  registry::Subscriber out;
  if (!take(s.imsi, out.imsi) || !take(s.msisdn, out.msisdn)) return std::nullopt;
  return out;
}

epp::Subscriber subscriber_of(const registry::Subscriber& s) { return {given(s.imsi.str()), given(s.msisdn.str())}; }

std::vector<Text> names_of(lists::ListSet lists) {
  std::vector<Text> out;
  if (lists.white()) out.push_back("white");
  if (lists.grey()) out.push_back("grey");
  if (lists.black()) out.push_back("black");
  return out;
}

std::optional<registry::Change> change_of(const epp::Change& c) {
  using lists::EntryKind;
  registry::Change out;
  registry::Entry& e = out.entry;
  out.remove = c.op == epp::Operation::kRemove;
  e.kind = c.entry.kind;
  const auto lists = lists_of(c.entry.list);
  auto grounds = grounds_of(c.entry.terms);
  if (!lists || !grounds || !take_imei(c.entry.from, e.imei) || !take_imei(c.entry.to, e.to)) return std::nullopt;
  e.lists = *lists;
  e.grounds = std::move(*grounds);
  e.policy = c.entry.policy.value_or(e.policy);
  e.ruling = c.entry.ruling.value_or(e.ruling);
  if (c.entry.tac && !take_tac(c.entry, e)) return std::nullopt;
  if (c.entry.svn && !(e.svn = identity::parse_svn(*c.entry.svn))) return std::nullopt;
  const bool names_who =
      e.kind == EntryKind::kSubscriber || e.kind == EntryKind::kPair || e.kind == EntryKind::kException;
  if (names_who) return take_who(c.entry, e) ? std::optional(std::move(out)) : std::nullopt;
  if (!take(c.entry.imsi, e.imsi) || !take(c.entry.msisdn, e.msisdn)) return std::nullopt;
  return out;
}

epp::Entry entry_of(const registry::Entry& e) {
  using lists::EntryKind;
  epp::Entry out;
  out.kind = e.kind;
  if (identity::number(e.imei)) out.from = identity::to_string(e.imei);
  if (e.kind == EntryKind::kRange) out.to = identity::to_string(e.to);
  if (e.kind == EntryKind::kDeviceClass) out.tac = identity::to_string(identity::ImeiKey{e.tac}).substr(6);
  if (e.svn) out.svn = std::string(1, static_cast<char>('0' + *e.svn / 10)) + static_cast<char>('0' + *e.svn % 10);
  if (e.who != lists::SubscriberKey{}) {
    const bool imsi = e.who.type() == lists::SubscriberKey::Type::kImsi;
    (imsi ? out.imsi : out.msisdn) = e.who.digits().str();
    if (e.who.is_prefix()) out.prefix = true;
  } else {
    out.imsi = given(e.imsi.str());
    out.msisdn = given(e.msisdn.str());
  }
  out.list = names_of(e.lists);
  if (e.kind == EntryKind::kLock) out.policy = e.policy;
  if (e.kind == EntryKind::kException) out.ruling = e.ruling;
  out.terms = terms_of(e.grounds);
  return out;
}

epp::Change change_of(const registry::Change& c) {
  return {c.remove ? epp::Operation::kRemove : epp::Operation::kAdd, entry_of(c.entry)};
}

epp::ResultCode code_of(registry::Code code) {
  return epp::result_code_from(static_cast<unsigned>(code)).value_or(epp::ResultCode::kFailed);
}

epp::Reply reply_of(const registry::Outcome& outcome, epp::Ns ns, const char* element) {
  epp::Reply reply;
  reply.code = code_of(outcome.code);
  if (outcome.ok()) return reply;
  const auto reason = [](registry::Why why) { return Text(why == registry::Why::kNone ? "" : to_string(why)); };
  for (const registry::Offender& o : outcome.offenders)
    reply.offenders.push_back({Text(epp::uri_of(ns)), element, o.name, reason(o.why)});
  if (outcome.offenders.empty() && outcome.why != registry::Why::kNone)
    reply.offenders.push_back({Text(epp::uri_of(ns)), element, "", reason(outcome.why)});
  return reply;
}

}  // namespace eir::appliance::cdbd
