// SPDX-License-Identifier: GPL-3.0-or-later
// The engine while another site is the active one.
#include <fmt/format.h>

#include <algorithm>

#include "registry/engine.h"
#include "registry/octets.h"

namespace eir::registry {

using base::Problem;

void Engine::follow() {
  store_.put_setting("site.state", "following");
  active_ = false;
  parts_behind_ = parts_.size();
  parts_.clear();
}

/// Each promotion is a group of its own: before it all that other sites' records changed is read anew, and with it the
/// chain of all sites goes on here.
bool Engine::run_following(std::span<Task*> tasks) {
  const auto promotes = [](const Task* task) { return std::holds_alternative<Promote>(task->command); };
  bool good = true;
  do {
    const auto end = std::find_if(tasks.begin(), tasks.end(), promotes);
    size_t now = static_cast<size_t>(end - tasks.begin());
    if (now == 0 && !tasks.empty()) {
      now = 1;
      if (!load(true)) {
        fail(tasks);
        return false;
      }
    }
    good = group(tasks.subspan(0, now), false) && good;
    if (!active_) parts_.clear();
    tasks = tasks.subspan(now);
    if (active_ && !tasks.empty()) return group(tasks, false) && good;
  } while (!tasks.empty());
  return good;
}

bool Engine::write_site_block(int64_t at_ms) {
  const BlockRow block = audit_.finish(site_block_ + 1, site_head_, at_ms);
  std::string sequence;
  Pack(sequence).u64(site_sequence_);
  store_.put_setting("site.sequence", sequence);
  store_.put_site_block(block);
  site_block_ = block.number;
  site_head_ = block.hash;
  return store_.ok();
}

base::Result<void, Problem> Engine::take(const Replayed& seen) {
  for (const ObjectRow& row : seen.users) {
    auto user = user_of(row);
    if (!user) return base::problem("user " + row.name, "its row is damaged");
    user_names_[user->id] = user->name;
    users_[user->name] = std::move(*user);
    ++users_changed_;
  }
  if (seen.version)
    if (auto ok = take_manifest(*seen.version); !ok) return ok;
  if (seen.epoch) epoch_ = std::max(epoch_, *seen.epoch);
  parts_behind_ = seen.parts ? *seen.parts : parts_behind_ + seen.parts_more;
  return {};
}

base::Result<size_t, Problem> Engine::apply(std::span<const StreamRecord> records, bool to_version) {
  if (active_ || !recorder_) return base::problem("", "this site does not follow");
  if (records.empty()) return 0;
  size_t taken = 0;
  std::optional<Problem> problem;
  if (!begin()) problem = store_.problem();
  for (const StreamRecord& record : records) {
    if (problem) break;
    const BlockRow& block = record.block;
    Replayed seen;
    if (block.number != block_ + 1 || block.previous != head_) {
      problem = Problem{"", fmt::format("block {} does not go on from block {}", block.number, block_)};
    } else if (hash_of(block) != block.hash || !recorder_->replay(record, seen)) {
      problem = Problem{"", fmt::format("the record of block {} is damaged", block.number)};
    } else if (auto ok = take(seen); !ok) {
      problem = ok.error();
    } else {
      block_ = block.number;
      head_ = block.hash;
      if (seen.version) version_block_ = block_;
      ++taken;
      if (to_version && parts_behind_ == 0) break;
    }
  }
  if (!problem && !store_.commit()) problem = store_.problem();
  if (!problem) return taken;
  fail({});
  return tl::unexpected(std::move(*problem));
}

base::Result<void, Problem> Engine::adopt(const std::string& file) {
  if (active_) return base::problem("", "this site does not follow");
  if (!store_.adopt(file)) {
    const Problem cause = store_.problem();
    fail({});
    return base::problem(file, "cannot be taken over: " + cause.message());
  }
  return load();
}

bool Engine::hear(uint32_t epoch) {
  if (epoch <= heard_epoch_) return true;
  std::string value;
  Pack(value).u32(epoch);
  if (!begin()) return false;
  store_.put_setting("site.heard-epoch", value);
  if (!store_.commit()) {
    fail({});
    return false;
  }
  heard_epoch_ = epoch;
  return true;
}

bool Engine::step_down(uint32_t epoch, std::string_view text) {
  if (!hear(epoch)) return false;
  if (!active_) return true;
  now_ = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  if (!begin()) return false;
  follow();
  main_ = false;
  audit_.add_event(text);
  if (write_block() && store_.commit()) return true;
  fail({});
  return false;
}

}  // namespace eir::registry
