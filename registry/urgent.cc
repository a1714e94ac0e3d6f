// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/urgent.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "core/feed/data.h"
#include "core/feed/manifest.h"
#include "registry/octets.h"
#include "registry/publisher.h"

namespace eir::registry {
namespace {

constexpr const char* kMarks = "urgent.marks";
constexpr const char* kVersion = "urgent.version";

bool before(const UrgentMark& mark, uint64_t place) { return mark.place < place; }

/// Nothing when it is not marked, nor was within the window.
UrgentMark* mark_at(std::vector<UrgentMark>& all, uint64_t place) {
  const auto it = std::lower_bound(all.begin(), all.end(), place, before);
  return it != all.end() && it->place == place ? &*it : nullptr;
}

}  // namespace

UrgentMarks urgent_marks(StoreReader& store) {
  UrgentMarks out;
  const std::string packed = store.setting(kMarks).value_or("");
  Unpack in(packed);
  out.due = in.u8() != 0;
  for (uint32_t n = in.u32(); n > 0 && in.ok(); --n) {
    UrgentMark mark;
    mark.place = in.u64();
    mark.since = in.i64();
    mark.gone = in.i64();
    if (in.ok()) out.all.push_back(mark);
  }
  return out;
}

std::optional<UrgentVersion> urgent_version(StoreReader& store) {
  const auto packed = store.setting(kVersion);
  if (!packed) return std::nullopt;
  Unpack in(*packed);
  UrgentVersion out;
  out.block = in.u64();
  const std::string text(in.raw(in.u32()));
  const std::string_view signature = in.raw(in.u32());
  out.data = in.raw(in.u32());
  if (!in.done()) return std::nullopt;
  auto manifest = feed::read_manifest(feed::kUrgent, {text, {signature.begin(), signature.end()}});
  if (!manifest) return std::nullopt;
  out.manifest = std::move(*manifest);
  return out;
}

void Engine::keep_urgent() {
  std::string packed;
  Pack(packed).u8(urgent_.due).u32(urgent_.all.size());
  for (const UrgentMark& mark : urgent_.all) Pack(packed).u64(mark.place).i64(mark.since).i64(mark.gone);
  store_.put_setting(kMarks, packed);
}

/// The device's row changes: it may pass no longer, or on other terms.
void Engine::touch_urgent(uint64_t place) {
  const UrgentMark* mark = mark_at(urgent_.all, place);
  if (!mark || mark->gone != 0 || urgent_.due) return;
  urgent_.due = true;
  keep_urgent();
}

/// Nothing when it may not pass the nodes' guards: it is not black, or not for good.
std::optional<ImeiRow> Engine::urgent_row(uint64_t place) {
  auto row = store_.imei(place);
  if (row && !(row->lists.black() && words_.terms(row->terms).next.empty())) row.reset();
  return row;
}

Outcome Engine::handle(Work& work, const MarkUrgent& c) {
  Outcome& out = work.outcome;
  if (!allowed(work.request, Object::kEntry, c.on ? Verb::kCreate : Verb::kDelete,
               lists::ListSet(lists::ListSet::kBlack), kPolicyUser, out))
    return out;
  if (c.names.empty() || c.names.size() > kGroupNamesMax) return refuse(Code::kRange, Why::kTooMany);
  if (c.reason.empty() || c.reason.size() > kTextMax) return refuse(Code::kMissing, Why::kForm);
  UrgentMarks next = urgent_;
  std::erase_if(next.all, [&](const UrgentMark& m) { return m.gone != 0 && m.gone < now_s() - kUrgentKept; });
  std::set<uint64_t> seen;
  for (const std::string& name : c.names) {
    const DeviceName parsed = parse_name(name);
    const uint64_t place = place_of(parsed.key, std::nullopt);
    UrgentMark* mark = mark_at(next.all, place);
    if (parsed.why != Why::kNone) {
      work.refuse(name, Code::kValueSyntax, parsed.why);
    } else if (!seen.insert(place).second) {
      work.refuse(name, Code::kPolicyOfValue, Why::kTwice);
    } else if (!c.on && (!mark || mark->gone != 0)) {
      work.refuse(name, Code::kNoObject, Why::kUnlisted);
    } else if (c.on && !urgent_row(place)) {
      work.refuse(name, Code::kStatusProhibits, Why::kUnlisted);
    } else if (!mark) {
      next.all.insert(std::lower_bound(next.all.begin(), next.all.end(), place, before), {place, now_s(), 0});
    } else if (!c.on) {
      mark->gone = now_s();
    } else if (mark->gone != 0) {
      *mark = {place, now_s(), 0};
    }
  }
  if (!out.offenders.empty()) {
    out.code = out.offenders.front().code;
    out.why = c.names.size() > 1 ? Why::kInGroup : out.offenders.front().why;
    return out;
  }
  if (next.all.size() > feed::kUrgentPlacesMax) return refuse(Code::kRange, Why::kTooMany);
  urgent_ = std::move(next);
  urgent_.due = true;
  keep_urgent();
  return {};
}

bool Engine::urgent_due() const {
  // Its epoch is that of the central list: after a promotion the new one, once that has begun.
  return active_ && may_issue_ && urgent_.due && !new_epoch_ && manifest_.version != lists::Version{};
}

/// All that is marked, as the next version; none when a node would learn nothing by it.
void Engine::issue_urgent() {
  lists::Entries entries;
  lists::TermsPool terms;
  for (UrgentMark& mark : urgent_.all) {
    if (mark.gone != 0) continue;
    const auto row = urgent_row(mark.place);
    if (!row) {
      mark.gone = now_s();
      continue;
    }
    entries.imeis.push_back({mark.place << lists::ImeiEntry::kSvnShift | lists::ListSet::kBlack,
                             row->terms == 0 ? lists::TermsId{} : terms.intern(words_.terms(row->terms)), 0});
  }
  urgent_.due = false;
  keep_urgent();
  std::string data;
  feed::write_full(entries, terms, [&](base::Octets octets) {
    data += as_text(octets);
    return true;
  });
  const auto last = urgent_version(store_);
  const uint32_t epoch = manifest_.version.epoch;
  const bool same_epoch = last && last->manifest.version.epoch == epoch;
  // What was written needs a record to go with.
  if (same_epoch && last->data == data) return audit_.add_event("urgent version as it was");
  store::Manifest m;
  m.version = {epoch, same_epoch ? last->manifest.version.number + 1 : 1};
  m.counts = entries.counts();
  m.digests = store::digests_of(entries, terms);
  m.places = entries.size();
  m.data_sha256 = base::Sha256::of(data);
  if (last) m.previous_sha256 = last->manifest.sha256();
  m.audit_head = head_;
  m.created_at = now_;
  feed::seal(m, feed::kUrgent, key_);
  std::string packed;
  Pack(packed).u64(block_ + 1).u32(m.text.size()).raw(m.text).u32(m.signature.size()).raw(as_text(m.signature));
  Pack(packed).u32(data.size()).raw(data);
  store_.put_setting(kVersion, packed);
  audit_.add_event(fmt::format("urgent version {}.{} of {} devices, digest {}", m.version.epoch, m.version.number,
                               m.places, m.digests.total().hex()));
  tell_followers(feed::kUrgent, m.version);
}

Outcome Publisher::urgent(const Request& rq, lists::Version have, const std::optional<base::Hash>& holding,
                          std::optional<VersionAnswer>& out) {
  if (reach(rq.role, Object::kVersion, Verb::kInfo) != Reach::kAll)
    return refuse(Code::kAuthorization, Why::kNotAllowed);
  auto reader = registry_.reader();
  if (!reader) return refuse(Code::kFailed, Why::kStore);
  auto version = urgent_version(*reader);
  if (!version) return refuse(Code::kNoObject, Why::kUnlisted);
  // A node shall hold nothing that only this site has.
  const Registry::Status status = registry_.status();
  if (status.active && status.sync && !status.alone && status.acknowledged < version->block)
    return refuse(Code::kFailed, Why::kStandby);
  store::Manifest& m = version->manifest;
  if (have >= m.version) return {};
  out.emplace();
  if (holding) m.previous_sha256 = *holding;
  feed::seal(m, feed::kUrgent, registry_.key());
  out->manifest = std::move(m);
  out->data = std::move(version->data);
  out->octets = out->data.size();
  const std::string what = fmt::format("urgent {} to {}", have.str(), out->manifest.version.str());
  registry_.note(rq, Read{Object::kVersion, Verb::kInfo, what, Code::kDone, std::nullopt});
  return {};
}

}  // namespace eir::registry
