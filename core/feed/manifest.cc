// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/manifest.h"

#include <fmt/format.h>

#include <charconv>

#include "core/base/bytes.h"

namespace eir::feed {
namespace {

using base::Problem;
using base::problem;

/// Takes "name value" lines one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  /// The next line's value; nothing, and failed() is set, when it has another name.
  std::string_view value(std::string_view name) {
    ++line_;
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos || end <= name.size() || !rest_.starts_with(name) || rest_[name.size()] != ' ') {
      fail(name);
      return {};
    }
    const std::string_view value = rest_.substr(name.size() + 1, end - name.size() - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  template <class Number>
  void number(std::string_view name, Number& out) {
    const std::string_view text = value(name);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (error != std::errc() || end != text.data() + text.size()) fail(name);
  }
  void hash(std::string_view name, base::Hash& out) {
    if (const auto h = base::hash_from_hex(value(name))) {
      out = *h;
    } else {
      fail(name);
    }
  }
  void digest(std::string_view name, lists::StateDigest& out) {
    const std::string text = fmt::format("{:0>64}", value(name));
    if (const auto h = base::hash_from_hex(text)) {
      out = store::digest_from(std::span<const uint8_t, 16>(h->data() + 16, 16));
    } else {
      fail(name);
    }
  }
  void version(std::string_view name, lists::Version& out) {
    if (const auto v = lists::Version::parse(value(name))) {
      out = *v;
    } else {
      fail(name);
    }
  }
  void fail(std::string_view name) {
    if (why_.empty()) why_ = fmt::format("line {} of the manifest: no '{}', or no sound one", line_, name);
    rest_ = {};
  }
  bool ended() const { return rest_.empty(); }
  const std::string& why() const { return why_; }

 private:
  std::string_view rest_;
  unsigned line_ = 0;
  std::string why_;
};

}  // namespace

base::Result<store::Manifest, Problem> read_manifest(std::string_view source, const SignedManifest& came) {
  store::Manifest m;
  Lines lines(came.text);
  if (lines.value("turnstile-manifest") != "2") lines.fail("turnstile-manifest");
  if (lines.value("source") != source) lines.fail("source");
  lines.version("version", m.version);
  lines.version("base", m.base);
  int64_t created = 0;
  lines.number("created", created);
  m.created_at = base::UnixSeconds(std::chrono::seconds(created));
  lines.number("places", m.places);
  auto counts = m.counts.array();
  for (size_t i = 0; i < counts.size(); ++i)
    lines.number(fmt::format("count-{}", lists::KindCounts::names()[i]), counts[i]);
  m.counts = lists::KindCounts::from_array(counts);
  for (unsigned kind = 1; kind <= lists::kEntryKinds; ++kind)
    lines.digest(fmt::format("digest-{}", lists::to_string(static_cast<lists::EntryKind>(kind))),
                 m.digests.kinds[kind - 1]);
  lists::StateDigest total;
  lines.digest("digest", total);
  lines.hash("data-sha256", m.data_sha256);
  lines.hash("previous-sha256", m.previous_sha256);
  lines.hash("audit-head", m.audit_head);
  if (!lines.why().empty()) return problem("", lines.why());
  if (store::manifest_text(std::string(source), m) != came.text)
    return problem("", "the manifest's text is not in its one form");
  if (m.version.epoch == 0 || m.version.number == 0) return problem("", "a centre's epochs and numbers begin at 1");
  m.text = came.text;
  m.signature = came.signature;
  return m;
}

void seal(store::Manifest& manifest, std::string_view source, const SigningKey& key) {
  manifest.text = store::manifest_text(std::string(source), manifest);
  manifest.signature = key.sign(manifest.text);
}

}  // namespace eir::feed
