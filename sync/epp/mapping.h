// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <type_traits>
#include <variant>

#include "sync/epp/objects.h"

/// The order of elements, once for both directions: map(archive, value) with an XmlReader fills the value,
/// with an XmlWriter writes it. The schemas in config/schemas say the same.
namespace eir::sync::epp {

template <class A, class T>
using Ref = std::conditional_t<A::kReading, T&, const T&>;

template <class A>
void map(A& a, Ref<A, Reason> v) {
  if constexpr (A::kReading) {
    a.maybe_attribute("s", v.s);
    a.maybe_attribute("lang", v.lang);
    a.value(v.text);
  } else {
    const auto [text, lang] = v.text.empty() ? a.localised("reason", v.s) : std::pair(v.text, v.lang);
    a.maybe_attribute("s", v.s);
    a.maybe_attribute("lang", lang);
    a.value(text);
  }
}
template <class A>
void map(A& a, Ref<A, Status> v) {
  if constexpr (A::kReading) {
    a.attribute("s", v.s);
    a.maybe_attribute("lang", v.lang);
    a.value(v.text);
  } else {
    const auto [text, lang] = v.text.empty() ? a.localised("status", v.s) : std::pair(v.text, v.lang);
    a.attribute("s", v.s);
    a.maybe_attribute("lang", lang);
    a.value(text);
  }
}

template <class A, class T>
void one(A& a, Tag tag, T& v) {
  a.node(tag, [&] { map(a, v); });
}
template <class A, class M>
void perhaps(A& a, Tag tag, M& v) {
  if constexpr (A::kReading) {
    if (a.next_is(tag)) one(a, tag, v.emplace());
  } else {
    if (v) one(a, tag, *v);
  }
}
template <class A, class V>
void several(A& a, Tag tag, V& items) {
  if constexpr (A::kReading) {
    while (a.next_is(tag)) one(a, tag, items.emplace_back());
  } else {
    for (const auto& item : items) one(a, tag, item);
  }
}

template <class A>
void map(A& a, Ref<A, Document> v) {
  a.text({Ns::kImei, "number"}, v.number);
  a.text({Ns::kImei, "date"}, v.date);
}
template <class A>
void map(A& a, Ref<A, CustomsPermit> v) {
  a.text({Ns::kImei, "number"}, v.number);
  a.text({Ns::kImei, "date"}, v.date);
  a.maybe({Ns::kImei, "position"}, v.position);
}
template <class A>
void map(A& a, Ref<A, Importer> v) {
  a.text({Ns::kImei, "id"}, v.id);
  a.maybe({Ns::kImei, "name"}, v.name);
}
template <class A>
void map(A& a, Ref<A, Price> v) {
  a.attribute("currency", v.currency);
  a.value(v.amount);
}
template <class A>
void map(A& a, Ref<A, Device> v) {
  a.maybe({Ns::kImei, "manufacturer"}, v.manufacturer);
  a.maybe({Ns::kImei, "type"}, v.type);
  perhaps(a, {Ns::kImei, "certificate"}, v.certificate);
  perhaps(a, {Ns::kImei, "permit"}, v.permit);
  perhaps(a, {Ns::kImei, "importer"}, v.importer);
  a.maybe({Ns::kImei, "country"}, v.country);
  perhaps(a, {Ns::kImei, "price"}, v.price);
}
template <class A>
void map(A& a, Ref<A, Subscriber> v) {
  a.maybe({Ns::kImei, "imsi"}, v.imsi);
  a.maybe({Ns::kImei, "msisdn"}, v.msisdn);
}
template <class A>
void map(A& a, Ref<A, Terms> v) {
  a.maybe({Ns::kImei, "reason"}, v.reason);
  a.maybe({Ns::kImei, "evidence"}, v.evidence);
  a.maybe({Ns::kImei, "notBefore"}, v.not_before);
  a.maybe({Ns::kImei, "notAfter"}, v.not_after);
  a.many({Ns::kImei, "then"}, v.then);
}
template <class A>
void map(A& a, Ref<A, Entry> v) {
  a.attribute("kind", v.kind);
  a.maybe_attribute("prefix", v.prefix);
  a.maybe({Ns::kImei, "from"}, v.from);
  a.maybe({Ns::kImei, "to"}, v.to);
  a.maybe({Ns::kImei, "tac"}, v.tac);
  a.maybe({Ns::kImei, "svn"}, v.svn);
  a.maybe({Ns::kImei, "imsi"}, v.imsi);
  a.maybe({Ns::kImei, "msisdn"}, v.msisdn);
  a.many({Ns::kImei, "list"}, v.list);
  a.maybe({Ns::kImei, "policy"}, v.policy);
  a.maybe({Ns::kImei, "ruling"}, v.ruling);
  perhaps(a, {Ns::kImei, "terms"}, v.terms);
  a.maybe({Ns::kImei, "author"}, v.author);
  a.maybe({Ns::kImei, "date"}, v.date);
}
template <class A>
void map(A& a, Ref<A, Change> v) {
  a.attribute("op", v.op);
  map(a, v.entry);
}
template <class A>
void map(A& a, Ref<A, FileReference> v) {
  a.text({Ns::kImei, "uri"}, v.uri);
  a.text({Ns::kImei, "octets"}, v.octets);
  a.text({Ns::kImei, "sha256"}, v.sha256);
}
template <class A>
void map(A& a, Ref<A, PastTransaction> v) {
  a.maybe({Ns::kImei, "clTRID"}, v.cl_trid);
  a.text({Ns::kImei, "svTRID"}, v.sv_trid);
}

// imei-1.0
template <class A>
void map(A& a, Ref<A, imei::Check> v) {
  a.many({Ns::kImei, "name"}, v.names);
}
template <class A>
void map(A& a, Ref<A, imei::Info> v) {
  a.text({Ns::kImei, "name"}, v.name);
}
template <class A>
void map(A& a, Ref<A, imei::Create> v) {
  a.many({Ns::kImei, "name"}, v.names);
  perhaps(a, {Ns::kImei, "device"}, v.device);
}
template <class A>
void map(A& a, Ref<A, imei::Update> v) {
  a.text({Ns::kImei, "name"}, v.name);
  one(a, {Ns::kImei, "chg"}, v.change);
}
template <class A>
void map(A& a, Ref<A, imei::Delete> v) {
  a.text({Ns::kImei, "name"}, v.name);
  a.maybe({Ns::kImei, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, imei::Checked> v) {
  a.node({Ns::kImei, "name"}, [&] {
    a.attribute("avail", v.avail);
    a.value(v.name);
  });
  perhaps(a, {Ns::kImei, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, imei::CheckData> v) {
  several(a, {Ns::kImei, "cd"}, v.cd);
}
template <class A>
void map(A& a, Ref<A, imei::BoundTo> v) {
  a.attribute("policy", v.policy);
  several(a, {Ns::kImei, "subscriber"}, v.subscribers);
}
/// The members that close every object's infData.
template <class A, class T>
void map_history(A& a, Ns ns, T& v) {
  a.text({ns, "clID"}, v.cl_id);
  a.maybe({ns, "crID"}, v.created_by);
  a.maybe({ns, "crDate"}, v.created);
  a.maybe({ns, "upID"}, v.updated_by);
  a.maybe({ns, "upDate"}, v.updated);
}
template <class A>
void map(A& a, Ref<A, imei::InfoData> v) {
  a.text({Ns::kImei, "name"}, v.name);
  several(a, {Ns::kImei, "status"}, v.status);
  perhaps(a, {Ns::kImei, "device"}, v.device);
  several(a, {Ns::kImei, "entry"}, v.entries);
  several(a, {Ns::kImei, "lock"}, v.locks);
  map_history(a, Ns::kImei, v);
}
template <class A>
void map(A& a, Ref<A, imei::CreateData> v) {
  a.many({Ns::kImei, "name"}, v.names);
  a.text({Ns::kImei, "crDate"}, v.created);
}

// lock-1.0
template <class A>
void map(A& a, Ref<A, lock::Key> v) {
  a.text({Ns::kLock, "imei"}, v.imei);
  a.text({Ns::kLock, "policy"}, v.policy);
}
template <class A>
void map(A& a, Ref<A, lock::Check> v) {
  several(a, {Ns::kLock, "key"}, v.keys);
}
template <class A>
void map(A& a, Ref<A, lock::Info> v) {
  one(a, {Ns::kLock, "key"}, v.key);
}
template <class A>
void map(A& a, Ref<A, lock::Create> v) {
  one(a, {Ns::kLock, "key"}, v.key);
  several(a, {Ns::kLock, "subscriber"}, v.subscribers);
  perhaps(a, {Ns::kLock, "terms"}, v.terms);
}
template <class A>
void map(A& a, Ref<A, lock::Subscribers> v) {
  several(a, {Ns::kLock, "subscriber"}, v.subscribers);
}
template <class A>
void map(A& a, Ref<A, lock::Update> v) {
  one(a, {Ns::kLock, "key"}, v.key);
  perhaps(a, {Ns::kLock, "add"}, v.add);
  perhaps(a, {Ns::kLock, "rem"}, v.remove);
  perhaps(a, {Ns::kLock, "chg"}, v.change);
}
template <class A>
void map(A& a, Ref<A, lock::Delete> v) {
  one(a, {Ns::kLock, "key"}, v.key);
  a.maybe({Ns::kLock, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, lock::Checked> v) {
  a.node({Ns::kLock, "key"}, [&] {
    a.attribute("avail", v.avail);
    map(a, v.key);
  });
  perhaps(a, {Ns::kLock, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, lock::CheckData> v) {
  several(a, {Ns::kLock, "cd"}, v.cd);
}
template <class A>
void map(A& a, Ref<A, lock::InfoData> v) {
  one(a, {Ns::kLock, "key"}, v.key);
  several(a, {Ns::kLock, "status"}, v.status);
  several(a, {Ns::kLock, "subscriber"}, v.subscribers);
  perhaps(a, {Ns::kLock, "terms"}, v.terms);
  map_history(a, Ns::kLock, v);
}
template <class A>
void map(A& a, Ref<A, lock::CreateData> v) {
  one(a, {Ns::kLock, "key"}, v.key);
  a.text({Ns::kLock, "crDate"}, v.created);
}

// version-1.0
template <class A>
void map(A& a, Ref<A, version::Point> v) {
  a.attribute("epoch", v.epoch);
  a.attribute("number", v.number);
}
template <class A>
void map(A& a, Ref<A, version::Holding> v) {
  a.attribute("epoch", v.epoch);
  a.attribute("number", v.number);
  a.maybe_attribute("sha256", v.manifest);
}
template <class A>
void map(A& a, Ref<A, version::Info> v) {
  a.text({Ns::kVersion, "list"}, v.list);
  perhaps(a, {Ns::kVersion, "from"}, v.from);
  perhaps(a, {Ns::kVersion, "to"}, v.to);
}
template <class A>
void map(A& a, Ref<A, version::Count> v) {
  a.attribute("of", v.of);
  a.value(v.entries);
}
/// Two elements side by side, in none of their own.
template <class A, class M>
void map_proof(A& a, M& v) {
  if constexpr (A::kReading) {
    if (!a.next_is({Ns::kVersion, "manifest"})) return;
    v.emplace();
  }
  if (!v) return;
  a.text({Ns::kVersion, "manifest"}, v->text);
  a.text({Ns::kVersion, "signature"}, v->signature);
}
template <class A>
void map(A& a, Ref<A, version::Manifest> v) {
  a.text({Ns::kVersion, "list"}, v.list);
  a.text({Ns::kVersion, "form"}, v.form);
  perhaps(a, {Ns::kVersion, "from"}, v.from);
  one(a, {Ns::kVersion, "to"}, v.to);
  a.text({Ns::kVersion, "date"}, v.date);
  several(a, {Ns::kVersion, "count"}, v.counts);
  a.text({Ns::kVersion, "changes"}, v.changes);
  a.text({Ns::kVersion, "digest"}, v.digest);
  a.maybe({Ns::kVersion, "audit"}, v.audit);
  map_proof(a, v.proof);
  a.maybe({Ns::kVersion, "data"}, v.data);
  perhaps(a, {Ns::kVersion, "file"}, v.file);
}
template <class A>
void map(A& a, Ref<A, version::CreateData> v) {
  a.text({Ns::kVersion, "list"}, v.list);
  one(a, {Ns::kVersion, "at"}, v.at);
}
template <class A>
void map(A& a, Ref<A, version::News> v) {
  a.text({Ns::kVersion, "list"}, v.list);
  one(a, {Ns::kVersion, "newest"}, v.newest);
}

// proposal-1.0
template <class A>
void map(A& a, Ref<A, proposal::Info> v) {
  a.text({Ns::kProposal, "id"}, v.id);
}
template <class A>
void map(A& a, Ref<A, proposal::Create> v) {
  a.maybe({Ns::kProposal, "filing"}, v.filing);
  one(a, {Ns::kProposal, "change"}, v.change);
}
template <class A>
void map(A& a, Ref<A, proposal::Update> v) {
  a.text({Ns::kProposal, "id"}, v.id);
  a.text({Ns::kProposal, "verdict"}, v.verdict);
  a.maybe({Ns::kProposal, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, proposal::Delete> v) {
  a.text({Ns::kProposal, "id"}, v.id);
}
template <class A>
void map(A& a, Ref<A, proposal::CreateData> v) {
  a.text({Ns::kProposal, "id"}, v.id);
  a.text({Ns::kProposal, "state"}, v.state);
  a.text({Ns::kProposal, "crDate"}, v.created);
}
template <class A>
void map(A& a, Ref<A, proposal::InfoData> v) {
  a.text({Ns::kProposal, "id"}, v.id);
  a.maybe({Ns::kProposal, "filing"}, v.filing);
  a.text({Ns::kProposal, "state"}, v.state);
  one(a, {Ns::kProposal, "change"}, v.change);
  a.text({Ns::kProposal, "clID"}, v.cl_id);
  a.text({Ns::kProposal, "crDate"}, v.created);
  a.maybe({Ns::kProposal, "upID"}, v.updated_by);
  a.maybe({Ns::kProposal, "upDate"}, v.updated);
  a.maybe({Ns::kProposal, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, proposal::Decided> v) {
  a.text({Ns::kProposal, "id"}, v.id);
  a.text({Ns::kProposal, "state"}, v.state);
  a.maybe({Ns::kProposal, "reason"}, v.reason);
  one(a, {Ns::kProposal, "paTRID"}, v.transaction);
  a.text({Ns::kProposal, "paDate"}, v.date);
}

// job-1.0
template <class A>
void map(A& a, Ref<A, job::Sightings> v) {
  a.text({Ns::kJob, "node"}, v.node);
  a.text({Ns::kJob, "sequence"}, v.sequence);
  a.text({Ns::kJob, "rows"}, v.rows);
  one(a, {Ns::kJob, "file"}, v.file);
}
template <class A>
void map(A& a, Ref<A, job::Item> v) {
  map_one_of(a, v.work);
}
template <class A>
void map(A& a, Ref<A, job::Info> v) {
  a.text({Ns::kJob, "id"}, v.id);
  a.maybe({Ns::kJob, "after"}, v.after);
}
template <class A>
void map(A& a, Ref<A, job::Create> v) {
  a.text({Ns::kJob, "filing"}, v.filing);
  several(a, {Ns::kJob, "item"}, v.items);
}
template <class A>
void map(A& a, Ref<A, job::Delete> v) {
  a.text({Ns::kJob, "id"}, v.id);
}
template <class A>
void map(A& a, Ref<A, job::CreateData> v) {
  a.text({Ns::kJob, "id"}, v.id);
  a.text({Ns::kJob, "filing"}, v.filing);
  a.text({Ns::kJob, "state"}, v.state);
  a.text({Ns::kJob, "crDate"}, v.created);
}
template <class A>
void map(A& a, Ref<A, job::Outcome> v) {
  a.attribute("item", v.item);
  a.attribute("code", v.code);
  a.maybe({Ns::kJob, "name"}, v.name);
  perhaps(a, {Ns::kJob, "reason"}, v.reason);
}
template <class A>
void map(A& a, Ref<A, job::InfoData> v) {
  a.text({Ns::kJob, "id"}, v.id);
  a.text({Ns::kJob, "filing"}, v.filing);
  a.text({Ns::kJob, "state"}, v.state);
  a.text({Ns::kJob, "names"}, v.names);
  a.text({Ns::kJob, "done"}, v.done);
  a.text({Ns::kJob, "failed"}, v.failed);
  several(a, {Ns::kJob, "result"}, v.results);
  a.maybe({Ns::kJob, "more"}, v.more);
  a.text({Ns::kJob, "clID"}, v.cl_id);
  a.text({Ns::kJob, "crDate"}, v.created);
  a.maybe({Ns::kJob, "upDate"}, v.updated);
}
template <class A>
void map(A& a, Ref<A, job::Done> v) {
  a.text({Ns::kJob, "id"}, v.id);
  a.text({Ns::kJob, "filing"}, v.filing);
  a.text({Ns::kJob, "state"}, v.state);
  a.text({Ns::kJob, "done"}, v.done);
  a.text({Ns::kJob, "failed"}, v.failed);
  one(a, {Ns::kJob, "paTRID"}, v.transaction);
  a.text({Ns::kJob, "paDate"}, v.date);
}

// site-1.0
template <class A>
void map(A& a, Ref<A, site::Follows> v) {
  a.text({Ns::kSite, "list"}, v.list);
  one(a, {Ns::kSite, "at"}, v.at);
}

template <class T>
concept Element = requires {
  T::kTag;
};

/// One element, of whichever type of the variant it is. Reading: false when it is none of them.
template <class A, class... T>
bool map_one_of(A& a, std::variant<T...>& v) {
  const auto attempt = [&]<class E>(std::type_identity<E>) {
    if constexpr (Element<E>) {
      if (!a.next_is(E::kTag)) return false;
      one(a, E::kTag, v.template emplace<E>());
      return true;
    } else {
      return false;
    }
  };
  return (attempt(std::type_identity<T>()) || ...);
}
template <class A, class... T>
bool map_one_of(A& a, const std::variant<T...>& v) {
  std::visit(
      [&]<class E>(const E& e) {
        if constexpr (Element<E>) one(a, E::kTag, e);
      },
      v);
  return true;
}

/// Whether a type of the variant is this element.
template <class V>
struct HasTag;
template <class... T>
struct HasTag<std::variant<T...>> {
  static constexpr bool holds(Tag tag) { return ((T::kTag == tag) || ...); }
};

}  // namespace eir::sync::epp
