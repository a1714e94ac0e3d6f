// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/keeper.h"

#include "core/store/reader.h"

namespace eir::appliance::syncd {

Keeper::Keeper(std::string replica, std::string sightings, bool guard)
    : replica_(std::move(replica)), basis_{{}, std::move(sightings)}, guard_(guard) {}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

base::Result<void, base::Problem> Keeper::learn(const std::optional<store::PolicyInfo>& policy) {
  auto knowledge = appliance::learn(basis_, policy);
  if (!knowledge) return tl::unexpected(knowledge.error());
  const std::lock_guard lock(mutex_);
  knowledge_ = std::move(*knowledge);
  policy_ = policy ? policy->number : 0;
  return {};
}

base::Result<void, base::Problem> Keeper::start() {
  if (!guard_) return {};
  base::Result<void, base::Problem> ok = learn(store::Reader::open(replica_)->status().policy);
  if (!ok) ok = learn(std::nullopt);
  thread_ = std::thread([this] { run(); });
  return ok;
}

void Keeper::run() {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (wake_.wait_for(lock, kAge, [this] { return stop_; })) return;
    }
    learn(store::Reader::open(replica_)->status().policy);
  }
}

base::Result<void, base::Problem> Keeper::with_writer(const sync::follow::Use& use) {
  auto writer = store::Writer::open(replica_, kProgram);
  if (!writer) return tl::unexpected(writer.error());
  if (!guard_) return use(**writer);
  const auto status = (*writer)->status();
  if (!status) return tl::unexpected(status.error());
  const uint64_t policy = status->policy ? status->policy->number : 0;
  std::shared_ptr<GuardKnowledge> knowledge;
  {
    const std::lock_guard lock(mutex_);
    if (policy == policy_) knowledge = knowledge_;
  }
  if (!knowledge) {
    if (auto ok = learn(status->policy); !ok) return ok;
    const std::lock_guard lock(mutex_);
    knowledge = knowledge_;
  }
  const auto guarded = GuardedWriter::over(std::move(*writer), std::move(knowledge), false);
  return use(**guarded);
}

}  // namespace eir::appliance::syncd
