// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "core/decision/equipment_checker.h"
#include "core/lists/entries.h"

/// The lists and the decision as maps and loops: slow, and obviously right. What the tables are held against.
namespace eir::model {

using base::UnixSeconds;
using decision::Question;
using decision::Reason;
using decision::Settings;
using decision::Status;
using decision::StatusOrGoOn;
using lists::Entries;
using lists::ListSet;
using lists::SubscriberKey;
using lists::Terms;

/// One source's lists. Terms of one pool that never forgets.
struct Source {
  template <class Entry>
  using Map = std::map<decltype(Entry().place()), Entry>;
  std::tuple<Map<lists::ImeiEntry>, Map<lists::RangeEntry>, Map<lists::SubscriberEntry>, Map<lists::PairEntry>,
             Map<lists::LockEntry>, Map<lists::MirrorEntry>, Map<lists::ExceptionEntry>, Map<lists::DeviceClassEntry>>
      maps;
  const lists::TermsPool* pool = nullptr;

  template <class Entry>
  Map<Entry>& of() {
    return std::get<Map<Entry>>(maps);
  }
  template <class Entry>
  const Map<Entry>& of() const {
    return std::get<Map<Entry>>(maps);
  }
  template <class Entry>
  const Terms& terms(const Entry& e) const {
    return pool->of(e.terms);
  }
  Entries entries() const {
    Entries out;
    Entries::for_each(out, [this]<class Entry>(std::vector<Entry>& v) {
      for (const auto& [place, e] : of<Entry>()) v.push_back(e);
    });
    return out;
  }
  void apply(const Entries& before, const Entries& after) {
    Entries::for_each(before, [this]<class Entry>(const std::vector<Entry>& v) {
      for (const Entry& e : v) of<Entry>().erase(e.place());
    });
    Entries::for_each(after, [this]<class Entry>(const std::vector<Entry>& v) {
      for (const Entry& e : v) of<Entry>()[e.place()] = e;
    });
  }
};

struct Finding {
  ListSet lists;
  bool svn_rule = false, tac = false;
  bool present() const { return !lists.empty(); }
};

struct Answer {
  Status judged = Status::kWhite;
  Reason reason = Reason::kNotListed;
  bool lock_unknown = false;
};

inline unsigned strict(Status s) {
  return s == Status::kBlack ? 4 : s == Status::kUnknown ? 3 : s == Status::kGrey ? 2 : 1;
}

/// How several sources answer a question.
class Model {
 public:
  Model(std::vector<const Source*> sources, const Settings& settings, const Question& q, UnixSeconds at)
      : sources_(std::move(sources)), s_(settings), q_(q), key_(q.imei.key()), at_(at) {}

  Answer answer() const {
    Answer a;
    if (exception(a)) return a;
    if (locked(a)) return a;
    listed(a);
    return a;
  }

  Finding individual() const {
    Finding any, rules;
    for (const Source* s : sources_) {
      const Finding rule = q_.imei.svn() ? imei(*s, q_.imei.svn()) : Finding();
      if (rule.present()) {
        rules.lists = rules.lists | rule.lists;
      } else {
        any.lists = any.lists | imei(*s, std::nullopt).lists;
      }
    }
    rules.svn_rule = true;
    return rules.present() ? rules : any;
  }
  Finding range() const {
    Finding best;
    std::pair<uint64_t, uint64_t> place;
    uint64_t width = UINT64_MAX;
    for (const Source* s : sources_)
      for (const auto& [p, r] : s->of<lists::RangeEntry>()) {
        const ListSet now = s->terms(r).at(at_, r.lists);
        if (key_ < r.from || r.to < key_ || now.empty()) continue;
        const std::pair here(identity::number(r.from), identity::number(r.to));
        const uint64_t w = here.second - here.first;
        if (w < width || (w == width && here.first > place.first)) {
          best = {now, false, r.tac()};
          place = here;
          width = w;
        } else if (here == place) {
          best.lists = best.lists | now;
        }
      }
    return best;
  }

 private:
  using Type = SubscriberKey::Type;
  Finding imei(const Source& s, std::optional<identity::Svn> svn) const {
    const auto& all = s.of<lists::ImeiEntry>();
    const auto e = all.find(lists::ImeiEntry::make(key_, svn, {}).place());
    return e == all.end() ? Finding() : Finding{s.terms(e->second).at(at_, e->second.lists())};
  }
  static unsigned strength(SubscriberKey who, Type type, identity::Digits digits) {
    if (digits.empty() || who.type() != type) return 0;
    if (who.is_prefix()) return digits.starts_with(who.digits()) ? who.digits().length() : 0;
    return who.digits() == digits ? lists::kExactMatch : 0;
  }
  Finding subscriber(Type type, identity::Digits digits) const {
    Finding best;
    unsigned longest = 0;
    for (const Source* s : sources_)
      for (const auto& [p, e] : s->of<lists::SubscriberEntry>()) {
        const unsigned n = strength(e.who, type, digits);
        const ListSet now = s->terms(e).at(at_, e.lists);
        if (n == 0 || n < longest || now.empty()) continue;
        best.lists = n > longest ? now : best.lists | now;
        longest = n;
      }
    return best;
  }
  Finding pair() const {
    Finding all;
    for (const Source* s : sources_)
      for (const auto& [p, e] : s->of<lists::PairEntry>())
        if (e.imei == key_ && ((q_.imsi && e.who == SubscriberKey::exact(q_.imsi)) ||
                               (q_.msisdn && e.who == SubscriberKey::exact(q_.msisdn))))
          all.lists = all.lists | s->terms(e).at(at_, e.lists);
    return all;
  }
  bool exception(Answer& a) const {
    unsigned longest = 0, strictest = 0;
    StatusOrGoOn result;
    for (const Source* s : sources_)
      for (const auto& [p, e] : s->of<lists::ExceptionEntry>()) {
        const unsigned n = std::max(strength(e.who, Type::kImsi, q_.imsi), strength(e.who, Type::kMsisdn, q_.msisdn));
        if (n == 0 || n < longest || !s->terms(e).hold(at_)) continue;
        const StatusOrGoOn ruling = decision::status_of(e.ruling);
        const unsigned how = ruling ? strict(*ruling) : 0;
        if (n == longest && how < strictest) continue;
        longest = n;
        strictest = how;
        result = ruling;
      }
    if (!result) return false;
    a.judged = *result;
    a.reason = Reason::kImsiException;
    return true;
  }
  identity::Msisdn msisdn_of(identity::Imsi imsi) const {
    std::set<uint64_t> found;
    for (const Source* s : sources_)
      for (const auto& [p, e] : s->of<lists::MirrorEntry>())
        if (e.imsi == imsi) found.insert(e.msisdn.word());
    return found.size() == 1 ? identity::Msisdn(identity::Digits::from_word(*found.begin())) : identity::Msisdn();
  }
  /// Each source says nothing of an MSISDN that has several IMSIs there.
  identity::Imsi imsi_of(identity::Msisdn msisdn) const {
    std::set<uint64_t> found;
    for (const Source* s : sources_) {
      std::set<uint64_t> own;
      for (const auto& [p, e] : s->of<lists::MirrorEntry>())
        if (e.msisdn == msisdn) own.insert(e.imsi.word());
      if (own.size() == 1) found.insert(*own.begin());
    }
    return found.size() == 1 ? identity::Imsi(identity::Digits::from_word(*found.begin())) : identity::Imsi();
  }
  bool locked(Answer& a) const {
    identity::Imsi imsi = q_.imsi;
    identity::Msisdn msisdn = q_.msisdn;
    if (imsi.empty() && !q_.msisdn.empty()) imsi = imsi_of(q_.msisdn);
    if (msisdn.empty() && !q_.imsi.empty()) msisdn = msisdn_of(q_.imsi);
    std::optional<Status> strictest;
    const auto consider = [&](Status status, lists::LockPolicy policy) {
      if (strictest && strict(status) <= strict(*strictest)) return;
      strictest = status;
      a.judged = status;
      a.reason = policy == lists::LockPolicy::kMutual   ? Reason::kLockMutual
                 : policy == lists::LockPolicy::kDevice ? Reason::kLockDevice
                                                        : Reason::kLockSubscriber;
    };
    for (const auto policy : {lists::LockPolicy::kMutual, lists::LockPolicy::kDevice, lists::LockPolicy::kSubscriber}) {
      bool device = false, device_kept = false, device_open = false, who = false, who_kept = false;
      for (const Source* s : sources_)
        for (const auto& [p, l] : s->of<lists::LockEntry>()) {
          if (l.policy != policy || !s->terms(l).hold(at_)) continue;
          const bool imsi_known = !l.imsi.empty() && !imsi.empty(), msisdn_known = !l.msisdn.empty() && !msisdn.empty();
          const bool differs = (imsi_known && l.imsi != imsi) || (msisdn_known && l.msisdn != msisdn);
          if (l.imei == key_ && policy != lists::LockPolicy::kSubscriber) {
            device = true;
            if (!imsi_known && !msisdn_known)
              device_open = true;
            else if (!differs)
              device_kept = true;
          }
          const bool names = (imsi_known && l.imsi == imsi) || (msisdn_known && l.msisdn == msisdn);
          if (names && policy != lists::LockPolicy::kDevice) {
            who = true;
            if (l.imei == key_ && !differs) who_kept = true;
          }
        }
      const bool open = device && !device_kept && device_open;
      const bool broken = (device && !device_kept && !device_open) || (who && !who_kept);
      a.lock_unknown |= open;
      if (broken)
        consider(s_.lock_break[static_cast<size_t>(policy) - 1], policy);
      else if (open && s_.lock_unknown)
        consider(*s_.lock_unknown, policy);
    }
    return strictest.has_value();
  }
  void listed(Answer& a) const {
    const Finding with = pair();
    const Finding own = with.present() ? Finding() : individual();
    const bool joined = !with.present() && (!own.present() || s_.combine_levels);
    const Finding around = joined ? range() : Finding();
    const ListSet who = subscriber(Type::kImsi, q_.imsi).lists | subscriber(Type::kMsisdn, q_.msisdn).lists;
    const ListSet all = with.lists | own.lists | around.lists | who;
    const bool type1 = s_.response_type == decision::ResponseType::kType1;
    const bool type3 = s_.response_type == decision::ResponseType::kType3;
    if (who.black() && s_.black_subscriber_wins) {
      a.judged = Status::kBlack;
      a.reason = Reason::kSubscriber;
      return;
    }
    if (all.empty())
      a.judged = type1 ? Status::kWhite : Status::kUnknown;
    else if (type3 && !all.white())
      a.judged = Status::kUnknown;
    else
      a.judged = all.black() ? Status::kBlack : all.grey() ? Status::kGrey : Status::kWhite;
    const std::pair<ListSet, Reason> ranked[] = {
        {with.lists, Reason::kPair},
        {own.lists, own.svn_rule ? Reason::kIndividualSvn : Reason::kIndividual},
        {around.lists, around.tac ? Reason::kTac : Reason::kRange},
        {who, Reason::kSubscriber}};
    std::optional<Reason> first, decided;
    for (const auto& [lists, reason] : ranked) {
      if (lists.empty()) continue;
      if (!first) first = reason;
      const bool decides = a.judged == Status::kBlack ? lists.black() : a.judged == Status::kGrey ? lists.grey() : true;
      if (decides && !decided) decided = reason;
    }
    a.reason = decided ? *decided : first ? *first : Reason::kNotListed;
  }

  const std::vector<const Source*> sources_;
  const Settings& s_;
  const Question& q_;
  const identity::ImeiKey key_;
  const UnixSeconds at_;
};

}  // namespace eir::model
