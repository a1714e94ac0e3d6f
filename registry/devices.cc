// SPDX-License-Identifier: GPL-3.0-or-later
// Devices: filed, described, withdrawn.
#include <algorithm>
#include <unordered_set>

#include "registry/engine.h"

namespace eir::registry {
namespace {

using lists::ListSet;

const ListSet kWhite(ListSet::kWhite);

bool fits(const Device& d) {
  for (const std::string* text :
       {&d.manufacturer, &d.type, &d.certificate, &d.certificate_date, &d.permit, &d.permit_date, &d.position,
        &d.importer_id, &d.importer_name, &d.country, &d.price, &d.currency})
    if (text->size() > kTextMax) return false;
  return true;
}

/// What is given replaces; what is empty stays.
Device laid_over(Device base, const Device& top) {
  const auto lay = [](std::string& to, const std::string& from) {
    if (!from.empty()) to = from;
  };
  lay(base.manufacturer, top.manufacturer);
  lay(base.type, top.type);
  lay(base.certificate, top.certificate);
  lay(base.certificate_date, top.certificate_date);
  lay(base.permit, top.permit);
  lay(base.permit_date, top.permit_date);
  lay(base.position, top.position);
  lay(base.importer_id, top.importer_id);
  lay(base.importer_name, top.importer_name);
  lay(base.country, top.country);
  lay(base.price, top.price);
  lay(base.currency, top.currency);
  return base;
}

ImeiRecord record_of(const ImeiRow* before, const ImeiRow* after, Code code) {
  ImeiRecord r;
  r.place = before ? before->place : after->place;
  r.code = code;
  if (before) {
    r.lists_before = before->lists;
    r.terms_before = before->terms;
    r.device_before = before->device;
  }
  if (after) {
    r.lists_after = after->lists;
    r.terms_after = after->terms;
    r.device_after = after->device;
  }
  return r;
}

}  // namespace

void Engine::put_imei(const std::optional<ImeiRow>& before, const ImeiRow& after) {
  store_.put_imei(after);
  counters_.imeis_changed.add();
  details_.add(record_of(before ? &*before : nullptr, &after, Code::kDone));
  const ChangeBuilder::Imei was = before ? ChangeBuilder::Imei{before->lists, before->terms} : ChangeBuilder::Imei{};
  const ChangeBuilder::Imei is{after.lists, after.terms};
  if (was == is) return;
  changes_.imei(after.place, was, is);
  touch_urgent(after.place);
}

void Engine::remove_imei(const ImeiRow& before) {
  store_.remove_imei(before.place);
  counters_.imeis_changed.add();
  details_.add(record_of(&before, nullptr, Code::kDone));
  if (before.lists.empty()) return;
  changes_.imei(before.place, {before.lists, before.terms}, {});
  touch_urgent(before.place);
}

Outcome Engine::handle(Work& work, const CreateDevices& c) {
  Outcome& out = work.outcome;
  if (!allowed(work.request, Object::kDevice, Verb::kCreate, kWhite, work.request.user, out)) return out;
  if (c.names.empty() || c.names.size() > kGroupNamesMax || !fits(c.device)) return refuse(Code::kRange, Why::kTooMany);
  struct Filed {
    uint64_t place;
    std::optional<ImeiRow> before;
  };
  std::vector<Filed> good;
  std::vector<ImeiRow> attempts;
  std::unordered_set<uint64_t> seen;
  for (const std::string& name : c.names) {
    const DeviceName parsed = parse_name(name);
    const uint64_t place = place_of(parsed.key, std::nullopt);
    if (parsed.why != Why::kNone) {
      work.refuse(name, Code::kValueSyntax, parsed.why);
    } else if (!seen.insert(place).second) {
      work.refuse(name, Code::kPolicyOfValue, Why::kTwice);
    } else if (const auto row = store_.imei(place); !row || unlisted_until(*row) > now_) {
      good.push_back({place, row});
    } else {
      const bool suspect = row->lists.grey() || row->lists.black();
      work.refuse(name, Code::kExists, suspect ? Why::kRefiled : Why::kExists);
      if (suspect) attempts.push_back(*row);
    }
  }
  // An attempt to file what is grey or black is on record, whatever becomes of the rest.
  for (ImeiRow& row : attempts) {
    ++row.attempts;
    store_.put_imei(row);
    details_.add(record_of(&row, &row, Code::kExists));
  }
  counters_.imeis_refused.add(c.names.size() - good.size());
  if (!out.offenders.empty() && (!work.job || good.empty())) {
    out.code = out.offenders.front().code;
    out.why = c.names.size() > 1 ? Why::kInGroup : out.offenders.front().why;
    return out;
  }
  ImeiRow row;
  row.lists = kWhite;
  row.device = c.device == Device{} ? 0 : words_.id(Dictionary::kDevice, encode(c.device));
  row.owner = work.request.user;
  row.created = now_s();
  std::sort(good.begin(), good.end(), [](const Filed& a, const Filed& b) { return a.place < b.place; });
  for (const Filed& f : good) {
    row.place = f.place;
    put_imei(f.before, row);
  }
  return out;
}

Outcome Engine::handle(Work& work, const UpdateDevice& c) {
  const DeviceName name = parse_name(c.name);
  if (name.why != Why::kNone) return refuse(Code::kValueSyntax, name.why, c.name);
  if (!fits(c.device)) return refuse(Code::kRange, Why::kTooMany, c.name);
  const auto row = store_.imei(place_of(name.key, std::nullopt));
  if (!row) return refuse(Code::kNoObject, Why::kUnlisted, c.name);
  if (!allowed(work.request, Object::kDevice, Verb::kUpdate, row->lists, row->owner, work.outcome)) return work.outcome;
  const Device was = decode_device(words_.body(Dictionary::kDevice, row->device)).value_or(Device{});
  const Device is = laid_over(was, c.device);
  if (is == was) return {};
  ImeiRow after = *row;
  after.device = words_.id(Dictionary::kDevice, encode(is));
  after.updater = work.request.user;
  after.updated = now_s();
  put_imei(row, after);
  return {};
}

Outcome Engine::handle(Work& work, const DeleteDevice& c) {
  const DeviceName name = parse_name(c.name);
  if (name.why != Why::kNone) return refuse(Code::kValueSyntax, name.why, c.name);
  const auto row = store_.imei(place_of(name.key, std::nullopt));
  if (!row) return refuse(Code::kNoObject, Why::kUnlisted, c.name);
  if (!allowed(work.request, Object::kDevice, Verb::kDelete, row->lists, row->owner, work.outcome)) return work.outcome;
  remove_imei(*row);
  return {};
}

}  // namespace eir::registry
