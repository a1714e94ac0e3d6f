// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "registry/messages.h"
#include "registry/store.h"

/// Proposals, jobs and users as they stand in their rows.
namespace eir::registry {

struct Proposal {
  uint64_t id = 0;
  UserId owner = 0;
  ProposalState state = ProposalState::kPending;
  std::string filing;
  Change change;
  base::UnixSeconds created{}, decided{};
  UserId decided_by = 0;
  std::string reason;
  std::string cl_trid, sv_trid;
};
ObjectRow row_of(const Proposal& proposal);
std::optional<Proposal> proposal_of(const ObjectRow& row);

inline constexpr size_t kFailuresKept = 10'000;  ///< of a job, by name; all are counted
struct Job {
  uint64_t id = 0;
  UserId owner = 0;
  JobState state = JobState::kQueued;
  std::string filing;
  base::UnixSeconds created{}, updated{};
  uint32_t items = 0, next_item = 0;
  uint64_t names = 0;  ///< of devices, each lock and proposal one, each sighting one
  uint64_t done = 0, failed = 0;
  uint64_t sequence = 0;  ///< of the command that filed it
  std::string address;
  std::string cl_trid, sv_trid;
  std::vector<Offender> failures;
};
ObjectRow row_of(const Job& job);
std::optional<Job> job_of(const ObjectRow& row);

ObjectRow row_of(const User& user);
std::optional<User> user_of(const ObjectRow& row);

}  // namespace eir::registry
