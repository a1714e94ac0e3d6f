// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/feed/data.h"
#include "core/feed/feed.h"
#include "core/feed/manifest.h"
#include "core/store/codec.h"
#include "registry/octets.h"

namespace eir::registry {
namespace {

using lists::Version;

/// About what an entry takes in a full version, to choose by before one is made.
constexpr uint64_t kEntryOctets = 20;
/// A change up to this is never worth a file.
constexpr uint64_t kSmall = 65'536;

std::optional<store::Manifest> manifest_of(const VersionRow& row) {
  auto m = feed::read_manifest(feed::kCentre,
                               {row.manifest, std::vector<uint8_t>(row.signature.begin(), row.signature.end())});
  return m ? std::optional(std::move(*m)) : std::nullopt;
}

}  // namespace

bool read_state(StoreReader& store, lists::Entries& entries, lists::TermsPool& terms) {
  std::unordered_map<uint32_t, lists::TermsId> known;
  const auto id = [&](uint32_t word) -> lists::TermsId {
    if (word == 0) return 0;
    const auto it = known.find(word);
    if (it != known.end()) return it->second;
    const std::string body = store.word(Dictionary::kTerms, word).value_or("");
    return known.emplace(word, terms.intern(unpack_terms(body))).first->second;
  };
  store.imeis(0, [&](const ImeiRow& row) {
    if (!row.lists.empty())
      entries.imeis.push_back({row.place << lists::ImeiEntry::kSvnShift | row.lists.bits(), id(row.terms), 0});
    return true;
  });
  bool good = true;
  for (unsigned kind = 2; kind <= lists::kEntryKinds; ++kind)
    store.entries(static_cast<lists::EntryKind>(kind), {}, [&](const EntryRow& row) {
      good = append(row, id(row.terms), entries);
      return good;
    });
  return good && store.ok();
}

Outcome Publisher::answer(const Request& rq, Version have, const std::optional<base::Hash>& holding, Version wanted,
                          std::optional<VersionAnswer>& out) {
  if (reach(rq.role, Object::kVersion, Verb::kInfo) != Reach::kAll)
    return refuse(Code::kAuthorization, Why::kNotAllowed);
  auto reader = registry_.reader();
  if (!reader) return refuse(Code::kFailed, Why::kStore);
  const auto stored = reader->newest_version();
  if (!stored) return refuse(Code::kNoObject, Why::kUnlisted);
  // A node shall hold nothing that only this site has.
  const Version shown = registry_.status().shown;
  const auto newest = shown < stored->version ? reader->version(shown) : stored;
  if (!newest) return refuse(Code::kFailed, Why::kStandby);
  // An epoch that nobody here began: the node followed another site.
  if (have.epoch > stored->version.epoch) return refuse(Code::kPolicyOfValue, Why::kEpoch);
  if (have >= newest->version && have <= stored->version && (!holding || reader->issued(have, *holding))) return {};
  // The node followed a site that is ahead of this one.
  if (have > newest->version) return {};
  const Version to = wanted == Version{} ? newest->version : std::min(wanted, newest->version);
  if (have != Version{} && have < to) out = change(*reader, have, holding, to);
  // To a node whose chain is broken the version it holds is of no use when there is a newer one.
  Version least = have == Version{} ? wanted : have;
  if (least < newest->version) ++least.number;
  if (!out) out = full(holding, least);
  if (!out) return refuse(Code::kFailed, Why::kStore);
  return record(rq, have, out);
}

Outcome Publisher::change_for(const Request& rq, Version have, const base::Hash& holding, Version wanted,
                              std::optional<VersionAnswer>& out) {
  if (reach(rq.role, Object::kVersion, Verb::kInfo) != Reach::kAll)
    return refuse(Code::kAuthorization, Why::kNotAllowed);
  auto reader = registry_.reader();
  if (!reader) return refuse(Code::kFailed, Why::kStore);
  if (have != Version{} && have < wanted) out = change(*reader, have, holding, wanted);
  return out ? record(rq, have, out) : Outcome{};
}

/// Puts on record what is given. It must be known before the node comes back with it.
Outcome Publisher::record(const Request& rq, Version have, std::optional<VersionAnswer>& out) {
  Read read{Object::kVersion, Verb::kInfo,
            fmt::format("{}.{} to {}.{} {}", have.epoch, have.number, out->manifest.version.epoch,
                        out->manifest.version.number, out->manifest.full() ? "full" : "change"),
            Code::kDone, std::nullopt};
  read.issued.emplace(out->manifest.version, out->manifest.sha256());
  const Outcome noted = registry_.execute(rq, std::move(read));
  if (!noted.ok()) out.reset();
  return noted;
}

std::optional<VersionAnswer> Publisher::change(StoreReader& store, Version have,
                                               const std::optional<base::Hash>& holding, Version to) {
  if (have.epoch != to.epoch || (holding && !store.issued(have, *holding))) return std::nullopt;
  std::vector<lists::Change> changes;
  std::optional<VersionRow> last;
  uint64_t places = 0, next = have.number;
  bool good = true;
  store.versions(have, to, [&](const VersionRow& row) {
    auto one = row.version.number == ++next ? store::decode_change(base::as_octets(row.data)) : std::nullopt;
    places += row.places;
    good = one && places <= kMergedPlacesMax;
    if (!good) return false;
    changes.push_back(std::move(*one));
    last = row;
    return true;
  });
  if (!good || !last || last->version != to) return std::nullopt;
  auto manifest = manifest_of(*last);
  if (!manifest) return std::nullopt;
  VersionAnswer out;
  if (changes.size() == 1 && (!holding || *holding == manifest->previous_sha256)) {
    out.data = std::move(last->data);
    out.manifest = std::move(*manifest);
  } else {
    const auto before = store.version(have);
    if (!holding && !before) return std::nullopt;
    std::vector<const lists::Change*> parts;
    for (const lists::Change& one : changes) parts.push_back(&one);
    const lists::Change merged = fold(parts);
    const auto data = store::encode_change(merged);
    out.data = as_text(data);
    out.manifest = std::move(*manifest);
    out.manifest.base = have;
    out.manifest.places = merged.places();
    out.manifest.data_sha256 = base::Sha256::of(data);
    out.manifest.previous_sha256 = holding ? *holding : base::Sha256::of(before->manifest);
    feed::seal(out.manifest, feed::kCentre, registry_.key());
  }
  out.octets = out.data.size();
  if (out.octets > kSmall && out.octets > kEntryOctets * out.manifest.counts.total()) return std::nullopt;
  return out;
}

bool Publisher::write_full(StoreReader& store, store::Manifest& m, std::string& path) {
  lists::Entries entries;
  lists::TermsPool terms;
  if (!read_state(store, entries, terms)) return false;
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  path = fmt::format("{}/full-{}.{}", directory_, m.version.epoch, m.version.number);
  base::NewFile file(path, path + ".tmp");
  base::Sha256 sha;
  const bool good = feed::write_full(entries, terms, [&](std::span<const uint8_t> data) {
    sha.update(data);
    return file.put(data);
  });
  if (!good || !file.place()) return false;
  m.base = {};
  m.places = entries.size();
  m.data_sha256 = sha.finish();
  return entries.size() == m.counts.total();
}

std::optional<VersionAnswer> Publisher::full(const std::optional<base::Hash>& holding, Version at_least) {
  std::lock_guard lock(full_mutex_);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  if (!newest_full_ || now - newest_full_->manifest.created_at > kFullGoodFor ||
      newest_full_->manifest.version < at_least ||
      newest_full_->manifest.version.epoch != registry_.status().version.epoch) {
    auto [reader, manifest] = registry_.reader_at_version();
    if (!reader) return std::nullopt;
    VersionAnswer made;
    const bool good = write_full(*reader, manifest, made.file);
    reader->release();
    if (!good) return std::nullopt;
    std::error_code error;
    made.octets = std::filesystem::file_size(made.file, error);
    made.manifest = std::move(manifest);
    newest_full_ = std::move(made);
    tidy();
  }
  VersionAnswer out = *newest_full_;
  if (holding) out.manifest.previous_sha256 = *holding;
  feed::seal(out.manifest, feed::kCentre, registry_.key());
  return out;
}

void Publisher::tidy() const {
  std::vector<std::filesystem::directory_entry> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error))
    if (entry.path().filename().string().starts_with("full-")) files.push_back(entry);
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) {
    std::error_code ignored;
    return a.last_write_time(ignored) > b.last_write_time(ignored);
  });
  for (size_t i = kFullKept; i < files.size(); ++i) std::filesystem::remove(files[i], error);
}

}  // namespace eir::registry
