// SPDX-License-Identifier: GPL-3.0-or-later
// eirctl replica: a feed that is followed by one process while another reads, and what an operator does about it.
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "appliance/report/json.h"
#include "core/sightings/journal.h"
#include "core/store/reader.h"
#include "core/store/writer.h"
#include "tests/unit/feed/states.h"
#include "tests/unit/program.h"

namespace eir::feed {
namespace {

using lists::ListSet;
using nlohmann::json;
using store::Manifest;

constexpr uint64_t kFirst = 35'809'101'000'000;

struct Ran : test::Ran {
  json parsed() const { return json::parse(out, nullptr, false); }
};

State listed(uint64_t n, ListSet on) {
  State s;
  for (uint64_t i = 0; i < n; ++i) s.entries.imeis.push_back(imei_entry(kFirst + i, on));
  return s;
}
const ListSet kBlack{ListSet::kBlack}, kWhite{ListSet::kWhite};

class Replica : public FeedTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(feed_dir().prepare());
    write(root_ + "/centre.pem", key_.public_pem());
    write(root_ + "/centre.key", key_.private_pem());
  }
  void TearDown() override {
    if (follower_ > 0) kill(follower_, SIGKILL), waitpid(follower_, nullptr, 0);
  }
  DirectoryFeed feed_dir() const { return DirectoryFeed(root_ + "/feed"); }

  /// Runs eirctl; what it says on stderr joins.
  static Ran run(const std::string& arguments) {
    return {test::run_program(fmt::format("{} {} 2>&1", EIRCTL, arguments))};
  }
  /// eirctl replica COMMAND on this replica.
  Ran replica(const std::string& command, const std::string& arguments = "") const {
    return run(fmt::format("replica {} --replica {}/replica {}", command, root_, arguments));
  }
  Ran apply(const std::string& more = "") const {
    return replica("apply", fmt::format("--feed {0}/feed --key {0}/centre.pem {1}", root_, more));
  }
  json source(const std::string& name = "centre") const {
    const json status = replica("status", "--json").parsed();
    for (const json& s : status.value("sources", json::array()))
      if (s["name"] == name) return s;
    return json::object();
  }
  Manifest publish(State next, bool full = false, std::string_view source = kCentre) {
    DirectoryFeed feed = feed_dir();
    PublishOptions options;
    options.full = full;
    options.now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto m = feed::publish(feed, source, key_, heads_[std::string(source)], std::move(next), options);
    EXPECT_TRUE(m) << m.error().message();
    return m.value_or(Manifest());
  }
  Manifest publish_some(bool full = false) { return publish(random_state(random_, 40), full); }

  void follow() {
    const std::string dir = root_ + "/replica", feed = root_ + "/feed", key = root_ + "/centre.pem";
    follower_ = fork();
    if (follower_ != 0) return;
    execl(EIRCTL, "eirctl", "replica", "follow", "--json", "--replica", dir.c_str(), "--feed", feed.c_str(), "--key",
          key.c_str(), nullptr);
    _exit(9);
  }
  int stop_following() {
    kill(follower_, SIGTERM);
    int status = 0;
    waitpid(follower_, &status, 0);
    follower_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// Waits for what must come, however slow the machine is.
  static bool comes(const std::function<bool()>& what) {
    for (int i = 0; i < 600; ++i) {
      if (what()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }
  void write_sightings(uint64_t devices) const {
    const base::SystemClock clock;
    auto journal = sightings::Journal::open(root_ + "/sightings", {}, clock);
    ASSERT_TRUE(journal) << journal.error().message();
    for (uint64_t i = 0; i < devices; ++i) {
      sightings::Sighting s;
      s.imei = identity::ImeiKey{kFirst + i};
      s.imsi = identity::Imsi(identity::Digits::of(255'010'000'000'000 + i, 15));
      s.first = s.last = std::chrono::floor<std::chrono::seconds>(clock.wall());
      (*journal)->add(s);
    }
    (*journal)->flush();
  }
  std::string seen() const { return "--sightings " + root_ + "/sightings"; }

  std::mt19937 random_{23};
  const SigningKey key_ = SigningKey::make();
  std::map<std::string, Head> heads_;
  pid_t follower_ = -1;
};

TEST_F(Replica, IsFollowedWhileAnotherProcessReads) {
  auto newest = publish_some();
  follow();
  ASSERT_TRUE(comes([&] { return store::Reader::open(root_ + "/replica")->view() != nullptr; }));
  const auto reader = store::Reader::open(root_ + "/replica");
  const auto serves = [&](const Manifest& m) {
    return comes([&] {
      reader->poll();
      const auto status = reader->status();
      return status.serving && status.serving->digest == m.digests.total();
    });
  };
  const auto refusal = [&](const char* what) {
    return comes([&] {
      reader->poll();
      for (const auto& s : reader->status().sources)
        if (s.name == kCentre && s.refusal && store::name(s.refusal->what) == what && s.repair) return true;
      return false;
    });
  };
  EXPECT_TRUE(serves(newest));
  for (int i = 0; i < 5; ++i) newest = publish_some();
  EXPECT_TRUE(serves(newest));

  DirectoryFeed feed = feed_dir();
  const auto dropped = publish_some().version;
  std::filesystem::remove(feed.manifest_path(kCentre, dropped));
  // Taken before it went, or missed: a run that took it has nothing to mend.
  const bool was_taken = source()["newest"] == dropped.str();
  publish_some();
  if (!was_taken && source()["newest"] != dropped.str()) {
    EXPECT_TRUE(refusal("gap"));
  }
  newest = publish_some(true);
  EXPECT_TRUE(serves(newest)) << "a full version mends it";
  EXPECT_TRUE(comes([&] { return !feed.repair_wanted(kCentre); }));

  {
    // Another history, signed with the right key.
    Head other = {newest, {}};
    other.manifest.text += "x";
    PublishOptions options;
    EXPECT_TRUE(feed::publish(feed, kCentre, key_, other, random_state(random_, 40), options));
    EXPECT_TRUE(refusal("foreign-parent"));
    const json s = source();
    EXPECT_EQ(s["served"], newest.version.str()) << s;
    EXPECT_FALSE(s["refusal"]["cause"].get<std::string>().empty());
    EXPECT_FALSE(s["refusal"]["remedy"].get<std::string>().empty());
    heads_["centre"].manifest = other.manifest;
  }
  newest = publish_some(true);
  EXPECT_TRUE(serves(newest));
  EXPECT_EQ(stop_following(), 0);
  const Ran verified = replica("verify", "--key " + root_ + "/centre.pem");
  EXPECT_EQ(verified.status, 0) << verified.out;
}

TEST_F(Replica, AFollowerWaitsForAnotherWriterAndForTheFeed) {
  auto writer = store::Writer::open(root_ + "/replica", "a test");
  ASSERT_TRUE(writer);
  const Ran refused = apply();
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.out.find("a test"), std::string::npos) << refused.out;
  const auto first = publish_some();
  follow();
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  writer->reset();
  EXPECT_TRUE(comes([&] { return source()["served"] == first.version.str(); }));
  std::filesystem::rename(root_ + "/feed", root_ + "/away");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_EQ(waitpid(follower_, nullptr, WNOHANG), 0) << "a feed that is away does not end it";
  std::filesystem::rename(root_ + "/away", root_ + "/feed");
  const auto second = publish_some();
  EXPECT_TRUE(comes([&] { return source()["served"] == second.version.str(); }));
  EXPECT_EQ(stop_following(), 0);
}

TEST_F(Replica, RefusalsAreToldWithCauseAndRemedy) {
  DirectoryFeed feed = feed_dir();
  publish_some();
  EXPECT_EQ(apply().status, 0);
  const auto bad = publish_some();
  const std::string data = feed.data_path(kCentre, bad.version), good = read(data);
  write(data, good.substr(0, good.size() / 2));
  const Ran refused = apply("--json");
  EXPECT_EQ(refused.status, 1);
  EXPECT_EQ(refused.parsed()["event"], "refused") << refused.out;
  EXPECT_EQ(refused.parsed()["what"], "bad-data");
  const json s = source();
  EXPECT_EQ(s["served"], "1.1");
  EXPECT_EQ(s["repair_asked"], true);
  EXPECT_EQ(s["refusal"]["version"], "1.2");
  EXPECT_TRUE(feed.repair_wanted(kCentre));
  const Ran text = replica("status");
  EXPECT_NE(text.out.find("remedy"), std::string::npos) << text.out;
  write(data, good);
  EXPECT_EQ(apply().status, 0) << "another run looks at once";
  EXPECT_TRUE(source()["refusal"].is_null());
  EXPECT_FALSE(feed.repair_wanted(kCentre));
  write(root_ + "/other.pem", SigningKey::make().public_pem());
  publish_some();
  const Ran wrong = replica("apply", fmt::format("--feed {0}/feed --key {0}/other.pem", root_));
  EXPECT_EQ(wrong.status, 1);
  EXPECT_NE(wrong.out.find("bad-signature"), std::string::npos) << wrong.out;
  EXPECT_EQ(source()["served"], "1.2");
}

TEST_F(Replica, TheGuardHoldsAndTheOperatorDecides) {
  write_sightings(2'000);
  publish(listed(1, kWhite));
  EXPECT_EQ(apply(seen()).status, 0);
  publish(listed(1'500, kBlack));
  const Ran held = apply(seen());
  EXPECT_EQ(held.status, 1) << held.out;
  EXPECT_NE(held.out.find("held"), std::string::npos) << held.out;
  EXPECT_EQ(source()["state"], "held");
  EXPECT_EQ(source()["served"], "1.1");
  const json preview = replica("preview", seen() + " --json").parsed();
  EXPECT_EQ(preview["then"], "1.2");
  EXPECT_EQ(preview["turned"]["to_black"], 1'500) << preview;
  EXPECT_EQ(preview["kinds"]["imei"]["come"], 1'499);
  EXPECT_EQ(preview["kinds"]["imei"]["change"], 1);
  EXPECT_EQ(preview["kinds"]["imei"]["black"], 1'500);
  const Ran shown = replica("preview", seen());
  EXPECT_NE(shown.out.find("1,500 would turn black"), std::string::npos) << shown.out;
  // The urgent chain is not stopped.
  publish(listed(3, kBlack), false, kUrgent);
  EXPECT_EQ(apply(seen()).status, 0);
  EXPECT_EQ(source("urgent")["state"], "served");
  EXPECT_EQ(source()["state"], "held");
  // Refused: not served, and what comes next is judged afresh.
  EXPECT_EQ(replica("refuse", "--note wrong").status, 0);
  EXPECT_EQ(source()["served"], "1.1");
  publish(listed(4, kBlack));
  EXPECT_EQ(apply(seen()).status, 0);
  EXPECT_EQ(source()["served"], "1.3");
  publish(listed(1'800, kBlack));
  EXPECT_EQ(apply(seen()).status, 1);
  EXPECT_EQ(replica("release", "--note checked").status, 0);
  EXPECT_EQ(source()["served"], "1.4");
  EXPECT_EQ(source()["state"], "served");
}

TEST_F(Replica, PreviewSaysWhatFallsDue) {
  const auto day = [](int n) {
    return appliance::utc(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()) +
                          std::chrono::days(n))
        .substr(0, 10);
  };
  write(root_ + "/timed.csv", fmt::format("imei,list,valid_from,valid_until,next\n"
                                          "35809101000001,grey,,{0},black\n"
                                          "35809101000002,grey,,{0},white\n"
                                          "35809101000003,black,,{0},\n"
                                          "35809101000004,black,{0},,\n"
                                          "35809101000005,grey,,{1},black\n",
                                          day(2), day(40)));
  write(root_ + "/lock.csv",
        fmt::format(
            "policy,imei,imsi,msisdn,reason,valid_from,valid_until\nmutual,35809101000001,255010000000001,,,,{}\n",
            day(3)));
  ASSERT_EQ(run(fmt::format("import --replica {0}/replica {0}/timed.csv {0}/lock.csv", root_)).status, 0);
  const auto due = [&](const std::string& more) {
    return replica("preview", "--source local --json " + more).parsed().value("forecast", json::array());
  };
  const json soon = due("--days 10");
  ASSERT_EQ(soon.size(), 2u) << soon;
  EXPECT_EQ(soon[0], json::parse(fmt::format(R"({{"day": "{}", "kind": "imei", "begin": 1, "end": 1, "turn_black": 1,
                                                 "turn_other": 1}})",
                                             day(2))));
  EXPECT_EQ(soon[1]["kind"], "lock");
  EXPECT_EQ(soon[1]["day"], day(3));
  EXPECT_EQ(soon[1]["end"], 1);
  EXPECT_EQ(due("--days 60").size(), 3u);
  EXPECT_EQ(due("--days 0").size(), 0u);
}

TEST_F(Replica, RollbackPinsAndGoesThroughTheGuard) {
  write_sightings(2'000);
  publish(listed(1'500, kBlack));
  publish(listed(1, kWhite));
  EXPECT_EQ(apply(seen()).status, 0) << "nothing was served before the first";
  const Ran stopped = replica("rollback", "1.1 " + seen());
  EXPECT_EQ(stopped.status, 1) << stopped.out;
  EXPECT_NE(stopped.out.find("the guard holds it"), std::string::npos) << stopped.out;
  EXPECT_EQ(source()["served"], "1.2");
  EXPECT_EQ(replica("rollback", "1.1 --no-guard --note ticket " + seen()).status, 0);
  EXPECT_EQ(source()["state"], "pinned");
  EXPECT_EQ(source()["note"], "ticket");
  publish(listed(2, kWhite));
  EXPECT_EQ(apply(seen()).status, 0);
  EXPECT_EQ(source()["newest"], "1.3") << "it goes on receiving";
  EXPECT_EQ(source()["served"], "1.1");
  EXPECT_EQ(source()["waiting"], 2);
  EXPECT_EQ(replica("unpin", seen()).status, 0);
  EXPECT_EQ(source()["served"], "1.3");
  EXPECT_EQ(replica("hold", "--note wait").status, 0);
  publish(listed(3, kWhite));
  apply(seen());
  EXPECT_EQ(source()["served"], "1.3");
  EXPECT_EQ(replica("unpin", seen()).status, 0);
  EXPECT_EQ(source()["served"], "1.4");
  const json rows = replica("versions", "--served --json").parsed()["served"];
  EXPECT_GE(rows.size(), 5u) << rows;
}

TEST_F(Replica, APolicyGoesThroughTheGuard) {
  write_sightings(2'000);
  publish(listed(1, kWhite));
  EXPECT_EQ(apply().status, 0);
  const auto document = [&](int number, const std::string& rest) {
    write(root_ + "/policy.json",
          fmt::format(R"({{"turnstile-policy": 1, "number": {}, "author": "test"{}}})", number, rest));
    return replica("policy", root_ + "/policy.json " + seen());
  };
  EXPECT_EQ(document(1, "").status, 0);
  const Ran held = document(2, R"(, "settings": {"response-type": 2})");
  EXPECT_EQ(held.status, 1) << held.out;
  EXPECT_EQ(replica("status", "--json").parsed()["policies_held"], 1);
  EXPECT_EQ(replica("release", "--source policy").status, 0);
  EXPECT_EQ(replica("status", "--json").parsed()["policy"]["number"], 2);
  EXPECT_EQ(document(3, R"(, "settings": {"no-such": 2})").status, 2);
  EXPECT_EQ(run(fmt::format("check --offline --json --replica {}/replica {}", root_, kFirst + 5)).parsed()["answer"],
            "unknown");
}

TEST_F(Replica, WhatAPolicyNoLongerGivesIsJudgedToo) {
  write_sightings(2'000);
  publish(listed(1, kWhite));
  EXPECT_EQ(apply().status, 0);
  write(root_ + "/eird.cfg", "eir\n response-type 2\n");
  const auto document = [&](int number, const std::string& rest) {
    write(root_ + "/policy.json",
          fmt::format(R"({{"turnstile-policy": 1, "number": {}, "author": "test"{}}})", number, rest));
    return replica("policy", fmt::format("{0}/policy.json -c {0}/eird.cfg {1}", root_, seen()));
  };
  const Ran given = document(1, R"(, "settings": {"response-type": 1})");
  EXPECT_EQ(given.status, 0) << given.out;
  const Ran held = document(2, R"(, "note": "the configuration's again")");
  EXPECT_EQ(held.status, 1) << held.out;
  EXPECT_NE(held.out.find("1999 devices"), std::string::npos) << held.out;
  const Ran after = document(3, R"(, "settings": {"response-type": 1})");
  EXPECT_EQ(after.status, 1) << after.out;
  EXPECT_NE(after.out.find("an earlier one is held"), std::string::npos) << after.out;
}

TEST_F(Replica, ALocalListGoesThroughTheGuard) {
  write_sightings(2'000);
  write(root_ + "/one.csv", "imei,list\n35809101000001,black\n");
  write(root_ + "/tac.csv", "imei,list\n35809101,black\n");
  const std::string import = fmt::format("import --merge --replica {}/replica {} {}/", root_, seen(), root_);
  EXPECT_EQ(run(import + "one.csv").status, 0);
  const Ran held = run(import + "tac.csv");
  EXPECT_EQ(held.status, 1) << held.out;
  EXPECT_NE(held.out.find("1999 devices"), std::string::npos) << held.out;
  EXPECT_EQ(source("local")["state"], "held");
  EXPECT_EQ(source("local")["served"], "0.1");
  EXPECT_EQ(replica("release", "--source local").status, 0);
  EXPECT_EQ(source("local")["served"], "0.2");
}

TEST_F(Replica, TwoThousandSmallChangesAreHeldTogether) {
  write_sightings(3'000);
  for (uint64_t n = 1; n <= 2'000; ++n) publish(listed(n, kBlack));
  const Ran applied = apply(seen());
  EXPECT_EQ(applied.status, 1);
  const json s = source();
  EXPECT_EQ(s["newest"], "1.2000");
  EXPECT_EQ(s["served"], "1.1001") << "nothing was served before the first, which is not counted";
  EXPECT_EQ(s["held_from"], "1.1002");
  EXPECT_EQ(s["waiting"], 999);
}

TEST_F(Replica, PublishesFeedsFromListFiles) {
  write(root_ + "/a.csv", "imei,list,svn,reason\n35809101000001,black,,stolen\n35809101,white,,\n");
  write(root_ + "/b.csv", "imei,list\n35809101000002,grey\n");
  write(root_ + "/bad.csv", "imei,list\n3580910100000x,grey\n");
  const std::string to = fmt::format("replica publish --feed {0}/feed --key {0}/centre.key ", root_);
  EXPECT_EQ(run(to + root_ + "/a.csv").status, 0);
  EXPECT_EQ(run(to + "--merge --json " + root_ + "/b.csv").parsed()["version"], "1.2");
  EXPECT_EQ(run(to + "--merge " + root_ + "/b.csv").status, 2) << "nothing would change";
  EXPECT_EQ(run(to + root_ + "/bad.csv").status, 2);
  EXPECT_EQ(run(to + "--source elsewhere " + root_ + "/b.csv").status, 2);
  EXPECT_EQ(run(to + "--new-epoch --json " + root_ + "/b.csv").parsed()["version"], "2.1");
  EXPECT_EQ(apply().status, 0);
  EXPECT_EQ(source()["entries"], 1);
}

TEST_F(Replica, ExplainsAndLooksBack) {
  publish(listed(1, kBlack));
  EXPECT_EQ(apply().status, 0);
  const auto then = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  ASSERT_TRUE(comes([&] { return std::chrono::system_clock::now() > then + std::chrono::seconds(1); }));
  publish(listed(2, kWhite));
  EXPECT_EQ(apply().status, 0);
  const std::string check = fmt::format("check --json --replica {}/replica {} ", root_, kFirst);
  const json now = run(check + "--explain").parsed();
  EXPECT_EQ(now["answer"], "white") << now;
  ASSERT_EQ(now["entries"].size(), 1u);
  EXPECT_EQ(now["entries"][0]["source"], "centre");
  EXPECT_TRUE(now["entries"][0]["since"].get<std::string>().starts_with("1.2 ")) << now;
  const json past = run(check + "--explain --at " + appliance::utc(then)).parsed();
  EXPECT_EQ(past["answer"], "black") << past;
  EXPECT_EQ(past["served"][0]["version"], "1.1");
  EXPECT_TRUE(past["entries"][0]["since"].get<std::string>().starts_with("1.1 ")) << past;
  EXPECT_FALSE(past["not_known"].empty());
  const Ran before = run(check + "--at 2020-01-01");
  EXPECT_EQ(before.status, 2);
  EXPECT_NE(before.out.find("oldest"), std::string::npos) << before.out;
  EXPECT_EQ(run(check + "--at 2190-01-01").status, 2);
  EXPECT_EQ(run(check + "--at yesterday").status, 2);
}

TEST_F(Replica, VerifyNamesWhatIsDamaged) {
  for (int i = 0; i < 4; ++i) publish_some();
  EXPECT_EQ(apply().status, 0);
  EXPECT_EQ(replica("verify").status, 0);
  write(root_ + "/other.pem", SigningKey::make().public_pem());
  const Ran other = replica("verify", "--json --key " + root_ + "/other.pem");
  EXPECT_EQ(other.status, 1);
  EXPECT_EQ(other.parsed()["sources"][0]["wrong"].size(), 4u) << other.out;
  for (const auto& file : std::filesystem::directory_iterator(root_ + "/replica"))
    if (file.path().filename().string().starts_with("snapshot-")) {
      std::string octets = read(file.path());
      octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
      write(file.path(), octets);
    }
  EXPECT_NE(replica("verify").status, 0);
  EXPECT_EQ(run("replica verify --replica /no/such").status, 2);
}

TEST_F(Replica, EveryCommandExplainsItself) {
  for (const char* command : {"status", "versions", "preview", "hold", "release", "refuse", "rollback", "unpin",
                              "verify", "policy", "apply", "follow", "publish"}) {
    const Ran help = run(fmt::format("replica {} --help", command));
    EXPECT_EQ(help.status, 0) << command;
    EXPECT_NE(help.out.find("Example"), std::string::npos) << command;
    EXPECT_EQ(run(fmt::format("replica {}", command)).status, 2) << command << " needs --replica";
    if (std::string(command) != "publish" && std::string(command) != "follow") {
      EXPECT_NE(run(fmt::format("replica {} --nonsense", command)).status, 0) << command;
    }
  }
  EXPECT_EQ(run("replica").status, 2);
}

}  // namespace
}  // namespace eir::feed
