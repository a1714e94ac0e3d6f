// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/records.h"

#include <array>

#include "registry/octets.h"

namespace eir::registry {
namespace {

constexpr std::array<std::string_view, 4> kProposalStates = {"pending", "realised", "rejected", "withdrawn"};
constexpr std::array<std::string_view, 4> kJobStates = {"queued", "running", "done", "cancelled"};

base::UnixSeconds time(Unpack& u) { return base::UnixSeconds(std::chrono::seconds(u.i64())); }

}  // namespace

std::string_view to_string(ProposalState state) noexcept { return kProposalStates[static_cast<size_t>(state)]; }
std::string_view to_string(JobState state) noexcept { return kJobStates[static_cast<size_t>(state)]; }

std::string encode(const Notice& n) {
  std::string out;
  Pack p(out);
  p.u32(n.version.epoch).u64(n.version.number).text(n.filing).u8(n.state).text(n.reason).u64(n.done).u64(n.failed);
  p.text(n.cl_trid).text(n.sv_trid);
  return out;
}

std::optional<Notice> decode_notice(What what, std::string about, std::string_view body) {
  Unpack u(body);
  Notice n;
  n.what = what;
  n.about = std::move(about);
  n.version.epoch = u.u32();
  n.version.number = u.u64();
  n.filing = u.text();
  n.state = u.u8();
  n.reason = u.text();
  n.done = u.u64();
  n.failed = u.u64();
  n.cl_trid = u.text();
  n.sv_trid = u.text();
  return u.done() && n.state < 4 ? std::optional(std::move(n)) : std::nullopt;
}

ObjectRow row_of(const Proposal& v) {
  ObjectRow row{Kind::kProposal, v.id, v.owner, static_cast<uint8_t>(v.state), v.filing, {}};
  Pack p(row.body);
  p.i64(v.created.time_since_epoch().count()).i64(v.decided.time_since_epoch().count()).u32(v.decided_by);
  p.text(v.reason).text(v.cl_trid).text(v.sv_trid).text(encode(v.change));
  return row;
}

std::optional<Proposal> proposal_of(const ObjectRow& row) {
  Proposal v;
  v.id = row.id;
  v.owner = row.owner;
  v.state = static_cast<ProposalState>(row.state);
  v.filing = row.name;
  Unpack u(row.body);
  v.created = time(u);
  v.decided = time(u);
  v.decided_by = u.u32();
  v.reason = u.text();
  v.cl_trid = u.text();
  v.sv_trid = u.text();
  auto change = decode_change(u.text());
  if (!u.done() || !change || row.state >= kProposalStates.size()) return std::nullopt;
  v.change = std::move(*change);
  return v;
}

ObjectRow row_of(const Job& v) {
  ObjectRow row{Kind::kJob, v.id, v.owner, static_cast<uint8_t>(v.state), v.filing, {}};
  Pack p(row.body);
  p.i64(v.created.time_since_epoch().count()).i64(v.updated.time_since_epoch().count());
  p.u32(v.items).u32(v.next_item).u64(v.names).u64(v.done).u64(v.failed).u64(v.sequence);
  p.text(v.address).text(v.cl_trid).text(v.sv_trid).u32(v.failures.size());
  for (const Offender& f : v.failures)
    p.text(f.name).u16(static_cast<uint16_t>(f.code)).u8(static_cast<uint8_t>(f.why)).u32(f.item);
  return row;
}

std::optional<Job> job_of(const ObjectRow& row) {
  Job v;
  v.id = row.id;
  v.owner = row.owner;
  v.state = static_cast<JobState>(row.state);
  v.filing = row.name;
  Unpack u(row.body);
  v.created = time(u);
  v.updated = time(u);
  v.items = u.u32();
  v.next_item = u.u32();
  v.names = u.u64();
  v.done = u.u64();
  v.failed = u.u64();
  v.sequence = u.u64();
  v.address = u.text();
  v.cl_trid = u.text();
  v.sv_trid = u.text();
  for (uint32_t n = u.u32(); n > 0 && u.ok(); --n) {
    Offender& f = v.failures.emplace_back();
    f.name = u.text();
    f.code = static_cast<Code>(u.u16());
    const uint8_t why = u.u8();
    if (why >= kWhys) return std::nullopt;
    f.why = static_cast<Why>(why);
    f.item = u.u32();
  }
  return u.done() && row.state < kJobStates.size() ? std::optional(std::move(v)) : std::nullopt;
}

ObjectRow row_of(const User& v) {
  ObjectRow row{Kind::kUser, v.id, v.id, v.enabled, v.name, {}};
  Pack p(row.body);
  p.u8(static_cast<uint8_t>(v.role)).text(v.certificate).text(v.password).u8(v.refuse_repeats).u8(v.follows);
  return row;
}

std::optional<User> user_of(const ObjectRow& row) {
  User v;
  v.id = static_cast<UserId>(row.id);
  v.name = row.name;
  v.enabled = row.state != 0;
  Unpack u(row.body);
  const uint8_t role = u.u8();
  v.certificate = u.text();
  v.password = u.text();
  v.refuse_repeats = u.u8() != 0;
  v.follows = u.u8() != 0;
  if (!u.done() || role >= kRoles) return std::nullopt;
  v.role = static_cast<Role>(role);
  return v;
}

}  // namespace eir::registry
