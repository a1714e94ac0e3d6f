// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "core/feed/data.h"
#include "core/feed/manifest.h"
#include "tests/unit/feed/states.h"

namespace eir::feed {
namespace {

using lists::Version;
using store::Manifest;

class Feeds : public FeedTest {
 protected:
  std::vector<uint8_t> octets_of(const std::function<bool(const Sink&)>& write) {
    std::vector<uint8_t> out;
    EXPECT_TRUE(write([&](std::span<const uint8_t> o) {
      out.insert(out.end(), o.begin(), o.end());
      return true;
    }));
    return out;
  }
  std::mt19937 random_{7};
};

TEST_F(Feeds, SignaturesHoldForTheTextAndTheKey) {
  const SigningKey key = SigningKey::make(), other = SigningKey::make();
  const auto mine = VerifyingKey::parse(key.public_pem(), "mine");
  const auto theirs = VerifyingKey::parse(other.public_pem(), "theirs");
  ASSERT_TRUE(mine && theirs);
  const auto signature = key.sign("text");
  EXPECT_EQ(signature.size(), kSignatureOctets);
  EXPECT_TRUE(mine->verify("text", signature));
  EXPECT_FALSE(mine->verify("texts", signature));
  EXPECT_FALSE(theirs->verify("text", signature));
  for (size_t i = 0; i < signature.size(); ++i) {
    auto bad = signature;
    bad[i] ^= 1;
    EXPECT_FALSE(mine->verify("text", bad)) << i;
    EXPECT_FALSE(mine->verify("text", std::span(signature).first(i))) << i;
  }
  write(root_ + "/key.pem", key.private_pem());
  write(root_ + "/centre.pem", key.public_pem());
  const auto loaded = SigningKey::load(root_ + "/key.pem");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->sign("text"), signature) << "Ed25519 draws nothing";
  EXPECT_TRUE(VerifyingKey::load(root_ + "/centre.pem")->verify("text", signature));
}

TEST_F(Feeds, KeysOfAnotherKindAreRefused) {
  write(root_ + "/none.pem", "no key\n");
  EXPECT_FALSE(VerifyingKey::load(root_ + "/none.pem"));
  EXPECT_FALSE(VerifyingKey::load(root_ + "/absent.pem"));
  const SigningKey key = SigningKey::make();
  write(root_ + "/key.pem", key.private_pem());
  EXPECT_FALSE(VerifyingKey::load(root_ + "/key.pem")) << "a private key where the public one belongs";
  write(root_ + "/long.pem", std::string(100'000, 'x'));
  EXPECT_FALSE(VerifyingKey::load(root_ + "/long.pem"));
}

Manifest some_manifest() {
  Manifest m;
  m.version = {2, 17};
  m.base = {2, 16};
  m.places = 5;
  m.counts.imeis = 3;
  m.counts.device_classes = 9;
  m.digests.kinds[0] = {1, 2};
  m.digests.kinds[7] = {UINT64_MAX, UINT64_MAX};
  m.data_sha256.fill(0xAB);
  m.previous_sha256.fill(0x12);
  m.created_at = base::UnixSeconds(std::chrono::seconds(1'790'000'000));
  return m;
}

TEST_F(Feeds, AManifestHasOneText) {
  const Manifest m = some_manifest();
  const std::string text = manifest_text("centre", m);
  const auto read = read_manifest("centre", {text, {1, 2, 3}});
  ASSERT_TRUE(read) << read.error().text;
  EXPECT_EQ(read->version, m.version);
  EXPECT_EQ(read->base, m.base);
  EXPECT_EQ(read->counts, m.counts);
  EXPECT_EQ(read->digests, m.digests);
  EXPECT_EQ(read->data_sha256, m.data_sha256);
  EXPECT_EQ(read->previous_sha256, m.previous_sha256);
  EXPECT_EQ(read->created_at, m.created_at);
  EXPECT_EQ(read->places, 5u);
  EXPECT_EQ(read->text, text);
  EXPECT_EQ(read->signature, (std::vector<uint8_t>{1, 2, 3}));

  EXPECT_FALSE(read_manifest("urgent", {text, {}})) << "a manifest of one chain is none of another";
  for (size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(read_manifest("centre", {text.substr(0, i), {}})) << i;
  EXPECT_FALSE(read_manifest("centre", {text + "\n", {}}));
  EXPECT_FALSE(read_manifest("centre", {text + "more 1\n", {}}));
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    changed.replace(changed.find(from), from.size(), to);
    return read_manifest("centre", {changed, {}}).has_value();
  };
  EXPECT_TRUE(with("places 5", "places 6"));
  EXPECT_FALSE(with("places 5", "places 05")) << "one text for one manifest";
  EXPECT_FALSE(with("places 5", "places  5"));
  EXPECT_FALSE(with("places 5", "places +5"));
  EXPECT_FALSE(with("places 5", "places -5"));
  EXPECT_FALSE(with("places 5\n", ""));
  EXPECT_FALSE(with("version 2.17", "version 2.017"));
  EXPECT_FALSE(with("version 2.17", "version 0.17")) << "epoch 0 is a node's own";
  EXPECT_FALSE(with("count-imeis 3", "count-imeis 18446744073709551616"));
  EXPECT_FALSE(with("abab", "ABAB"));
  EXPECT_FALSE(with("digest ", "digest 1")) << "the total is the sum of the kinds";
}

TEST_F(Feeds, DataComesBackInPiecesOfAnyLength) {
  const State from = random_state(random_, 200), to = random_state(random_, 200);
  const lists::Change change = difference(from, to);
  EXPECT_GT(change.places(), 500u);
  const auto full = octets_of([&](const Sink& s) { return write_full(to.entries, to.terms, s); });
  const auto delta = octets_of([&](const Sink& s) { return write_change(change, s); });
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{4096}, full.size() + delta.size()}) {
    DataReader whole(DataForm::kFull, to.entries.size()), part(DataForm::kChange, change.places());
    for (size_t at = 0; at < full.size(); at += piece)
      ASSERT_TRUE(whole.take(std::span(full).subspan(at, std::min(piece, full.size() - at)))) << whole.why();
    for (size_t at = 0; at < delta.size(); at += piece)
      ASSERT_TRUE(part.take(std::span(delta).subspan(at, std::min(piece, delta.size() - at)))) << part.why();
    ASSERT_TRUE(whole.finish()) << whole.why();
    ASSERT_TRUE(part.finish()) << part.why();
    EXPECT_EQ(store::digests_of(whole.change().after, whole.change().terms), digests(to));
    std::mt19937 again(7);
    State reached = random_state(again, 200);
    EXPECT_EQ(digests(reached), digests(from));
    EXPECT_EQ(apply(part.change(), reached), 0u);
    EXPECT_EQ(digests(reached), digests(to));
    EXPECT_EQ(apply(reversed(std::move(part.change())), reached), 0u);
    EXPECT_EQ(digests(reached), digests(from));
  }
}

TEST_F(Feeds, DataThatIsNotWhatTheManifestSaysIsRefused) {
  const State from = random_state(random_, 20), to = random_state(random_, 20);
  const lists::Change change = difference(from, to);
  const auto full = octets_of([&](const Sink& s) { return write_full(to.entries, to.terms, s); });
  const auto delta = octets_of([&](const Sink& s) { return write_change(change, s); });
  const auto good = [](DataForm form, uint64_t places, std::span<const uint8_t> octets) {
    DataReader reader(form, places);
    const bool ok = reader.take(octets) && reader.finish();
    EXPECT_EQ(ok, reader.why().empty());
    return ok;
  };
  const uint64_t n = to.entries.size(), places = change.places();
  EXPECT_TRUE(good(DataForm::kFull, n, full));
  EXPECT_TRUE(good(DataForm::kChange, places, delta));
  EXPECT_FALSE(good(DataForm::kChange, n, full));
  EXPECT_FALSE(good(DataForm::kFull, places, delta));
  for (const int off : {-1, 1}) {
    EXPECT_FALSE(good(DataForm::kFull, n + off, full));
    EXPECT_FALSE(good(DataForm::kChange, places + off, delta));
  }
  for (size_t i = 0; i < full.size(); ++i) EXPECT_FALSE(good(DataForm::kFull, n, std::span(full).first(i))) << i;
  for (size_t i = 0; i < delta.size(); ++i) EXPECT_FALSE(good(DataForm::kChange, places, std::span(delta).first(i)));
  auto longer = full;
  longer.push_back(0);
  EXPECT_FALSE(good(DataForm::kFull, n, longer));
  longer = delta;
  longer.push_back(0);
  EXPECT_FALSE(good(DataForm::kChange, places, longer));
  DataReader bounded(DataForm::kChange, 1);
  const std::vector<uint8_t> much(1 << 16);
  EXPECT_FALSE(bounded.take(much)) << "no more is kept than the manifest's places can take";
}

TEST_F(Feeds, ADirectoryOffersWhatStandsThere) {
  DirectoryFeed feed(root_ + "/feed");
  EXPECT_FALSE(feed.offered(kCentre)) << "a directory that is not there is no empty feed";
  ASSERT_TRUE(feed.prepare());
  EXPECT_TRUE(feed.offered(kCentre)->empty());
  for (const char* name : {"centre-1.2", "centre-1.10", "centre-2.1", "urgent-1.1", "centre-1.2.sig", ".centre-1.11",
                           "centre-1.03", "centre-1", "centre-x.1", "centre-1.", "centre-1.4x"})
    write(root_ + "/feed/manifests/" + name, "x");
  EXPECT_EQ(*feed.offered(kCentre), (std::vector<Version>{{1, 2}, {1, 10}, {2, 1}}));
  EXPECT_EQ(*feed.offered(kUrgent), (std::vector<Version>{{1, 1}}));
  EXPECT_EQ(feed.manifest(kCentre, {1, 2})->signature.size(), 1u);
  EXPECT_TRUE(feed.manifest(kCentre, {1, 10})->signature.empty());
  EXPECT_FALSE(feed.manifest(kCentre, {9, 9}));
  EXPECT_FALSE(feed.data(kCentre, {9, 9}, [](auto) { return true; }));
  write(root_ + "/feed/manifests/centre-3.1", std::string(kManifestOctetsMax + 1, 'x'));
  EXPECT_FALSE(feed.manifest(kCentre, {3, 1}));
}

TEST_F(Feeds, ARepairIsAskedForAndTakenBack) {
  DirectoryFeed feed(root_);
  EXPECT_FALSE(feed.repair_wanted(kCentre));
  ASSERT_TRUE(feed.repaired(kCentre)) << "nothing was asked for";
  ASSERT_TRUE(feed.ask_repair(kCentre, {{1, 56}, "gap"}));
  ASSERT_TRUE(feed.ask_repair(kCentre, {{1, 56}, "gap"}));
  const auto wanted = feed.repair_wanted(kCentre);
  ASSERT_TRUE(wanted);
  EXPECT_EQ(wanted->have, (Version{1, 56}));
  EXPECT_EQ(wanted->why, "gap");
  EXPECT_FALSE(feed.repair_wanted(kUrgent));
  EXPECT_EQ(read(feed.repair_path(kCentre)), "have 1.56\nwhy gap\n");
  for (const char* text : {"", "have 1.56", "have 1.56\n", "have 1.56\nwhy gap", "have x\nwhy gap\n", "why gap\n"}) {
    write(feed.repair_path(kCentre), text);
    EXPECT_FALSE(feed.repair_wanted(kCentre)) << text;
  }
  ASSERT_TRUE(feed.repaired(kCentre));
  EXPECT_FALSE(std::filesystem::exists(feed.repair_path(kCentre)));
}

TEST_F(Feeds, WhatIsPublishedCanBePutTogetherAgain) {
  DirectoryFeed feed(root_ + "/feed");
  ASSERT_TRUE(feed.prepare());
  const SigningKey key = SigningKey::make();
  const auto centre = VerifyingKey::parse(key.public_pem(), "centre");
  Head head;
  PublishOptions options;
  std::vector<Manifest> chain;
  for (int i = 0; i < 6; ++i) {
    options.full = i == 3;
    options.new_epoch = i == 5;
    options.now = base::UnixSeconds(std::chrono::seconds(1'790'000'000 + i));
    State next = random_state(random_, 50);
    const auto expected = digests(next);
    const auto m = publish(feed, kCentre, key, head, std::move(next), options);
    ASSERT_TRUE(m) << m.error().message();
    EXPECT_EQ(m->digests, expected);
    const auto again = read_head(feed, kCentre);
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(digests(again->state), expected);
    EXPECT_EQ(again->manifest.text, m->text);
    chain.push_back(*m);
  }
  EXPECT_EQ(chain[0].version, (Version{1, 1}));
  EXPECT_EQ(chain[2].base, (Version{1, 2}));
  EXPECT_TRUE(chain[3].full());
  EXPECT_EQ(chain[4].base, (Version{1, 4}));
  EXPECT_EQ(chain[5].version, (Version{2, 1}));
  EXPECT_TRUE(chain[5].full());
  for (size_t i = 1; i < chain.size(); ++i) EXPECT_EQ(chain[i].previous_sha256, chain[i - 1].sha256());
  for (const Manifest& m : chain) {
    const auto came = feed.manifest(kCentre, m.version);
    EXPECT_TRUE(centre->verify(came->text, came->signature));
    base::Sha256 sha;
    ASSERT_TRUE(feed.data(kCentre, m.version, [&](std::span<const uint8_t> o) {
      sha.update(o);
      return true;
    }));
    EXPECT_EQ(sha.finish(), m.data_sha256);
  }
  options = {};
  State same = std::move(read_head(feed, kCentre)->state);
  EXPECT_FALSE(publish(feed, kCentre, key, head, std::move(same), options)) << "nothing would change";
  for (const auto& part : {"manifests", "data"})
    for (const auto& file : std::filesystem::directory_iterator(root_ + "/feed/" + part))
      EXPECT_FALSE(file.path().filename().string().starts_with(".")) << file.path();
}

}  // namespace
}  // namespace eir::feed
