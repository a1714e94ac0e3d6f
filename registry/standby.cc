// SPDX-License-Identifier: GPL-3.0-or-later
// The registry as one of several sites.
#include <fmt/format.h>

#include <ctime>

#include "core/base/file.h"
#include "registry/registry.h"

namespace eir::registry {

using base::Problem;

namespace {

constexpr mode_t kLostMode = 0640;  ///< it names users and devices

/// Operators decide of sites with whatever there is of them.
bool of_sites(const Command& command) {
  return std::holds_alternative<Promote>(command) || std::holds_alternative<StandBy>(command) ||
         std::holds_alternative<SetSite>(command);
}

bool reads(std::string_view verb) { return verb == "check" || verb == "info"; }

std::string utc(int64_t ms) {
  const std::time_t seconds = ms / 1000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
  return text;
}

}  // namespace

void Registry::answer(std::deque<Waiting> commands) {
  const bool wait = engine_->waits_for_standby();
  const base::MonotonicTime until = clock_.monotonic() + options_.sync_timeout;
  uint64_t acknowledged = 0;
  {
    std::lock_guard lock(mutex_);
    acknowledged = acknowledged_;
  }
  for (Waiting& w : commands) {
    // "It exists" promises as much as "done": who sends a job again takes it as done.
    const bool promises = w.task.outcome.ok() || w.task.outcome.code == Code::kExists;
    const bool hold = wait && promises && acknowledged < engine_->block() && !of_sites(w.task.command) &&
                      !std::holds_alternative<Read>(w.task.command);
    if (!hold)
      w.done(w.task.outcome);
    else
      held_.push_back(
          {engine_->block(), until, std::move(w.task.outcome), std::move(w.task.request.sv_trid), std::move(w.done)});
  }
}

void Registry::release() {
  if (held_.empty()) return;
  uint64_t acknowledged = 0;
  {
    std::lock_guard lock(mutex_);
    acknowledged = acknowledged_;
  }
  const bool all = engine_->active() && !engine_->waits_for_standby();
  while (!held_.empty() && (all || held_.front().block <= acknowledged)) {
    Held held = std::move(held_.front());
    held_.pop_front();
    held.done(held.outcome);
  }
  size_t late = 0;
  while (late < held_.size() && held_[late].until <= clock_.monotonic()) ++late;
  give_up(late, "no second site had them in time");
  std::lock_guard lock(mutex_);
  status_.held = held_.size();
}

void Registry::give_up(size_t count, std::string_view why) {
  if (count == 0) return;
  own_.unacknowledged.fetch_add(count, std::memory_order_relaxed);
  constexpr size_t kNamed = 100;
  std::string names;
  for (size_t i = 0; i < count; ++i) {
    Held held = std::move(held_.front());
    held_.pop_front();
    if (i < kNamed) names += " " + held.sv_trid;
    held.done(refuse(Code::kFailed, Why::kStandby));
  }
  engine_->note_event(fmt::format("{} commands are stored, and were answered 2400: {}:{}{}", count, why, names,
                                  count > kNamed ? " ..." : ""));
}

void Registry::acknowledge(uint64_t block) {
  {
    std::lock_guard lock(mutex_);
    if (block <= acknowledged_ || block > status_.block) return;
    acknowledged_ = block;
    acknowledged_news_ = true;
  }
  wake_.notify_one();
}

bool Registry::wait_for_block(uint64_t block, std::chrono::milliseconds most) const {
  std::unique_lock lock(mutex_);
  return moved_.wait_for(lock, most, [&] { return status_.block > block || stop_; }) && status_.block > block;
}

Registry::Stored Registry::order(const std::function<Stored()>& what) {
  std::promise<Stored> promise;
  auto future = promise.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stop_) return base::problem("", "the site is stopping");
    orders_.push_back([&] {
      Stored out = what();
      publish();
      promise.set_value(std::move(out));
    });
  }
  wake_.notify_one();
  return future.get();
}

Registry::Stored Registry::apply(std::vector<StreamRecord> records) {
  std::span<const StreamRecord> left(records);
  while (!left.empty()) {
    auto done = order([&]() -> Stored {
      bool called = false;
      {
        std::lock_guard lock(mutex_);
        called = !calls_.empty();
      }
      const auto taken = engine_->apply(left, called);
      if (!taken) return tl::unexpected(taken.error());
      left = left.subspan(*taken);
      own_.records_applied.fetch_add(*taken, std::memory_order_relaxed);
      return {};
    });
    if (!done) return done;
  }
  return {};
}

Registry::Stored Registry::hear(uint32_t epoch) {
  return order([&]() -> Stored {
    if (!engine_->hear(epoch)) return tl::unexpected(writer_->problem());
    return {};
  });
}

Registry::Stored Registry::step_down(uint32_t epoch, const std::string& text) {
  return order([&]() -> Stored {
    const bool was = engine_->active();
    if (!engine_->step_down(epoch, text)) return tl::unexpected(writer_->problem());
    if (was) own_.stepped_down.fetch_add(1, std::memory_order_relaxed);
    give_up(held_.size(), "another site has a higher epoch");
    return {};
  });
}

void Registry::note_event(std::string text) {
  {
    std::lock_guard lock(mutex_);
    if (stop_) return;
    orders_.push_back([this, text = std::move(text)] { engine_->note_event(text); });
  }
  wake_.notify_one();
}

base::Result<uint64_t, Problem> Registry::list_lost(uint64_t ancestor, const std::string& file) {
  base::NewFile out(file, file + ".tmp", kLostMode);
  uint64_t commands = 0, read = 0;
  out.put(
      fmt::format("# Commands of this site behind block {}, which the other sites do not have.\n"
                  "# time; block; user; address; clTRID; svTRID; command; result\n",
                  ancestor));
  bool whole = true;
  writer_->blocks(ancestor + 1, [&](const BlockRow& block) {
    const auto records = records_of(block);
    whole = records.has_value();
    if (!whole) return false;
    for (const AuditRecord& r : *records) {
      if (r.type != RecordType::kCommand) continue;
      const CommandRecord& c = r.command;
      if (reads(c.verb)) {
        ++read;
        continue;
      }
      ++commands;
      out.put(fmt::format("{}; {}; {}; {}; {}; {}; {} {} {}; {}\n", utc(c.at_ms), block.number, c.user_name, c.address,
                          c.cl_trid, c.sv_trid, c.verb, c.object, c.asked, static_cast<unsigned>(c.code)));
    }
    return true;
  });
  if (!whole || !writer_->ok()) return base::problem(file, "the own audit cannot be read");
  out.put(fmt::format("# {} commands, and {} that only read\n", commands, read));
  if (auto ok = out.place(); !ok) return tl::unexpected(ok.error());
  return commands;
}

Registry::Stored Registry::cut_back(const std::string& copy, uint64_t ancestor, const std::string& lost,
                                    uint32_t epoch) {
  return order([&]() -> Stored {
    if (engine_->active()) return base::problem("", "this site does not follow");
    const uint64_t from = engine_->block();
    uint64_t commands = 0;
    if (from > ancestor) {
      const auto listed = list_lost(ancestor, lost);
      if (!listed) return tl::unexpected(listed.error());
      commands = *listed;
    }
    if (auto ok = engine_->adopt(copy); !ok) return ok;
    own_.copies_adopted.fetch_add(1, std::memory_order_relaxed);
    std::string text = fmt::format("took over the state of epoch {} at block {}", epoch, engine_->block());
    if (from > ancestor)
      text += fmt::format("; cut back from block {} to block {}: {} commands lost, listed in {}", from, ancestor,
                          commands, lost);
    engine_->note_event(std::move(text));
    return {};
  });
}

}  // namespace eir::registry
