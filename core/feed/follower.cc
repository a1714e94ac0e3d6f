// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/follower.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/feed/data.h"
#include "core/feed/manifest.h"

namespace eir::feed {
namespace {

using base::Problem;
using lists::Version;
using store::Manifest;
using store::Refusal;
using store::Refused;

Refused refused(Refusal what, Version version, std::string detail) { return {what, version, std::move(detail), {}}; }

/// How much of the urgent chain's bound a version takes: its places, or what a full version holds more than before.
uint64_t urgent_places(const Manifest& m, uint64_t total_before) {
  if (!m.full()) return m.places;
  return m.counts.total() > total_before ? m.counts.total() - total_before : 0;
}

/// Black entries of single IMEIs, for ever or until they go, are all that may pass a hold.
bool urgent_enough(const lists::Entries& after, const lists::TermsPool& terms) {
  if (after.size() != after.imeis.size()) return false;
  return std::all_of(after.imeis.begin(), after.imeis.end(), [&](const lists::ImeiEntry& e) {
    return e.lists().bits() == lists::ListSet::kBlack && terms.of(e.terms).next.empty();
  });
}

}  // namespace

/// How much the urgent chain took within its window, before a restart.
base::Result<void, Problem> Follower::recall(store::Writer& writer) {
  uint64_t total = 0;
  Version after;
  while (!recalled_) {
    const auto chain = writer.manifests(kUrgent, after, kManifestsLookedAt);
    if (!chain) return tl::unexpected(chain.error());
    for (const Manifest& m : *chain) {
      if (m.created_at >= now() - kUrgentWindow) urgent_.push_back({m.created_at, urgent_places(m, total)});
      total = m.counts.total();
      after = m.version;
    }
    recalled_ = chain->size() < kManifestsLookedAt;
  }
  return {};
}

base::Result<StepReport, Problem> Follower::step(store::Writer& writer) {
  counters_.steps.add();
  StepReport report;
  if (auto ok = recall(writer); !ok) return tl::unexpected(ok.error());
  for (Chain& chain : chains_)
    if (auto ok = follow(writer, chain, report); !ok) return tl::unexpected(ok.error());
  return report;
}

base::Result<Follower::Turn, Problem> Follower::begin(store::Writer& writer, Chain& chain, StepReport& report) {
  auto newest = writer.newest_manifest(chain.source);
  if (!newest) return tl::unexpected(newest.error());
  const auto status = writer.status();
  if (!status) return tl::unexpected(status.error());
  Turn turn{writer, chain, std::move(*newest), false, false, report};
  for (const store::SourceInfo& s : status->sources)
    if (s.name == chain.source) {
      turn.repair = s.repair;
      turn.refusal = s.refusal.has_value();
    }
  return turn;
}

base::Result<void, Problem> Follower::follow(store::Writer& writer, Chain& chain, StepReport& report) {
  const auto offered = parts_.feed.offered(chain.source);
  if (!offered) return tl::unexpected(offered.error());
  std::span<const Version> ahead(*offered);
  for (unsigned n = 0; n < kVersionsPerStep; ++n) {
    auto turn = begin(writer, chain, report);
    if (!turn) return tl::unexpected(turn.error());
    if (n == 0)
      if (auto ok = look_back(*turn, *offered); !ok) return ok;
    const Version newest = turn->newest ? turn->newest->version : Version{};
    const auto first = parts_.feed.renews() ? std::lower_bound(ahead.begin(), ahead.end(), newest)
                                            : std::upper_bound(ahead.begin(), ahead.end(), newest);
    ahead = ahead.subspan(static_cast<size_t>(first - ahead.begin()));
    const auto version = next(*turn, ahead);
    if (!version) return tl::unexpected(version.error());
    if (!*version) return {};
    const auto took = take(*turn, **version);
    if (!took) return tl::unexpected(took.error());
    if (!*took) return {};
  }
  report.more = true;
  return {};
}

/// Looks at what is offered behind the newest version: a repeat is harmless; what was made later than the newest is
/// another history.
base::Result<void, Problem> Follower::look_back(Turn& turn, const std::vector<Version>& offered) {
  if (!turn.newest) return {};
  Chain& chain = turn.chain;
  std::erase_if(chain.seen, [&](Version v) { return !std::binary_search(offered.begin(), offered.end(), v); });
  const auto end = std::upper_bound(offered.begin(), offered.end(), turn.newest->version);
  const auto begin = end - std::min<std::ptrdiff_t>(end - offered.begin(), kManifestsLookedAt);
  for (auto v = begin; v != end; ++v) {
    if (parts_.feed.renews() && *v == turn.newest->version) continue;
    if (!chain.seen.insert(*v).second) continue;
    const auto came = parts_.feed.manifest(chain.source, *v);
    if (!came) continue;  // it went while we looked
    const auto m = read_manifest(chain.source, *came);
    const bool known = m && m->text == turn.newest->text;
    if (!known && m && parts_.key.verify(came->text, came->signature) &&
        (m->created_at > turn.newest->created_at || m->version == turn.newest->version)) {
      const bool lower = m->version.epoch < turn.newest->version.epoch;
      auto ok = refuse(turn, refused(lower ? Refusal::kLowerEpoch : Refusal::kForeignParent, *v,
                                     fmt::format("not the {} that is the newest here, nor made before it",
                                                 turn.newest->version.str())));
      if (!ok) return tl::unexpected(ok.error());
    } else {
      counters_.repeats.add();
    }
  }
  return {};
}

/// Which version to take next: the newest full one where one is needed, else the one after the newest.
base::Result<std::optional<Version>, Problem> Follower::next(Turn& turn, std::span<const Version> ahead) {
  std::optional<Version> choice;
  if (ahead.empty()) return choice;
  Chain& chain = turn.chain;
  if (parts_.feed.renews()) return std::optional(ahead.back());
  choice = ahead.front();
  if (turn.repair || !turn.newest) {
    const auto looked_at = ahead.last(std::min(ahead.size(), kManifestsLookedAt));
    std::erase_if(chain.not_full, [&](Version v) { return v < looked_at.front(); });
    for (auto v = looked_at.rbegin(); v != looked_at.rend(); ++v) {
      if (chain.not_full.contains(*v) || *v == chain.refused) continue;
      const auto came = parts_.feed.manifest(chain.source, *v);
      const auto m = came ? read_manifest(chain.source, *came) : tl::unexpected(came.error());
      if (!m || !parts_.key.verify(came->text, came->signature)) continue;
      if (m->full()) {
        choice = *v;
        break;
      }
      chain.not_full.insert(*v);
    }
  }
  if (*choice == chain.refused && parts_.clock.monotonic() < chain.retry_at) choice.reset();
  return choice;
}

base::Result<bool, Problem> Follower::take(Turn& turn, Version version) {
  const auto came = parts_.feed.manifest(turn.chain.source, version);
  if (!came) return tl::unexpected(came.error());
  if (!parts_.key.verify(came->text, came->signature))
    return refuse(turn, refused(Refusal::kBadSignature, version, fmt::format("as {} offers it", parts_.feed.name())));
  const auto manifest = read_manifest(turn.chain.source, *came);
  if (!manifest) return refuse(turn, refused(Refusal::kBadData, version, manifest.error().text));
  if (manifest->version != version)
    return refuse(
        turn, refused(Refusal::kBadData, version, fmt::format("its manifest is that of {}", manifest->version.str())));
  // Looked at before the data is fetched; the writer looks at it again.
  if (const auto bad = against_chain(turn, *manifest)) return refuse(turn, *bad);
  if (const auto bad = against_urgency(turn, *manifest)) return refuse(turn, *bad);
  return hand_over(turn, *manifest);
}

std::optional<Refused> Follower::against_chain(const Turn& turn, const Manifest& m) const {
  if (m.full()) return std::nullopt;
  if (!turn.newest) return refused(Refusal::kGap, m.version, "there is no full version to begin from");
  const Manifest& newest = *turn.newest;
  const std::string here = newest.version.str();
  // One change may lead over several versions.
  if (m.base != newest.version)
    return refused(m.base > newest.version && m.base < m.version ? Refusal::kGap : Refusal::kWrongBase, m.version,
                   fmt::format("it applies to {}, the newest here is {}", m.base.str(), here));
  if (m.previous_sha256 != newest.sha256())
    return refused(Refusal::kForeignParent, m.version, fmt::format("the {} before it is not the one here", here));
  return std::nullopt;
}

std::optional<Refused> Follower::against_urgency(const Turn& turn, const Manifest& m) const {
  if (turn.chain.source != kUrgent) return std::nullopt;
  uint64_t places = urgent_places(m, turn.newest ? turn.newest->counts.total() : 0);
  for (const Urgent& u : urgent_)
    if (u.at >= now() - kUrgentWindow) places += u.places;
  if (places <= kUrgentPlacesMax) return std::nullopt;
  return refused(Refusal::kBadData, m.version,
                 fmt::format("{} urgent entries within 24 hours, at most {} may pass", places, kUrgentPlacesMax));
}

base::Result<bool, Problem> Follower::hand_over(Turn& turn, const Manifest& m) {
  const std::string& source = turn.chain.source;
  DataReader reader(m.full() ? DataForm::kFull : DataForm::kChange, m.places);
  base::Sha256 sha;
  const auto fetched = parts_.feed.data(source, m.version, [&](std::span<const uint8_t> octets) {
    sha.update(octets);
    return reader.take(octets);
  });
  if (!fetched) return refuse(turn, refused(Refusal::kBadData, m.version, fetched.error().message()));
  if (!reader.finish()) return refuse(turn, refused(Refusal::kBadData, m.version, reader.why()));
  if (sha.finish() != m.data_sha256)
    return refuse(turn, refused(Refusal::kBadData, m.version, "its SHA-256 is not the one of the manifest"));
  lists::Change& change = reader.change();
  const uint64_t places = urgent_places(m, turn.newest ? turn.newest->counts.total() : 0);
  if (source == kUrgent && !urgent_enough(change.after, change.terms))
    return refuse(turn,
                  refused(Refusal::kBadData, m.version, "urgent entries are black, of single IMEIs, nothing else"));
  const std::string origin = parts_.feed.name();
  auto taken = m.full() ? turn.writer.take_full(source, m, std::move(change.after), std::move(change.terms), origin)
                        : turn.writer.take_change(source, m, std::move(change), origin);
  if (!taken && taken.error().what == Refusal::kRepeat) {
    counters_.repeats.add();
    return false;
  }
  if (!taken) return refuse(turn, taken.error(), true);
  counters_.taken.add();
  if (taken->held) counters_.held.add();
  if (source == kUrgent) {
    std::erase_if(urgent_, [&](const Urgent& u) { return u.at < now() - kUrgentWindow; });
    urgent_.push_back({m.created_at, places});
  }
  turn.report.taken.push_back({source, *taken});
  if (auto ok = healed(turn); !ok) return tl::unexpected(ok.error());
  return true;
}

/// Says it where every reader looks, and asks for what mends it.
base::Result<bool, Problem> Follower::refuse(Turn& turn, const Refused& what, bool noted) {
  Chain& chain = turn.chain;
  counters_.refused.add();
  chain.refused = what.version;
  chain.retry_at = parts_.clock.monotonic() + kRetryAfter;
  turn.report.refused.push_back({chain.source, what});
  if (!noted)
    if (auto ok = turn.writer.note_refusal(chain.source, what); !ok) return tl::unexpected(ok.error());
  if (!store::wants_repair(what.what)) return false;
  const RepairRequest request{turn.newest ? turn.newest->version : Version{}, std::string(store::name(what.what))};
  if (auto ok = parts_.feed.ask_repair(chain.source, request); !ok) return tl::unexpected(ok.error());
  counters_.repairs_asked.add();
  return false;
}

/// A version was taken: whatever was wrong before is over.
base::Result<void, Problem> Follower::healed(Turn& turn) {
  Chain& chain = turn.chain;
  chain.refused = {};
  chain.not_full.clear();
  if (!turn.repair && !turn.refusal) return {};
  if (auto ok = turn.writer.clear_refusal(chain.source); !ok) return ok;
  return parts_.feed.repaired(chain.source);
}

}  // namespace eir::feed
