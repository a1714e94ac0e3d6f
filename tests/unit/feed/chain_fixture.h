// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/feed/follower.h"
#include "tests/unit/feed/states.h"

namespace eir::feed {

/// A centre that publishes into one directory, a node that follows another, and what lies between: files that the test
/// carries over, or not, or damaged.
class ChainTest : public FeedTest {
 protected:
  void SetUp() override {
    replica_ = root_ + "/replica";
    made_ = std::make_unique<DirectoryFeed>(root_ + "/made");
    feed_ = std::make_unique<DirectoryFeed>(root_ + "/feed");
    restart();
    ASSERT_TRUE(made_->prepare());
    ASSERT_TRUE(feed_->prepare());
    clock_.set_wall(std::chrono::sys_seconds(std::chrono::seconds(1'790'000'000)));
  }

  /// One more version of a chain; not carried over yet.
  store::Manifest publish(State next, PublishOptions options = {}, std::string_view source = kCentre) {
    clock_.advance(std::chrono::seconds(10));
    options.now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    const auto m = feed::publish(*made_, source, key_, heads_[std::string(source)], std::move(next), options);
    EXPECT_TRUE(m) << m.error().message();
    return m.value_or(store::Manifest());
  }
  store::Manifest publish_some(bool full = false) {
    PublishOptions options;
    options.full = full;
    return publish(random_state(random_, 30), options);
  }
  /// Puts a manifest of the test's own making beside the data of a version.
  void forge(store::Manifest m, const SigningKey& key, std::string_view source = kCentre) {
    m.text = store::manifest_text(std::string(source), m);
    const auto signature = key.sign(m.text);
    write(feed_->manifest_path(source, m.version), m.text);
    write(feed_->signature_path(source, m.version), std::string(signature.begin(), signature.end()));
  }
  void deliver(lists::Version v, std::string_view source = kCentre) {
    const auto all = std::filesystem::copy_options::overwrite_existing;
    std::filesystem::copy_file(made_->data_path(source, v), feed_->data_path(source, v), all);
    std::filesystem::copy_file(made_->signature_path(source, v), feed_->signature_path(source, v), all);
    std::filesystem::copy_file(made_->manifest_path(source, v), feed_->manifest_path(source, v), all);
  }
  static void flip(const std::string& path, size_t at) {
    std::string text = read(path);
    ASSERT_LT(at, text.size());
    text[at] = static_cast<char>(text[at] ^ 0x10);
    write(path, text);
  }

  /// Another process: nothing is remembered but what is stored.
  void restart() {
    follower_ = std::make_unique<Follower>(
        Follower::Parts{*feed_, *VerifyingKey::parse(key_.public_pem(), "centre.pem"), clock_});
  }

  StepReport step(store::Judge* judge = nullptr) {
    auto writer = store::Writer::open(replica_, "test");
    EXPECT_TRUE(writer) << writer.error().message();
    if (!writer) return {};
    (*writer)->set_judge(judge);
    auto report = follower_->step(**writer);
    EXPECT_TRUE(report) << report.error().message();
    return report ? *report : StepReport();
  }
  /// One step that takes nothing and refuses one version, which a second reader then knows of; what is served stays.
  void expect_refused(store::Refusal what, lists::Version version, bool repair = true) {
    const auto before = served();
    const auto report = step();
    EXPECT_TRUE(report.taken.empty());
    ASSERT_EQ(report.refused.size(), 1u) << store::name(what);
    EXPECT_EQ(store::name(report.refused[0].refused.what), store::name(what)) << report.refused[0].refused.detail;
    EXPECT_EQ(report.refused[0].refused.version, version);
    const auto info = source();
    ASSERT_TRUE(info.refusal);
    EXPECT_EQ(info.refusal->what, what);
    EXPECT_EQ(info.refusal->version, version);
    EXPECT_EQ(info.repair, repair) << store::name(what);
    EXPECT_EQ(feed_->repair_wanted(kCentre).has_value(), repair) << store::name(what);
    EXPECT_EQ(served(), before) << "what is refused is not served";
  }
  void expect_healthy(const store::Manifest& newest) {
    const auto info = source();
    EXPECT_EQ(info.newest, newest.version);
    EXPECT_EQ(info.served, newest.version);
    EXPECT_EQ(info.digest, newest.digests.total());
    EXPECT_FALSE(info.refusal);
    EXPECT_FALSE(info.repair);
    EXPECT_FALSE(feed_->repair_wanted(kCentre));
  }
  store::SourceInfo source(std::string_view name = kCentre) const {
    const auto reader = store::Reader::open(replica_);
    for (const auto& s : reader->status().sources)
      if (s.name == name) return s;
    return {};
  }
  /// Digest of what a reader serves, from its tables.
  lists::StateDigest served(std::string_view name = kCentre) const {
    const auto reader = store::Reader::open(replica_);
    const auto index = reader->source(name);
    return index ? digest_of(*index) : lists::StateDigest();
  }
  static lists::StateDigest digest_of(const lists::Index& index) {
    using store::operator+;
    store::Digester digester;
    lists::StateDigest sum;
    const lists::Entries kinds;
    lists::Entries::for_each(kinds, [&]<class Entry>(const std::vector<Entry>&) {
      index.template for_each<Entry>(
          [&](const Entry& e, const lists::Terms& terms) { sum = sum + digester.of(e, terms); });
    });
    return sum;
  }

  std::mt19937 random_{11};
  base::ManualClock clock_;
  const SigningKey key_ = SigningKey::make();
  std::map<std::string, Head> heads_;
  std::string replica_;
  std::unique_ptr<DirectoryFeed> made_, feed_;
  std::unique_ptr<Follower> follower_;
};

}  // namespace eir::feed
