// SPDX-License-Identifier: GPL-3.0-or-later
// New versions: full ones and changes, of this node's own lists and of the centre's.
#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "core/store/codec.h"
#include "core/store/writer_impl.h"

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
using files::ListFile;
using lists::Change;
using lists::Entries;
using lists::RangeEntry;
using lists::TermsPool;
using lists::Version;

constexpr unsigned kDigestThreadsMax = 4;

unsigned digest_threads(unsigned wanted) {
  return wanted ? wanted : std::clamp(std::thread::hardware_concurrency(), 1U, kDigestThreadsMax);
}

void say(const files::Progress& progress, std::string_view stage, uint64_t done) {
  if (progress) progress({stage, done, 0, 0});
}

/// "locks: 6, its manifest says 5", of every kind that differs.
std::string other_counts(const lists::KindCounts& found, const lists::KindCounts& said) {
  std::string out;
  for (size_t i = 0; i < lists::KindCounts::kFields; ++i)
    if (const uint64_t is = found.array()[i], named = said.array()[i]; is != named)
      out += fmt::format("{}{}: {}, its manifest says {}", out.empty() ? "" : "; ", lists::KindCounts::names()[i], is,
                         named);
  return out;
}

void state_after(Publication& p, const Sums& sums) {
  p.row.info.counts = sums.counts;
  p.row.digests = sums.digests;
  p.row.info.digest = sums.digests.total();
}

template <class Entry>
std::vector<Entry> both(const std::vector<Entry>& a, const std::vector<Entry>& b) {
  std::vector<Entry> out;
  out.reserve(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(out));
  return out;
}

/// Whether a change must not go on top of what overlays a state has.
bool too_much_for_overlays(const lists::Index& state, const Change& change) {
  return state.overlay_keys() + change.places() > lists::kOverlayKeysMax ||
         locks_pile_up(state, change.before.locks, change.after.locks);
}

/// A state as entries with a change applied: for what is too much for an overlay.
Entries entries_after(const lists::Index& state, Change& change) {
  Entries all = std::move(change.after);
  Entries::for_each(all, [&]<class Entry>(std::vector<Entry>& out) {
    const auto before = [](const Entry& a, const Entry& b) { return a.place() < b.place(); };
    const auto holds = [&](auto from, auto to, const Entry& e) { return std::binary_search(from, to, e, before); };
    const auto come = static_cast<ptrdiff_t>(out.size());
    const auto& gone = change.before.of<Entry>();
    state.for_each<Entry>([&](Entry e, const lists::Terms& terms) {
      if (holds(gone.begin(), gone.end(), e) || holds(out.begin(), out.begin() + come, e)) return;
      e.terms = change.terms.intern(terms);
      out.push_back(e);
    });
    std::sort(out.begin(), out.end(), before);
  });
  return all;
}

}  // namespace

base::Result<uint64_t, Problem> Writer::Impl::next_local_number() {
  int64_t versions = 0;
  if (!db_.number("SELECT coalesce(max(number), 0) FROM versions WHERE epoch=0", versions)) return failed();
  return static_cast<uint64_t>(versions) + 1;
}

base::Result<ImportResult, Problem> Writer::Impl::import(ListFile& list, const ImportRequest& request,
                                                         const files::Progress& progress) {
  if (!plain_source_name(request.source))
    return problem(
        "", fmt::format("source \"{}\": 1 to {} letters, digits, '-', '_', '.'", request.source, kSourceNameMax));
  if (!is_local(request.source) || request.source == kPolicy)
    return problem("", fmt::format("source \"{}\": the name is taken by what the centre sends", request.source));
  if (list.entries.empty() && list.gone.empty())
    return problem(request.origin, "not a single line can be taken, nothing was published");
  if (!list.gone.empty() && !request.merge)
    return problem(request.origin, "it takes entries away, so it can only be applied on top: --merge");
  auto p = begin(request.source);
  if (!p) return tl::unexpected(p.error());
  const auto number = next_local_number();
  if (!number) return tl::unexpected(number.error());
  VersionInfo& v = p->row.info;
  v.version = {0, *number};
  v.origin = request.origin;
  v.published_at = v.stored_at;
  p->cause = "import";
  return request.merge && p->newest ? import_merge(*p, list, request, progress)
                                    : import_full(*p, list, request, progress);
}

base::Result<ImportResult, Problem> Writer::Impl::import_full(Publication& p, ListFile& list,
                                                              const ImportRequest& request,
                                                              const files::Progress& progress) {
  if (list.entries.empty()) return problem(request.origin, "not a single line can be taken, nothing was published");
  const uint64_t all = list.entries.size();
  Sums sums;
  sums.digests = digests_of(list.entries, list.terms, digest_threads(options_.threads), [&](uint64_t done) {
    if (progress) progress({"proving", done, done, all});
  });
  sums.counts = list.entries.counts();
  state_after(p, sums);
  p.row.info.full = true;
  p.row.info.places = list.entries.size();
  say(progress, "indexing", p.row.info.places);
  if (auto written = write_state(p, list.entries, list.terms); !written) return tl::unexpected(written.error());
  list.entries = {};
  if (judge_)
    if (auto opened = open_state(p); !opened) return tl::unexpected(opened.error());
  if (auto decided = decide(p, nullptr); !decided) return tl::unexpected(decided.error());
  say(progress, "publishing", p.row.info.places);
  return publish_local(p);
}

base::Result<ImportResult, Problem> Writer::Impl::import_merge(Publication& p, ListFile& list,
                                                               const ImportRequest& request,
                                                               const files::Progress& progress) {
  auto state = newest_state(p.source);
  if (!state) return tl::unexpected(state.error());
  say(progress, "comparing", list.entries.size());
  // The same place again replaces what stands there.
  for (const auto& c :
       range_conflicts(*state->lists, both(list.entries.ranges, list.gone.ranges), list.entries.ranges)) {
    auto& ranges = list.entries.ranges;
    const auto it = std::lower_bound(ranges.begin(), ranges.end(), c.refused);
    if (it == ranges.end() || !it->same_place(c.refused)) continue;
    files::refuse_range(list, c, "stored already");
    ranges.erase(it);
  }
  files::refuse_locks(list, find_crowds(*state->lists, list.gone.locks, list.entries.locks));
  if (list.entries.empty() && list.gone.empty())
    return problem(request.origin, "not a single line can be taken, nothing was published");
  Change change = make_change(*state->lists, std::move(list.entries), list.gone, std::move(list.terms));
  list.entries = {};
  list.terms = TermsPool();
  const size_t places = change.places();
  if (places == 0) return ImportResult{};
  Sums sums{p.newest->info.counts, p.newest->digests};
  apply_to(sums, change);
  state_after(p, sums);
  p.row.info.places = places;
  if (too_much_for_overlays(*state->lists, change) || places > kChangePlacesMax) {
    p.row.info.full = true;
    say(progress, "indexing", sums.counts.total());
    const Entries all = entries_after(*state->lists, change);
    if (auto written = write_state(p, all, change.terms); !written) return tl::unexpected(written.error());
    if (auto opened = open_state(p); !opened) return tl::unexpected(opened.error());
    if (auto decided = decide(p, nullptr); !decided) return tl::unexpected(decided.error());
    return publish_local(p);
  }
  auto next = state->lists->with(change, p.version());
  if (!next) return tl::unexpected(next.error());
  p.row.info.base = p.source.newest;
  p.record = encode_change(change);
  p.state.lists = *next;
  if (auto decided = decide(p, &change); !decided) return tl::unexpected(decided.error());
  say(progress, "publishing", places);
  return publish_local(p);
}

base::Result<ImportResult, Problem> Writer::Impl::publish_local(Publication& p) {
  Manifest& m = p.manifest;
  VersionInfo& v = p.row.info;
  m.version = v.version;
  m.base = v.base;
  m.counts = v.counts;
  m.digests = p.row.digests;
  m.created_at = v.published_at;
  m.places = v.places;
  if (!p.record.empty()) m.data_sha256 = base::Sha256::of(p.record);
  if (p.newest) m.previous_sha256 = base::hash_from_hex(p.newest->info.manifest_sha256).value_or(base::Hash{});
  m.text = manifest_text(p.source.name, m);
  v.manifest_sha256 = base::hex(m.sha256());
  p.state.manifest_sha256 = v.manifest_sha256;
  if (auto done = commit(p); !done) return tl::unexpected(done.error());
  ImportResult result{true, v, p.source.held_from == v.version, p.judgement};
  result.version.snapshot = p.snapshot.file;
  result.version.snapshot_octets = p.snapshot.octets;
  result.version.in_journal = !p.record.empty();
  if (p.state.lists && fold_due(*p.state.lists)) {
    // What fails here is tried again with the next change; the version stands.
    if (fold(p.source.name)) result.version.snapshot = snapshot_file(p.source.name, v.version);
  }
  return result;
}

bool Writer::Impl::fold_due(const lists::Index& state) const {
  const Version newest = state.version(), snapshot = state.snapshot().info().version;
  const uint64_t versions = newest.number - (newest.epoch == snapshot.epoch ? snapshot.number : 0);
  return state.overlay_keys() > options_.overlay_keys_snapshot || versions > options_.versions_snapshot;
}

base::Result<void, Problem> Writer::Impl::write_state(Publication& p, const WriteSnapshot& write) {
  lists::SnapshotInfo info;
  info.version = p.version();
  info.counts = p.row.info.counts;
  info.digest = p.row.info.digest;
  info.created_at = p.row.info.published_at;
  p.snapshot = {p.version(), snapshot_file(p.source.name, p.version()), 0};
  const auto octets = write(path_in(directory_, p.snapshot.file) + std::string(kTemporarySuffix), info);
  if (!octets) return tl::unexpected(octets.error());
  p.snapshot.octets = *octets;
  at(Step::kSnapshotWritten);
  return put_in_place(directory_, p.snapshot.file, options_.at_step);
}

base::Result<void, Problem> Writer::Impl::write_state(Publication& p, const Entries& entries, const TermsPool& pool) {
  return write_state(p, [&](const std::string& path, const lists::SnapshotInfo& info) {
    return lists::write_snapshot(path, entries, pool, info);
  });
}

base::Result<void, Problem> Writer::Impl::write_state(Publication& p, const lists::Index& state) {
  return write_state(p, [&](const std::string& path, const lists::SnapshotInfo& info) {
    return lists::write_snapshot(path, state, info);
  });
}

base::Result<void, Problem> Writer::Impl::open_state(Publication& p) {
  auto snapshot = lists::Snapshot::open(path_in(directory_, p.snapshot.file));
  if (!snapshot) return tl::unexpected(snapshot.error());
  p.state.lists = std::make_shared<lists::Index>(std::move(*snapshot), p.version());
  return {};
}

base::Result<void, Problem> Writer::Impl::decide(Publication& p, const Change* change) {
  SourceRow& s = p.source;
  const Version before = s.newest;
  const bool was_served = s.served == before;
  if (!p.restores) s.newest = p.version();
  if (s.pinned || s.held_from != Version{} || p.restores) return {};
  if (p.state.lists) {
    auto judged = judge(s, p.state, was_served ? change : nullptr);
    if (!judged) return tl::unexpected(judged.error());
    p.judgement = std::move(*judged);
  }
  if (p.judgement.hold) {
    s.held_from = p.version();
    s.note = p.judgement.why;
    return {};
  }
  s.served = p.version();
  s.served_since = p.row.info.stored_at;
  p.served = true;
  return {};
}

Refused Writer::Impl::refuse_version(std::string_view source, Refusal what, const Manifest& m,
                                     const std::string& detail) {
  Refused refused{what, m.version, detail, now()};
  if (what != Refusal::kRepeat) (void)note_refusal(source, refused);
  return refused;
}

/// Whether a signed version may come now: its place in the chain.
std::optional<Refused> Writer::Impl::wrong_place(const Publication& p, const Manifest& m) const {
  const auto wrong = [&](Refusal what, std::string detail) {
    return std::optional(Refused{what, m.version, std::move(detail), {}});
  };
  const Version newest = p.source.newest;
  const std::string here = fmt::format("the newest stored is {}", newest.str());
  const auto previous = p.newest ? base::hash_from_hex(p.newest->info.manifest_sha256) : std::optional<base::Hash>();
  if (m.version.epoch == 0) return wrong(Refusal::kBadData, "epoch 0 is this node's own");
  if (m.version.epoch < newest.epoch) return wrong(Refusal::kLowerEpoch, here);
  if (m.full() && m.version == newest) {
    const bool same_lists = m.counts == p.newest->info.counts && m.digests == p.newest->digests;
    if (!same_lists) return wrong(Refusal::kForeignParent, "the version stored under this number has other lists");
    if (p.source.repair || m.sha256() != previous) return std::nullopt;
  }
  if (m.version <= newest) return wrong(Refusal::kRepeat, here);
  const bool next = m.version.epoch == newest.epoch && m.version.number == newest.number + 1;
  if (!m.full() && m.base != newest) {
    const bool gap = m.base > newest && m.base.epoch >= newest.epoch;
    return wrong(gap ? Refusal::kGap : Refusal::kWrongBase,
                 fmt::format("it is a change of {}; {}", m.base.str(), here));
  }
  const bool must_follow = !m.full() || (next && !p.source.repair);
  if (previous && must_follow && m.previous_sha256 != *previous)
    return wrong(Refusal::kForeignParent, fmt::format("it follows manifest {}, stored here is {}",
                                                      base::hex(m.previous_sha256), p.newest->info.manifest_sha256));
  return std::nullopt;
}

base::Result<Taken, Refused> Writer::Impl::take_change(std::string_view source, const Manifest& m, Change&& change,
                                                       const std::string& origin) {
  const auto refuse = [&](Refusal what, const std::string& detail) {
    return tl::unexpected(refuse_version(source, what, m, detail));
  };
  auto begun = begin(source);
  if (!begun) return refuse(Refusal::kNotStored, begun.error().message());
  Publication& p = *begun;
  if (const auto wrong = wrong_place(p, m)) return refuse(wrong->what, wrong->detail);
  if (m.full() || m.places != change.places())
    return refuse(Refusal::kBadData,
                  fmt::format("it touches {} places, its manifest says {}", change.places(), m.places));
  if (m.places > lists::kOverlayKeysMax)
    return refuse(Refusal::kBadData, fmt::format("a change touches at most {} places", lists::kOverlayKeysMax));
  if (auto state = newest_state(p.source); state && too_much_for_overlays(*state->lists, change)) (void)fold(source);
  auto state = newest_state(p.source);
  if (!state) return refuse(Refusal::kDamaged, state.error().message());
  for (const Entries* side : {&change.before, &change.after})
    if (const auto wrong = wrong_entries(*side)) return refuse(Refusal::kBadData, *wrong);
  if (const auto wrong = wrong_before(*state->lists, change)) return refuse(Refusal::kBadBefore, *wrong);
  if (const auto wrong = wrong_change(*state->lists, change)) return refuse(Refusal::kBadData, *wrong);
  Sums sums{p.newest->info.counts, p.newest->digests};
  apply_to(sums, change);
  if (sums.counts != m.counts) return refuse(Refusal::kBadCounts, other_counts(sums.counts, m.counts));
  if (sums.digests != m.digests) return refuse(Refusal::kBadDigest, "it is " + sums.digests.total().hex());
  auto next = state->lists->with(change, m.version);
  if (!next) return refuse(Refusal::kNotStored, next.error().message());
  state_after(p, sums);
  p.row.info.base = m.base;
  p.record = encode_change(change);
  p.state.lists = *next;
  return publish_signed(p, m, &change, origin);
}

base::Result<Taken, Refused> Writer::Impl::take_full(std::string_view source, const Manifest& m, Entries&& entries,
                                                     TermsPool&& pool, const std::string& origin) {
  const auto refuse = [&](Refusal what, const std::string& detail) {
    return tl::unexpected(refuse_version(source, what, m, detail));
  };
  auto begun = begin(source);
  if (!begun) return refuse(Refusal::kNotStored, begun.error().message());
  Publication& p = *begun;
  if (const auto wrong = wrong_place(p, m)) return refuse(wrong->what, wrong->detail);
  if (!m.full() || m.places != entries.size())
    return refuse(Refusal::kBadData, fmt::format("it has {} entries, its manifest says {}", entries.size(), m.places));
  if (const auto wrong = wrong_full(entries)) return refuse(Refusal::kBadData, *wrong);
  Sums sums;
  sums.counts = entries.counts();
  if (sums.counts != m.counts) return refuse(Refusal::kBadCounts, other_counts(sums.counts, m.counts));
  sums.digests = digests_of(entries, pool, digest_threads(options_.threads));
  if (sums.digests != m.digests) return refuse(Refusal::kBadDigest, "it is " + sums.digests.total().hex());
  state_after(p, sums);
  p.row.info.version = m.version;
  p.row.info.published_at = m.created_at;
  p.row.info.full = true;
  p.restores = m.version == p.source.newest;
  p.replaces = p.restores && m.sha256() != base::hash_from_hex(p.newest->info.manifest_sha256);
  if (auto written = write_state(p, entries, pool); !written)
    return refuse(Refusal::kNotStored, written.error().message());
  entries = {};
  if (auto opened = open_state(p); !opened) return refuse(Refusal::kNotStored, opened.error().message());
  return publish_signed(p, m, nullptr, origin);
}

base::Result<Taken, Refused> Writer::Impl::publish_signed(Publication& p, const Manifest& m, const Change* change,
                                                          const std::string& origin) {
  VersionInfo& v = p.row.info;
  v.version = m.version;
  v.places = m.places;
  v.published_at = m.created_at;
  v.origin = origin;
  v.manifest_sha256 = base::hex(m.sha256());
  p.state.manifest_sha256 = v.manifest_sha256;
  p.manifest = m;
  p.cause = "feed";
  auto done = decide(p, change);
  p.source.refusal.reset();
  p.source.repair = false;
  if (done) done = commit(p);
  if (!done) return tl::unexpected(refuse_version(v.source, Refusal::kNotStored, m, done.error().message()));
  const Taken taken{p.source.newest, p.source.served, p.source.held_from != Version{}, p.judgement};
  // What fails here is tried again with the next change; the version stands.
  if (fold_due(*p.state.lists)) (void)fold(v.source);
  return taken;
}

}  // namespace eir::store
