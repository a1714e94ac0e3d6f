// SPDX-License-Identifier: GPL-3.0-or-later
// Versions: what was committed since the last one, made into the next.
#include <fmt/format.h>

#include <cstdlib>

#include "core/feed/feed.h"
#include "core/feed/manifest.h"
#include "core/store/codec.h"
#include "registry/engine.h"
#include "registry/octets.h"

namespace eir::registry {

using lists::Version;

base::Result<void, base::Problem> Engine::load_versions(bool to_promote) {
  parts_.clear();
  for (const std::string& part : store_.parts()) {
    auto change = store::decode_change(base::as_octets(part));
    if (!change) return base::problem("", "a change that no version has yet is damaged");
    parts_.push_back(std::move(*change));
  }
  parts_behind_ = parts_.size();
  if (!active_ && !to_promote) parts_.clear();
  new_epoch_ = store_.setting("site.new-epoch").value_or("0") == "1";
  manifest_ = {};
  epoch_ = 0;
  version_block_ = block_;
  if (const auto row = store_.newest_version())
    if (auto ok = take_manifest(*row); !ok) return ok;
  const std::string epoch = store_.setting("epoch").value_or("0");
  epoch_ = std::max(epoch_, static_cast<uint32_t>(std::strtoul(epoch.c_str(), nullptr, 10)));
  return {};
}

base::Result<void, base::Problem> Engine::take_manifest(const VersionRow& row) {
  auto manifest = feed::read_manifest(feed::kCentre,
                                      {row.manifest, std::vector<uint8_t>(row.signature.begin(), row.signature.end())});
  if (!manifest) return tl::unexpected(manifest.error());
  manifest_ = std::move(*manifest);
  epoch_ = std::max(epoch_, manifest_.version.epoch);
  return {};
}

bool Engine::due() const {
  if (!active_ || !may_issue_) return false;
  if (manifest_.version == Version{} || new_epoch_) return true;
  return !parts_.empty() && clock_.monotonic() - issued_at_ >= options_.version_interval;
}

void Engine::issue() {
  std::vector<const lists::Change*> parts;
  for (const lists::Change& part : parts_) parts.push_back(&part);
  const lists::Change change = parts.size() == 1 ? std::move(parts_.front()) : fold(parts);
  const bool first = manifest_.version == Version{};
  const bool begin_epoch = first || new_epoch_;
  if (change.places() == 0 && !begin_epoch) {
    parts_.clear();
    store_.remove_parts();
    audit_.add_event("changes undid each other: they make no version");
    return;
  }
  store::Manifest m = manifest_;
  m.version = begin_epoch ? Version{std::max(epoch_, manifest_.version.epoch + 1), 1}
                          : Version{manifest_.version.epoch, manifest_.version.number + 1};
  m.base = begin_epoch ? Version{} : manifest_.version;
  auto counts = m.counts.array();
  const auto came = change.after.counts().array(), went = change.before.counts().array();
  for (size_t i = 0; i < counts.size(); ++i) counts[i] += came[i] - went[i];
  m.counts = lists::KindCounts::from_array(counts);
  m.digests += store::digests_of(change.after, change.terms);
  m.digests -= store::digests_of(change.before, change.terms);
  m.places = begin_epoch ? m.counts.total() : change.places();
  // The first of an epoch is a full version, whose data is made when it is asked for.
  const std::vector<uint8_t> data = begin_epoch ? std::vector<uint8_t>() : store::encode_change(change);
  m.data_sha256 = base::Sha256::of(data);
  m.previous_sha256 = first ? base::Hash{} : manifest_.sha256();
  m.audit_head = head_;
  m.created_at = now_;
  feed::seal(m, feed::kCentre, key_);
  store_.put_version(
      {m.version, now_s(), m.places, m.text, std::string(as_text(m.signature)), std::string(as_text(data))});
  store_.put_issued(m.version, m.sha256());
  store_.remove_parts();
  if (new_epoch_) store_.put_setting("site.new-epoch", "0");
  audit_.add_event(fmt::format("version {}.{} of {} places, digest {}", m.version.epoch, m.version.number, m.places,
                               m.digests.total().hex()));
  tell_followers(feed::kCentre, m.version);
  manifest_ = std::move(m);
  epoch_ = manifest_.version.epoch;
  version_block_ = block_ + 1;
  parts_.clear();
  new_epoch_ = false;
  issued_at_ = clock_.monotonic();
  counters_.versions.add();
  counters_.versions_places.add(manifest_.places);
}

void Engine::tell_followers(std::string_view source, Version version) {
  Notice notice;
  notice.what = What::kVersion;
  notice.about = source;
  notice.version = version;
  for (const auto& [name, user] : users_)
    if (user.follows && user.enabled) message(user.id, notice, true);
}

}  // namespace eir::registry
