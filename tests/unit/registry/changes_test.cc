// SPDX-License-Identifier: GPL-3.0-or-later
// Changes folded into one; the version's digest against the state it is said to be of; names and passwords.
#include <random>

#include "core/feed/state.h"
#include "registry/password.h"
#include "registry/publisher.h"
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

feed::State random_state(std::mt19937& random) {
  feed::State s;
  for (uint64_t key = 1; key <= 60; ++key) {
    if (random() % 3 == 0) continue;
    const auto terms = s.terms.intern(random() % 2 ? "stolen" : "lost");
    s.entries.imeis.push_back(lists::ImeiEntry::make(identity::ImeiKey{key}, {},
                                                     lists::ListSet(static_cast<uint8_t>(random() % 7 + 1)), terms));
    s.entries.device_classes.push_back({static_cast<uint32_t>(key), terms, 0});
  }
  return s;
}

TEST(Changes, FoldedTheyDoWhatTheyDidOneAfterTheOther) {
  std::mt19937 random(7);
  for (int round = 0; round < 50; ++round) {
    const feed::State first = random_state(random);
    feed::State state = {first.entries, {}};
    std::vector<feed::State> states;
    states.push_back(random_state(random));
    for (int i = 0; i < 5; ++i) states.push_back(random_state(random));
    std::vector<lists::Change> changes;
    for (size_t i = 0; i + 1 < states.size(); ++i) changes.push_back(feed::difference(states[i], states[i + 1]));
    std::vector<const lists::Change*> parts;
    for (const auto& c : changes) parts.push_back(&c);
    const lists::Change folded = fold(parts);
    EXPECT_EQ(feed::apply(folded, states.front()), 0u);
    EXPECT_EQ(store::digests_of(states.front().entries, states.front().terms),
              store::digests_of(states.back().entries, states.back().terms));
    const lists::Change exact = feed::difference(states.front(), states.back());
    EXPECT_EQ(exact.places(), 0u);
  }
}

TEST(Changes, ThereAndBackAgainIsNothing) {
  std::mt19937 random(3);
  const feed::State a = random_state(random), b = random_state(random);
  const lists::Change there = feed::difference(a, b), back = feed::difference(b, a);
  EXPECT_EQ(fold({&there, &back}).places(), 0u);
}

class VersionsOfIt : public RegistryTest {};

/// Random commands; the digest and counts that were kept all along are those of what is stored.
TEST_F(VersionsOfIt, DigestAndCountsAreThoseOfTheStoredState) {
  std::mt19937 random(11);
  ASSERT_TRUE(run(Role::kAdministrator, SetPolicy{"unlisted", "grey-90-black"}).ok());
  const auto at = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  for (int i = 0; i < 150; ++i) {
    const uint64_t key = kFirst + random() % 40;
    switch (random() % 6) {
      case 0: run(Role::kImporter, CreateDevices{{name(key), name(key + 1)}, {}}); break;
      case 1: run(Role::kAdministrator, DeleteDevice{name(key), ""}); break;
      case 2:
        run(Role::kAdministrator,
            Propose{"", on(key, static_cast<uint8_t>(random() % 7 + 1), "r" + std::to_string(random() % 3))});
        break;
      case 3: {
        Change gone = on(key, kBlack);
        gone.remove = true;
        run(root(), ChangeEntries{{gone}});
        break;
      }
      case 4:
        run(Role::kOperator,
            FileSightings{"n", static_cast<uint64_t>(i), {{identity::ImeiKey{key}, {}, {}, {}, "", "", "", at, at}}});
        break;
      default:
        run(Role::kImporter,
            FileJob{"J" + std::to_string(i), {CreateDevices{{name(key + 2)}, {}}, DeleteDevice{name(key + 3), ""}}});
    }
    if (random() % 5 == 0) clock_.advance(std::chrono::milliseconds(600));
    if (random() % 30 == 0) start();
  }
  settle();
  lists::Entries entries;
  lists::TermsPool terms;
  ASSERT_TRUE(read_state(*writer_, entries, terms));
  EXPECT_EQ(store::digests_of(entries, terms), engine_->manifest().digests);
  EXPECT_EQ(entries.counts(), engine_->manifest().counts);
  EXPECT_GT(engine_->newest().number, 5u);
  const AuditReport report = verify_audit(*writer_, anchors_in(engine_->manifest().text));
  EXPECT_TRUE(report.whole) << report.fault;
}

TEST_F(VersionsOfIt, ChangesAreGatheredForHalfASecond) {
  settle();
  const uint64_t before = engine_->newest().number;
  for (uint64_t i = 0; i < 20; ++i) {
    ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + i)}, {}}).ok());
    clock_.advance(std::chrono::milliseconds(100));
  }
  settle();
  EXPECT_LE(engine_->newest().number - before, 5u);
  EXPECT_GE(engine_->newest().number - before, 4u);
}

TEST(Names, AreTakenWhenTheyCanBeProvisioned) {
  const struct {
    const char* name;
    Why why;
  } kTable[] = {{"35210605054420", Why::kNone},        {"352106050544203", Why::kNone},
                {"352106050544204", Why::kCheckDigit}, {"3521060505442001", Why::kNone},
                {"3521060505442", Why::kForm},         {"35210605054420011", Why::kForm},
                {"3521060505442a", Why::kForm},        {"", Why::kForm},
                {"00000000000000", Why::kForm},        {"352106050544203 ", Why::kForm},
                {"-5210605054420", Why::kForm}};
  for (const auto& row : kTable) EXPECT_EQ(parse_name(row.name).why, row.why) << row.name;
  EXPECT_EQ(parse_name("3521060505442042").svn, identity::Svn{42});
}

TEST(Passwords, AreKeptSoThatOnlyTheRightOneFits) {
  const ScryptCost quick{4, 8, 1};
  const std::string one = hash_password("secret-1", quick), two = hash_password("secret-1", quick);
  EXPECT_NE(one, two) << "each has a salt of its own";
  EXPECT_TRUE(verify_password("secret-1", one));
  EXPECT_FALSE(verify_password("secret-2", one));
  EXPECT_FALSE(verify_password("", one));
  for (const char* bad : {"", "scrypt", "scrypt$4$8$1$$", "scrypt$99$8$1$00$00", "plain$secret-1"})
    EXPECT_FALSE(verify_password("secret-1", bad)) << bad;
}

}  // namespace
}  // namespace eir::registry
