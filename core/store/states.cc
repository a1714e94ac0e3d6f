// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/states.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/store/codec.h"
#include "core/store/directory.h"

namespace eir::store {

using lists::Change;
using lists::Version;

lists::Change inverse(lists::Change change) {
  std::swap(change.before, change.after);
  return change;
}

Version joined_version(const ServedStates& served) {
  Version version;
  uint64_t local = 0;
  for (const auto& [name, state] : served) {
    if (!state.lists) continue;
    if (is_local(name)) {
      local = std::max(local, state.version().number);
    } else if (name == kCentre || version == Version{}) {
      version = state.version();
    }
  }
  // The urgent chain names what is served only where nothing else is.
  const auto centre = served.find(kCentre);
  const bool without_centre = centre == served.end() || !centre->second.lists;
  if (without_centre && local > 0) return {0, local};
  version.local = local;
  return version;
}

std::shared_ptr<const lists::View> joined(const ServedStates& served) {
  std::vector<std::shared_ptr<const lists::Index>> all;
  for (const auto& [name, state] : served)
    if (state.lists) all.push_back(state.lists);
  if (all.empty()) return nullptr;
  if (all.size() == 1) return all.front();
  return std::make_shared<lists::Joined>(std::move(all), joined_version(served));
}

void States::problem(const std::string& source, Version version, const std::string& why) {
  problems_.push_back(
      {fmt::format("{}: version {} of {}", path_in(directory_, kDatabaseFile), version.str(), source), why});
}

std::optional<Change> States::change(const std::string& source, Version version) {
  Statement s(db_, "SELECT sha256, data FROM journal WHERE source=? AND epoch=? AND number=?");
  s.bind(std::string_view(source)).bind(int64_t{version.epoch}).bind(static_cast<int64_t>(version.number));
  if (!s.step()) {
    problem(source, version, s.ok() ? "its journal record is missing" : db_.problem().text);
    return std::nullopt;
  }
  const auto sha = s.blob(0), data = s.blob(1);
  const base::Hash hash = base::Sha256::of(data);
  if (std::equal(sha.begin(), sha.end(), hash.begin(), hash.end()))
    if (auto change = decode_change(data)) return change;
  problem(source, version, "its journal record is damaged");
  return std::nullopt;
}

Loaded States::open(const std::string& source, const SnapshotRow& row) {
  const std::string path = path_in(directory_, row.file);
  const auto version = read_version(db_, source, row.version);
  if (!version || !*version) {
    problem(source, row.version, version ? "its row is missing" : db_.problem().text);
    return {};
  }
  auto snapshot = lists::Snapshot::open(path);
  if (!snapshot) {
    struct stat st {};
    vanished_ = vanished_ || ::stat(path.c_str(), &st) != 0;
    problems_.push_back(snapshot.error());
    return {};
  }
  const lists::SnapshotInfo& info = (*snapshot)->info();
  const VersionInfo& v = (*version)->info;
  if (info.version != v.version || info.digest != v.digest || info.counts != v.counts) {
    problems_.push_back({path, "it is not the version that replica.db names"});
    return {};
  }
  return {std::make_shared<lists::Index>(*snapshot, v.version), v.manifest_sha256, v.digest, v.published_at};
}

bool States::apply(Loaded& state, const std::string& source, const Change& change, const VersionRow& to) {
  auto next = state.lists->with(change, to.info.version);
  if (!next) {
    overlay_full_ += state.lists->overlay_keys() + change.places() > lists::kOverlayKeysMax;
    problem(source, to.info.version, next.error().text);
    return false;
  }
  if ((*next)->counts() != to.info.counts) {
    problem(source, to.info.version, "its counts cannot be proven");
    return false;
  }
  state = {*next, to.info.manifest_sha256, to.info.digest, to.info.published_at};
  return true;
}

/// As far as the journal leads.
Loaded States::forward(const std::string& source, Loaded from, Version to) {
  std::vector<VersionRow> versions;
  const bool whole = read_versions(db_, source, from.version(), to, versions);
  for (const VersionRow& row : versions) {
    if (row.info.full || row.info.base != from.version()) {
      problem(source, row.info.version,
              row.info.full ? "it is whole only in its own snapshot" : "the versions before it are missing");
      return from;
    }
    const auto record = change(source, row.info.version);
    if (!record || !apply(from, source, *record, row)) return from;
  }
  if (!whole) {
    problem(source, to, db_.problem().text);
  } else if (from.version() != to) {
    problem(source, to, "its row is missing");
  }
  return from;
}

/// All the way, or nothing.
Loaded States::back(const std::string& source, Loaded from, Version to) {
  std::vector<VersionRow> versions;
  const auto target = read_version(db_, source, to);
  if (!read_versions(db_, source, to, from.version(), versions) || !target || !*target) return {};
  for (auto row = versions.rbegin(); row != versions.rend(); ++row) {
    if (row->info.full) {
      problem(source, row->info.version, "it is a full version: no journal leads back from it");
      return {};
    }
    const bool last = row + 1 == versions.rend();
    const VersionRow& before = last ? **target : *(row + 1);
    if (row->info.base != before.info.version) return {};
    auto record = change(source, row->info.version);
    if (!record || !apply(from, source, inverse(std::move(*record)), before)) return {};
  }
  return from;
}

Loaded States::reach(const std::string& source, Version to, const Loaded& have) {
  if (to == Version{}) return {};
  const auto target = read_version(db_, source, to);
  const auto snapshots = read_snapshots(db_, source);
  if (!target || !snapshots) {
    problem(source, to, db_.problem().text);
    return {};
  }
  const auto row = have.lists && have.version() <= to ? read_version(db_, source, have.version()) : std::nullopt;
  const bool usable = row && *row && (*row)->info.manifest_sha256 == have.manifest_sha256;
  const Version below = usable ? have.lists->snapshot().info().version : Version{};
  const auto at_or_before =
      std::find_if(snapshots->begin(), snapshots->end(), [&](const SnapshotRow& s) { return s.version <= to; });
  // A snapshot newer than the one in memory comes first: what was laid over that one is given back.
  auto next = at_or_before;
  Loaded best;
  std::optional<PassedOver> passed_over;
  if (usable && have.passed_over && next != snapshots->end() && next->version == have.passed_over->version) {
    passed_over = have.passed_over;
    problems_.push_back(passed_over->why);
    next = snapshots->end();
  }
  for (; next != snapshots->end() && next->version > below && !best.lists; ++next) {
    const Loaded opened = open(source, *next);
    if (opened.lists) best = forward(source, opened, to);
    if (!opened.lists && next == at_or_before) passed_over = {next->version, problems_.back()};
  }
  if (usable && best.version() < have.version()) best = forward(source, have, to);
  if (best.version() == to) {
    best.passed_over = std::move(passed_over);
    return best;
  }
  for (auto after = at_or_before; after != snapshots->begin();) {
    const Loaded opened = open(source, *--after);
    if (!opened.lists) continue;
    if (Loaded reached = back(source, opened, to); reached.lists) return reached;
    break;
  }
  return best;
}

}  // namespace eir::store
