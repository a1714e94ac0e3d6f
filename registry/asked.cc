// SPDX-License-Identifier: GPL-3.0-or-later
// Commands as the audit tells of them.
#include <fmt/format.h>

#include "core/lists/entry.h"
#include "registry/model.h"

namespace eir::registry {
namespace {

/// Text up to kAskedMax octets; what is over is named by its number.
class Words {
 public:
  template <class... Args>
  Words& add(fmt::format_string<Args...> format, Args&&... args) {
    if (text_.size() < kAskedMax) {
      fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
      if (text_.size() > kAskedMax) text_.resize(kAskedMax);
    }
    return *this;
  }
  /// " name=value" when there is one.
  Words& field(std::string_view name, std::string_view value) {
    return value.empty() ? *this : add(" {}=\"{}\"", name, value);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void tell(Words& w, const Device& d) {
  w.field("manufacturer", d.manufacturer).field("type", d.type).field("certificate", d.certificate);
  w.field("certificate-date", d.certificate_date).field("permit", d.permit).field("permit-date", d.permit_date);
  w.field("position", d.position).field("importer", d.importer_id).field("importer-name", d.importer_name);
  w.field("country", d.country).field("price", d.price).field("currency", d.currency);
}
void tell(Words& w, const Grounds& g) {
  w.field("reason", g.reason).field("evidence", g.evidence);
  if (g.from != base::UnixSeconds{}) w.add(" from={}", g.from.time_since_epoch().count());
  if (g.until != base::UnixSeconds{}) w.add(" until={} next={}", g.until.time_since_epoch().count(), g.next.str());
}
void tell(Words& w, const lists::SubscriberKey& who) {
  w.add(" {}={}{}", who.type() == lists::SubscriberKey::Type::kImsi ? "imsi" : "msisdn", who.digits().str(),
        who.is_prefix() ? "*" : "");
}
void tell(Words& w, const Subscriber& s) { w.field("imsi", s.imsi.str()).field("msisdn", s.msisdn.str()); }
void tell(Words& w, const Change& c) {
  const Entry& e = c.entry;
  w.add(" {} {}", c.remove ? "remove" : "put", lists::to_string(e.kind));
  if (identity::number(e.imei)) w.add(" {}", identity::to_string(e.imei));
  if (e.kind == lists::EntryKind::kRange) w.add("-{}", identity::to_string(e.to));
  if (e.svn) w.add(" svn={:02}", *e.svn);
  if (e.tac) w.add(" tac={:08}", e.tac);
  if (e.who != lists::SubscriberKey{}) tell(w, e.who);
  tell(w, Subscriber{e.imsi, e.msisdn});
  if (e.kind == lists::EntryKind::kLock) w.add(" policy={}", lists::to_string(e.policy));
  if (e.kind == lists::EntryKind::kException) w.add(" ruling={}", lists::to_string(e.ruling));
  if (!e.lists.empty()) w.add(" lists={}", e.lists.str());
  tell(w, e.grounds);
}

void tell(Words& w, const CreateDevices& c) {
  for (const std::string& name : c.names) w.add(" {}", name);
  tell(w, c.device);
}
void tell(Words& w, const UpdateDevice& c) {
  w.add(" {}", c.name);
  tell(w, c.device);
}
void tell(Words& w, const DeleteDevice& c) { w.add(" {}", c.name).field("reason", c.reason); }
void tell(Words& w, const CreateLock& c) {
  w.add(" {} {}", c.name, lists::to_string(c.policy));
  for (const Subscriber& s : c.subscribers) tell(w, s);
  tell(w, c.grounds);
}
void tell(Words& w, const UpdateLock& c) {
  w.add(" {} {} add", c.name, lists::to_string(c.policy));
  for (const Subscriber& s : c.add) tell(w, s);
  w.add(" remove");
  for (const Subscriber& s : c.remove) tell(w, s);
  if (c.grounds) tell(w, *c.grounds);
}
void tell(Words& w, const DeleteLock& c) {
  w.add(" {} {}", c.name, lists::to_string(c.policy)).field("reason", c.reason);
}
void tell(Words& w, const Propose& c) {
  w.field("filing", c.filing);
  tell(w, c.change);
}
void tell(Words& w, const Decide& c) {
  w.add(" {} {}", c.id, c.approve ? "approve" : "reject").field("reason", c.reason);
}
void tell(Words& w, const WithdrawProposal& c) { w.add(" {}", c.id); }
void tell(Words& w, const FileSightings& c) { w.add(" {} {} rows={}", c.node, c.sequence, c.sightings.size()); }
void tell(Words& w, const FileJob& c) { w.field("filing", c.filing).add(" items={}", c.items.size()); }
void tell(Words& w, const CancelJob& c) { w.add(" {}", c.id); }
void tell(Words& w, const AckMessage& c) { w.add(" {}", c.id); }
void tell(Words& w, const ChangeEntries& c) {
  w.add(" changes={}", c.changes.size());
  for (const Change& one : c.changes) tell(w, one);
}
void tell(Words& w, const PutUser& c) {
  w.add(" {} role={} enabled={} refuse-repeats={} follows={}", c.user.name, to_string(c.user.role), c.user.enabled,
        c.user.refuse_repeats, c.user.follows);
  w.field("certificate", c.user.certificate).add("{}", c.new_password.empty() ? "" : " new-password");
}
void tell(Words& w, const DisableUser& c) { w.add(" {}", c.name); }
void tell(Words& w, const ChangePassword&) { w.add(" new-password"); }
void tell(Words& w, const Promote& c) { w.field("reason", c.reason); }
void tell(Words& w, const StandBy& c) { w.field("reason", c.reason); }
void tell(Words& w, const SetPolicy& c) { w.add(" {}={}", c.name, c.value); }
void tell(Words& w, const SetSite& c) { w.add(" {}={}", c.name, c.value); }
void tell(Words& w, const MarkUrgent& c) {
  for (const std::string& name : c.names) w.add(" {}", name);
  w.field("reason", c.reason);
}
void tell(Words& w, const Read& c) { w.add(" {}", c.what); }

struct Naming {
  Name operator()(const CreateDevices&) { return {"create", "device"}; }
  Name operator()(const UpdateDevice&) { return {"update", "device"}; }
  Name operator()(const DeleteDevice&) { return {"delete", "device"}; }
  Name operator()(const CreateLock&) { return {"create", "lock"}; }
  Name operator()(const UpdateLock&) { return {"update", "lock"}; }
  Name operator()(const DeleteLock&) { return {"delete", "lock"}; }
  Name operator()(const Propose&) { return {"create", "proposal"}; }
  Name operator()(const FileSightings&) { return {"create", "sighting"}; }
  Name operator()(const Decide&) { return {"update", "proposal"}; }
  Name operator()(const WithdrawProposal&) { return {"delete", "proposal"}; }
  Name operator()(const FileJob&) { return {"create", "job"}; }
  Name operator()(const CancelJob&) { return {"delete", "job"}; }
  Name operator()(const AckMessage&) { return {"acknowledge", "message"}; }
  Name operator()(const ChangeEntries&) { return {"change", "entry"}; }
  Name operator()(const PutUser&) { return {"put", "user"}; }
  Name operator()(const DisableUser&) { return {"disable", "user"}; }
  Name operator()(const ChangePassword&) { return {"change", "password"}; }
  Name operator()(const Promote&) { return {"promote", "site"}; }
  Name operator()(const StandBy&) { return {"stand-by", "site"}; }
  Name operator()(const SetPolicy&) { return {"set", "policy"}; }
  Name operator()(const SetSite&) { return {"set", "site"}; }
  Name operator()(const MarkUrgent& c) { return {c.on ? "mark" : "unmark", "urgent"}; }
  Name operator()(const Read& r) { return {to_string(r.verb), to_string(r.object)}; }
};

}  // namespace

Name name_of(const Command& command) { return std::visit(Naming(), command); }

std::string asked(const Command& command) {
  Words w;
  std::visit([&](const auto& c) { tell(w, c); }, command);
  std::string text = w.take();
  return text.empty() ? text : text.substr(1);
}

}  // namespace eir::registry
