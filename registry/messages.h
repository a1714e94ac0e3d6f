// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/lists/list_set.h"
#include "registry/outcome.h"

/// What waits in a user's queue.
namespace eir::registry {

/// Numbers are fixed.
enum class What : uint8_t { kVersion = 1, kProposal = 2, kJob = 3 };

inline constexpr size_t kMessagesPerUserMax = 1'000;  ///< what is over is dropped, counted and on record
inline constexpr int64_t kMessagesKeptSeconds = 30 * 24 * 3600;

/// A message's content. Of a version: the list and the newest; of a proposal or job: its number, the applicant's, the
/// state it came to, and both transaction identifiers of the command that began it.
struct Notice {
  What what{};
  std::string about;  ///< "centre", or the number
  lists::Version version;
  std::string filing;
  uint8_t state = 0;
  std::string reason;
  uint64_t done = 0, failed = 0;
  std::string cl_trid, sv_trid;
};
std::string encode(const Notice& notice);
std::optional<Notice> decode_notice(What what, std::string about, std::string_view body);

enum class ProposalState : uint8_t { kPending = 0, kRealised = 1, kRejected = 2, kWithdrawn = 3 };
/// "pending", "realised", "rejected", "withdrawn".
std::string_view to_string(ProposalState state) noexcept;

enum class JobState : uint8_t { kQueued = 0, kRunning = 1, kDone = 2, kCancelled = 3 };
/// "queued", "running", "done", "cancelled".
std::string_view to_string(JobState state) noexcept;

}  // namespace eir::registry
