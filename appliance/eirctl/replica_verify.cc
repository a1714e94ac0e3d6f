// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/replica.h"
#include "core/feed/manifest.h"
#include "core/feed/signature.h"

namespace eir::appliance::eirctl {
namespace {

using store::Manifest;

constexpr size_t kManifestsAtOnce = 1'000;

struct Options : ReplicaOptions {
  std::string key;
};

/// What was looked at of one source, and what was wrong.
struct Findings {
  std::string source;
  uint64_t manifests = 0;
  uint64_t changes = 0;  ///< proven to lead from one manifest's digests to the next one's
  uint64_t entries = 0;
  bool signatures = false;  ///< looked at
  std::vector<std::string> wrong;

  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    constexpr size_t kWrongMax = 100;
    if (wrong.size() < kWrongMax) wrong.push_back(fmt::format(format, std::forward<Args>(args)...));
  }
};

store::KindDigests digests_of(const lists::Index& index, uint64_t& entries) {
  using store::operator+;
  store::KindDigests digests;
  store::Digester digester;
  const lists::Entries kinds;
  lists::Entries::for_each(kinds, [&]<class Entry>(const std::vector<Entry>&) {
    auto& sum = digests.of<Entry>();
    index.template for_each<Entry>([&](const Entry& e, const lists::Terms& terms) {
      sum = sum + digester.of(e, terms);
      ++entries;
    });
  });
  return digests;
}

/// One manifest after the other: its text, its signature, its parent, and the change between the two.
void verify_link(const store::Reader& reader, const Manifest* before, const Manifest& m, const feed::VerifyingKey* key,
                 Findings& f) {
  ++f.manifests;
  const std::string name = m.version.str();
  // What the first format left of its own is proven by the hash in the next one's.
  const bool of_first_format = m.text.starts_with("turnstile manifest 1\n");
  if (!of_first_format && store::manifest_text(f.source, m) != m.text)
    f.add("the manifest of {} does not say what is stored of it", name);
  if (key && !store::is_local(f.source) && !key->verify(m.text, m.signature))
    f.add("the manifest of {} is not signed with that key", name);
  if (before && m.previous_sha256 != before->sha256() && !m.full())
    f.add("the manifest before {} is not the one that is stored", name);
  if (!before || m.full()) return;
  if (m.base != before->version)
    f.add("{} applies to {}, {} is stored before it", name, m.base.str(), before->version.str());
  const auto change = reader.change(f.source, m.version);
  if (!change) return f.add("{}", change.error().message());
  if (!*change) return;  // no longer kept; what it led to is proven by the next snapshot
  auto digests = before->digests;
  digests -= store::digests_of((*change)->before, (*change)->terms);
  digests += store::digests_of((*change)->after, (*change)->terms);
  if (digests != m.digests) f.add("the change to {} does not lead to its digests", name);
  ++f.changes;
}

Findings verify_source(const store::Reader& reader, const store::SourceInfo& info, const feed::VerifyingKey* key) {
  Findings f;
  f.source = info.name;
  f.signatures = key && !store::is_local(info.name);
  std::optional<Manifest> last, served, newest;
  for (lists::Version after;;) {
    const auto chain = reader.manifests(info.name, after, kManifestsAtOnce);
    if (!chain) {
      f.add("{}", chain.error().message());
      break;
    }
    for (const Manifest& m : *chain) {
      verify_link(reader, last ? &*last : nullptr, m, key, f);
      last = m;
      if (m.version == info.served) served = m;
    }
    if (chain->size() < kManifestsAtOnce) break;
    after = last->version;
  }
  newest = last;
  if (newest && newest->version != info.newest) f.add("the newest manifest is of {}", newest->version.str());
  const auto prove = [&](const char* what, const std::shared_ptr<const lists::Index>& index, const Manifest& m) {
    if (digests_of(*index, f.entries) != m.digests)
      f.add("the {} state is not the one {} names", what, m.version.str());
    if (index->counts() != m.counts)
      f.add("the {} state has other numbers of entries than {} names", what, m.version.str());
  };
  const auto serving = reader.source(info.name);
  if (serving && served) prove("served", serving, *served);
  if (serving && !served) f.add("there is no manifest of {}, which is served", info.served.str());
  if (newest && newest->version != info.served) {
    const auto index = reader.state(info.name, newest->version);
    if (index) prove("newest", *index, *newest);
    if (!index) f.add("{}", index.error().message());
  }
  return f;
}

Json texts(const std::vector<base::Problem>& problems) {
  Json j = Json::array();
  for (const auto& p : problems) j.push_back(p.message());
  return j;
}

void run(const Options& o, Context& context) {
  std::optional<feed::VerifyingKey> key;
  if (!o.key.empty()) {
    auto loaded = feed::VerifyingKey::load(o.key);
    if (!loaded) return fail(context, loaded.error());
    key = std::move(*loaded);
  }
  const auto reader = store::Reader::open(o.directory);
  const store::ReplicaStatus status = reader->status();
  if (status.sources.empty()) {
    return fail(context, status.problems.empty() ? base::Problem{o.directory, "there is nothing to verify"}
                                                 : status.problems.front());
  }
  Json sources = Json::array();
  std::vector<base::Problem> problems = status.problems;
  for (base::Problem& p : reader->damage()) problems.push_back(std::move(p));
  for (const auto& p : problems) {
    context.exit = kSomeRefused;
    if (!context.json) fmt::print("wrong     {}\n", p.message());
  }
  if (status.first_format) {
    // Digests and numbers of entries were proven as it was read; manifests of today's form it has none.
    if (!context.json)
      fmt::print("of the first format, whose entries are proven: the next writer brings it up to date\n");
    if (context.json)
      fmt::print("{}\n", one_line({{"replica", o.directory}, {"sources", sources}, {"problems", texts(problems)}}));
    return;
  }
  for (const store::SourceInfo& s : status.sources) {
    const Findings f = verify_source(*reader, s, key ? &*key : nullptr);
    if (!f.wrong.empty()) context.exit = kSomeRefused;
    sources.push_back({{"source", f.source},
                       {"manifests", f.manifests},
                       {"changes", f.changes},
                       {"entries", f.entries},
                       {"signatures", f.signatures},
                       {"wrong", f.wrong}});
    if (context.json) continue;
    fmt::print("{:<9} {} manifests{}, {} changes, {} entries: {}\n", f.source, grouped(f.manifests),
               f.signatures ? " and signatures" : "", grouped(f.changes), grouped(f.entries),
               f.wrong.empty() ? "all right" : "wrong");
    for (const std::string& w : f.wrong) fmt::print("  wrong   {}\n", w);
  }
  if (!context.json) return;
  fmt::print("{}\n", one_line({{"replica", o.directory}, {"sources", sources}, {"problems", texts(problems)}}));
}

}  // namespace

void add_replica_verify(Command& replica, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = replica_command(
      replica, context, "verify", "Recompute digests and chains from what is stored", o,
      [o, &context] { run(*o, context); },
      "Goes through every entry of what is served and of the newest version, every manifest and change that is kept,\n"
      "every page of the database and every snapshot, those in reserve included. It reads only, and may run beside "
      "everything else.\n\n"
      "Exit status: 0 all right, 1 something is wrong, 2 it could not be looked at.\n\nExample:\n"
      "  eirctl replica verify --replica /var/lib/turnstile/replica --key /etc/turnstile/centre.pem");
  c->add_option("--key", o->key, "The centre's public key, PEM: signatures are looked at, too");
}

}  // namespace eir::appliance::eirctl
