// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/as_of.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "appliance/eirctl/entry_text.h"
#include "core/sightings/journal.h"
#include "core/store/states.h"

namespace eir::appliance::eirctl {
namespace {

using base::Problem;
using base::UnixSeconds;
using lists::SubscriberKey;
using lists::Terms;

/// One source, as it is or was served.
struct Source {
  std::string name;
  lists::Version version;
  std::shared_ptr<const lists::Index> lists;
};

/// Finds the entries a question touches in one source, and the version that brought each.
class Finder final : public lists::LockVisitor {
 public:
  Finder(const store::Reader& reader, Source source, Json& out)
      : reader_(reader), source_(std::move(source)), out_(out) {}

  void find(const decision::Question& q) {
    const bool imei = q.imei.valid();
    if (imei) {
      const auto key = q.imei.key();
      show(lists::ImeiEntry::make(key, std::nullopt, {}));
      if (q.imei.svn()) show(lists::ImeiEntry::make(key, q.imei.svn(), {}));
      source_.lists->ranges_around(key, [this](const lists::RangeEntry& e, const Terms&) { show(e); });
      lists::DeviceClassEntry device_class;
      device_class.tac = identity::tac_of(key);
      show(device_class);
    }
    subscriber(q, SubscriberKey::Type::kImsi, q.imsi);
    subscriber(q, SubscriberKey::Type::kMsisdn, q.msisdn);
    if (q.imsi) {
      lists::MirrorEntry mirror;
      mirror.imsi = q.imsi;
      show(mirror);
    }
    if (imei) source_.lists->device_locks(q.imei.key(), q.time, *this);
    source_.lists->subscriber_locks(q.imsi, q.msisdn, q.time, *this);
    std::sort(locks_.begin(), locks_.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
    for (size_t i = 0; i < locks_.size(); ++i)
      if (i == 0 || locks_[i - 1].place() != locks_[i].place()) show(locks_[i]);
  }
  void visit(const lists::LockRow& row) noexcept override {
    lists::LockEntry e;
    e.imei = row.imei;
    e.imsi = row.imsi;
    e.msisdn = row.msisdn;
    e.policy = row.policy;
    locks_.push_back(e);
  }

 private:
  void subscriber(const decision::Question& q, SubscriberKey::Type type, identity::Digits digits) {
    if (!digits) return;
    const auto whole = type == SubscriberKey::Type::kImsi ? SubscriberKey::exact(identity::Imsi(digits))
                                                          : SubscriberKey::exact(identity::Msisdn(digits));
    const auto both = [this](SubscriberKey who) {
      lists::SubscriberEntry on_lists;
      on_lists.who = who;
      show(on_lists);
      lists::ExceptionEntry exception;
      exception.who = who;
      show(exception);
    };
    both(whole);
    for (unsigned len = digits.length(); len > 0; --len) both(SubscriberKey::prefix(type, digits.prefix(len)));
    if (!q.imei.valid()) return;
    lists::PairEntry pair;
    pair.imei = q.imei.key();
    pair.who = whole;
    show(pair);
  }
  template <class Entry>
  void show(const Entry& place) {
    lists::TermsPool pool;
    const auto entry = source_.lists->find(place, pool);
    if (!entry) return;
    out_.push_back({{"source", source_.name},
                    {"kind", to_string(Entry::kKind)},
                    {"place", place_text(*entry)},
                    {"entry", entry_text(*entry, pool.of(entry->terms))},
                    {"since", since(place)}});
  }
  /// The last version that touched the place.
  template <class Entry>
  std::string since(const Entry& place) {
    for (lists::Version version = source_.version; const Link* link = link_to(version); version = link->base) {
      if (link->base == lists::Version{})
        return fmt::format("{} ({}), a full version", version.str(), utc(link->created_at));
      const auto change = reader_.change(source_.name, version);
      if (!change || !*change) break;
      const auto& after = (*change)->after.of<Entry>();
      if (std::any_of(after.begin(), after.end(), [&](const Entry& e) { return e.place() == place.place(); }))
        return fmt::format("{} ({})", version.str(), utc(link->created_at));
    }
    return "earlier than is kept";
  }
  /// A version and the one before it; null when it is no longer kept.
  struct Link {
    lists::Version base;
    UnixSeconds created_at;
  };
  const Link* link_to(lists::Version version) {
    const auto known = chain_.find(version);
    if (known != chain_.end()) return &known->second;
    const auto found = reader_.manifests(source_.name, {version.epoch, version.number - 1}, 1);
    if (!found || found->empty() || found->front().version != version) return nullptr;
    return &(chain_[version] = {found->front().base, found->front().created_at});
  }

  const store::Reader& reader_;
  const Source source_;
  Json& out_;
  std::map<lists::Version, Link> chain_;
  std::vector<lists::LockEntry> locks_;
};

}  // namespace

base::Result<Past, Problem> past_of(const store::Reader& reader, const std::string& sightings, UnixSeconds at) {
  Past past;
  store::ServedStates states;
  std::optional<Problem> problem;
  const store::ReplicaStatus status = reader.status();
  for (const store::SourceInfo& s : status.sources) {
    const auto was = reader.state_at(s.name, at);
    if (!was) {
      problem = was.error();
      // Without a source that was served then the answer would be another one.
      if (!reader.not_served_yet(s.name, at)) return tl::unexpected(*problem);
      continue;
    }
    past.sources.push_back({{"source", s.name},
                            {"version", was->version.str()},
                            {"served_from", utc(was->served.at)},
                            {"cause", was->served.cause},
                            {"note", was->served.note}});
    states[s.name].lists = was->lists;
  }
  past.lists = store::joined(states);
  if (!past.lists)
    return tl::unexpected(problem.value_or(Problem{"", fmt::format("nothing was served at {}", utc(at))}));

  std::optional<sightings::Served> served;
  if (!sightings.empty()) {
    const auto read = sightings::read_journals(sightings, {}, {}, [&](const sightings::Served& s) {
      if (s.at <= at && (!served || s.at >= served->at)) served = s;
    });
    if (!read) return tl::unexpected(read.error());
  }
  const auto policy = reader.policy_at(at);
  if (policy) past.policy = *policy;
  if (!policy) past.not_known.push_back(policy.error().text);
  if (served && served->policy != (past.policy ? past.policy->number : 0))
    past.not_known.push_back(fmt::format("the processes answered under policy {} then", served->policy));
  if (!served) past.not_known.emplace_back("when each process took the versions: no sightings journal says so");
  past.not_known.emplace_back("the configuration file as it was then: today's is used");
  return past;
}

Json entries_json(const store::Reader& reader, const decision::Question& question, std::optional<UnixSeconds> at) {
  Json out = Json::array();
  for (const store::SourceInfo& s : reader.status().sources) {
    Source source{s.name, s.served, at ? nullptr : reader.source(s.name)};
    if (at) {
      const auto was = reader.state_at(s.name, *at);
      if (!was) continue;
      source.version = was->version;
      source.lists = was->lists;
    }
    if (source.lists) Finder(reader, source, out).find(question);
  }
  return out;
}

}  // namespace eir::appliance::eirctl
