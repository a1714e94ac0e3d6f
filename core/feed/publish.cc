// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/publish.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/file.h"
#include "core/feed/data.h"
#include "core/feed/manifest.h"

namespace eir::feed {
namespace {

using base::Problem;
using base::problem;
using store::Manifest;

base::Result<lists::Change, Problem> read_data(DirectoryFeed& feed, std::string_view source, const Manifest& m) {
  DataReader reader(m.full() ? DataForm::kFull : DataForm::kChange, m.places);
  const auto ok = feed.data(source, m.version, [&](std::span<const uint8_t> octets) { return reader.take(octets); });
  if (!ok) return tl::unexpected(ok.error());
  if (!reader.finish()) return problem(feed.data_path(source, m.version), reader.why());
  return std::move(reader.change());
}

base::Result<Manifest, Problem> manifest_of(DirectoryFeed& feed, std::string_view source, lists::Version version) {
  auto text = feed.manifest(source, version);
  if (!text) return tl::unexpected(text.error());
  auto m = read_manifest(source, *text);
  if (!m) return problem(feed.manifest_path(source, version), m.error().text);
  return m;
}

/// Data and manifest, in the order in which a node may find them.
base::Result<Manifest, Problem> put(DirectoryFeed& feed, const std::string& source, const SigningKey& key, Manifest m,
                                    const std::function<uint64_t(const Sink&)>& write) {
  base::Sha256 sha;
  const std::string path = feed.data_path(source, m.version);
  base::NewFile data(path, base::hidden_name(path));
  write([&](std::span<const uint8_t> octets) {
    sha.update(octets);
    return data.put(octets);
  });
  if (auto ok = data.place(); !ok) return tl::unexpected(ok.error());
  m.data_sha256 = sha.finish();
  seal(m, source, key);
  if (auto ok = base::write_file(feed.signature_path(source, m.version), m.signature); !ok)
    return tl::unexpected(ok.error());
  if (auto ok = base::write_file(feed.manifest_path(source, m.version), base::as_octets(m.text)); !ok)
    return tl::unexpected(ok.error());
  return m;
}

}  // namespace

base::Result<Head, Problem> read_head(DirectoryFeed& feed, std::string_view source) {
  auto offered = feed.offered(source);
  if (!offered) return tl::unexpected(offered.error());
  std::vector<Manifest> chain;  // newest first, back to the last full version
  for (auto v = offered->rbegin(); v != offered->rend() && (chain.empty() || !chain.back().full()); ++v) {
    auto m = manifest_of(feed, source, *v);
    if (!m) return tl::unexpected(m.error());
    if (!chain.empty() && chain.back().base != m->version)
      return problem(feed.manifest_path(source, chain.back().version), "the version it applies to is not there");
    chain.push_back(std::move(*m));
  }
  Head head;
  if (chain.empty()) return head;
  if (!chain.back().full()) return problem(feed.name(), "there is no full version to begin from");
  for (auto m = chain.rbegin(); m != chain.rend(); ++m) {
    auto change = read_data(feed, source, *m);
    if (!change) return tl::unexpected(change.error());
    if (m->full()) {
      head.state = {std::move(change->after), std::move(change->terms)};
    } else if (apply(*change, head.state) != 0) {
      return problem(feed.data_path(source, m->version), "entries are not what it says they were");
    }
  }
  head.manifest = std::move(chain.front());
  return head;
}

base::Result<Manifest, Problem> publish(DirectoryFeed& feed, std::string_view source, const SigningKey& key, Head& head,
                                        State next, const PublishOptions& options) {
  if (auto ok = feed.prepare(); !ok) return tl::unexpected(ok.error());
  const Manifest& last = head.manifest;
  const bool first = last.version == lists::Version{};
  Manifest m;
  m.version = first || options.new_epoch ? lists::Version{last.version.epoch + 1, 1}
                                         : lists::Version{last.version.epoch, last.version.number + 1};
  lists::Change change;
  const bool full = first || options.full || options.new_epoch;
  if (!full) {
    change = difference(head.state, next);
    if (change.before.empty() && change.after.empty()) return problem("", "nothing would change, nothing is published");
    m.base = last.version;
  }
  m.counts = next.entries.counts();
  m.digests = store::digests_of(next.entries, next.terms);
  m.places = full ? next.entries.size() : change.places();
  m.audit_head = options.audit_head;
  m.created_at = options.now;
  if (!first) m.previous_sha256 = last.sha256();
  auto published = put(feed, std::string(source), key, std::move(m), [&](const Sink& sink) {
    return full ? write_full(next.entries, next.terms, sink) : write_change(change, sink);
  });
  if (!published) return published;
  head.manifest = *published;
  head.state = std::move(next);
  return published;
}

}  // namespace eir::feed
