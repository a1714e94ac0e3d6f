// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/stream_follower.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "registry/sqlite_store.h"
#include "registry/stream_source.h"

namespace eir::registry {

using base::Problem;

namespace {

constexpr std::chrono::seconds kAnswerTime(10);
constexpr std::chrono::minutes kCopyTime(10);
constexpr std::string_view kIncoming = "incoming";

}  // namespace

base::Result<Answer, Problem> StreamFollower::ask(StreamLink& link, Ask ask, std::chrono::milliseconds most) const {
  ask.site = state_of(registry_, name_);
  counters_.asked.fetch_add(1, std::memory_order_relaxed);
  auto octets = link.exchange(encode(ask), most);
  if (!octets) return tl::unexpected(octets.error());
  auto answer = decode_answer(*octets);
  if (!answer) return base::problem("", "what came is no answer of a site");
  if (answer->what == Reply::kRefused) return base::problem(answer->site.name, std::move(answer->data));
  return std::move(*answer);
}

base::Result<SiteState, Problem> StreamFollower::state(StreamLink& link) const {
  auto answer = ask(link, {}, kAnswerTime);
  if (!answer) return tl::unexpected(answer.error());
  return std::move(answer->site);
}

base::Result<StreamFollower::Step, Problem> StreamFollower::step(StreamLink& link, std::chrono::milliseconds wait) {
  const Registry::Status own = registry_.status();
  if (own.active) return base::problem("", "this site is the active one");
  Ask next;
  next.what = Question::kRecords;
  next.block = own.block;
  next.hash = own.audit_head;
  next.wait = wait;
  auto answer = ask(link, std::move(next), wait + kAnswerTime);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->site.epoch < own.epoch) {
    counters_.lower_epochs.fetch_add(1, std::memory_order_relaxed);
    return base::problem(answer->site.name,
                         fmt::format("is of epoch {}, and this site of epoch {}", answer->site.epoch, own.epoch));
  }
  switch (answer->what) {
    case Reply::kRecords: {
      if (answer->records.empty()) return Step::kNothing;
      if (auto ok = registry_.apply(std::move(answer->records)); !ok) return tl::unexpected(ok.error());
      return Step::kApplied;
    }
    case Reply::kDiverged:
      counters_.divergences.fetch_add(1, std::memory_order_relaxed);
      // A chain is given up for a later epoch alone: within one, what is here may be all that is left of it.
      if (!answer->site.active || (answer->site.epoch <= own.epoch && own.block > 0))
        return base::problem(answer->site.name,
                             fmt::format("has another chain than this site, in epoch {}: promote the site whose chain "
                                         "is to stand",
                                         answer->site.epoch));
      return cut_back(link, *answer);
    case Reply::kGone: return cut_back(link, *answer);
    default: return base::problem(answer->site.name, "answered another question");
  }
}

base::Result<uint64_t, Problem> StreamFollower::ancestor(StreamLink& link) {
  uint64_t both = 0, over = registry_.status().block + 1;
  // What lies before a block that both have, both have: hashes name the block before.
  while (both + 1 < over) {
    const uint64_t middle = both + (over - both) / 2;
    auto store = registry_.reader();
    const auto own = store ? store->block(middle) : std::nullopt;
    if (!own) return base::problem("", fmt::format("block {} cannot be read", middle));
    Ask question;
    question.what = Question::kHash;
    question.block = middle;
    const auto answer = ask(link, std::move(question), kAnswerTime);
    if (!answer) return tl::unexpected(answer.error());
    const bool same = answer->what == Reply::kHash && answer->found && answer->hash == own->hash;
    (same ? both : over) = middle;
  }
  return both;
}

base::Result<void, Problem> StreamFollower::fetch(StreamLink& link, const std::string& file) {
  Ask question;
  question.what = Question::kCopy;
  const auto copy = ask(link, std::move(question), kCopyTime);
  if (!copy) return tl::unexpected(copy.error());
  if (copy->what != Reply::kCopy) return base::problem(copy->site.name, "gave no copy");
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  for (uint64_t got = 0; got < copy->octets;) {
    Ask piece;
    piece.what = Question::kPiece;
    piece.block = copy->copy;
    piece.offset = got;
    const auto answer = ask(link, std::move(piece), kAnswerTime);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->what != Reply::kPiece || answer->data.empty())
      return base::problem(copy->site.name, "the copy ends early");
    out.write(answer->data.data(), static_cast<std::streamsize>(answer->data.size()));
    if (!out) return base::problem(file, "cannot be written");
    got += answer->data.size();
    counters_.octets_fetched.fetch_add(answer->data.size(), std::memory_order_relaxed);
  }
  out.close();
  if (!out) return base::problem(file, "cannot be written");
  counters_.copies_fetched.fetch_add(1, std::memory_order_relaxed);
  return {};
}

base::Result<void, Problem> StreamFollower::check(const std::string& directory, uint64_t ancestor) {
  SqliteStore store(SqliteOptions{directory});
  auto copy = store.reader();
  if (!copy) return tl::unexpected(copy.error());
  auto own = registry_.reader();
  if (!own) return base::problem("", "the store cannot be read");
  const auto newest = (*copy)->newest_block();
  if (!newest) return base::problem(directory, "the copy is empty");
  if (ancestor == 0) return {};
  const auto theirs = (*copy)->block(ancestor), ours = own->block(ancestor);
  if (!theirs || !ours || theirs->hash != ours->hash)
    return base::problem(directory, fmt::format("the copy does not hold our block {}", ancestor));
  return {};
}

base::Result<StreamFollower::Step, Problem> StreamFollower::cut_back(StreamLink& link, const Answer& answer) {
  const uint32_t epoch = registry_.status().epoch;
  const auto common =
      answer.what == Reply::kGone ? base::Result<uint64_t, Problem>(registry_.status().block) : ancestor(link);
  if (!common) return tl::unexpected(common.error());
  const std::string directory = fmt::format("{}/{}", directory_, kIncoming);
  std::error_code error;
  std::filesystem::remove_all(directory, error);
  std::filesystem::create_directories(directory, error);
  const std::string file = fmt::format("{}/{}", directory, kRegistryFile);
  auto done = fetch(link, file);
  if (done) done = check(directory, *common);
  if (done)
    done = registry_.cut_back(file, *common, fmt::format("{}/lost-{}-{}.txt", directory_, epoch, *common),
                              answer.site.epoch);
  std::filesystem::remove_all(directory, error);
  if (!done) return tl::unexpected(done.error());
  return Step::kCutBack;
}

}  // namespace eir::registry
