// SPDX-License-Identifier: GPL-3.0-or-later
// Random operations on the tables and on model.h: changes of every kind and their inverses, folds, full versions,
// rollbacks, clock steps, questions. EIR_MODEL_OPERATIONS says how many.
#include "model.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <random>

#include "core/decision/latest_time.h"
#include "core/lists/joined.h"

namespace eir::model {
namespace {

using identity::Digits;
using identity::ImeiKey;
using std::chrono::seconds;

constexpr uint64_t kBase = 35'809'101'000'000;
constexpr int64_t kTimeMax = 5000;

class World {
 public:
  World(uint64_t seed, size_t sources) : random_(seed), path_("model-" + std::to_string(getpid()) + ".snapshot") {
    for (size_t i = 0; i < 60; ++i) {
      const auto from = any(3) ? 0 : any(kTimeMax), until = any(3) ? 0 : any(kTimeMax);
      const std::string reason = "reason " + std::to_string(i);
      pool_.intern({any(4) ? reason : "", UnixSeconds(seconds(from)), UnixSeconds(seconds(until)),
                    until ? ListSet(static_cast<uint8_t>(any(8))) : ListSet()});
    }
    sources_.resize(sources);
    for (auto& s : sources_) {
      s.model.pool = &pool_;
      full(s);
    }
    basis_.latest = std::make_shared<decision::LatestTime>();
  }
  ~World() { ::unlink(path_.c_str()); }

  /// One step; returns how many operations it counts as.
  size_t step() {
    auto& s = sources_[any(sources_.size())];
    switch (any(40)) {
      case 0: full(s); break;
      case 1: fold(s); break;
      case 2: roll_back(s); break;
      case 3: compare_all(s); break;
      default: return change(s) + ask(30);
    }
    return 1 + ask(30);
  }
  std::vector<size_t> asked_by_reason = std::vector<size_t>(decision::kReasons);
  size_t overlays_max = 0, depth_max = 0;

 private:
  struct Versioned {
    Source model;
    std::shared_ptr<const lists::Index> index;
    std::vector<lists::Change> done;  ///< since the last full version
    uint64_t number = 0;
  };
  uint64_t any(uint64_t below) { return random_() % below; }
  lists::TermsId terms() { return any(3) ? 0 : static_cast<lists::TermsId>(any(pool_.size())); }
  ListSet some_lists() { return ListSet(static_cast<uint8_t>(1 + any(7))); }
  ImeiKey key() { return ImeiKey{kBase + any(60) * 37 + any(3)}; }
  identity::Imsi imsi() { return identity::Imsi(Digits::of(255'010'000'000'000 + any(12), 15)); }
  identity::Msisdn msisdn() { return identity::Msisdn(Digits::of(380'500'000'000 + any(12), 12)); }
  SubscriberKey who(bool prefix) {
    const bool by_imsi = any(2);
    if (!prefix || any(2)) return by_imsi ? SubscriberKey::exact(imsi()) : SubscriberKey::exact(msisdn());
    const auto type = by_imsi ? SubscriberKey::Type::kImsi : SubscriberKey::Type::kMsisdn;
    const Digits digits = by_imsi ? Digits(imsi()) : Digits(msisdn());
    return SubscriberKey::prefix(type, digits.prefix(static_cast<unsigned>(1 + any(digits.length()))));
  }

  void make(lists::ImeiEntry& e) {
    e = lists::ImeiEntry::make(key(), any(3) ? std::nullopt : std::optional<identity::Svn>(any(4)), some_lists(),
                               terms());
  }
  void make(lists::RangeEntry& e) {
    // Nested by their sizes, often at the same start or end.
    static constexpr uint64_t kSizes[] = {2400, 600, 120, 40, 5, 1};
    if (any(20) == 0) {
      e = {ImeiKey{kBase}, ImeiKey{kBase + 999'999}, some_lists(), terms(), 0};
      return;
    }
    const uint64_t size = kSizes[any(6)], at = any(2400 / size) * size;
    e = {ImeiKey{kBase + at}, ImeiKey{kBase + at + size - 1}, some_lists(), terms(), 0};
  }
  void make(lists::SubscriberEntry& e) { e = {who(true), some_lists(), terms(), 0}; }
  void make(lists::PairEntry& e) { e = {ImeiKey{kBase + any(8) * 37}, who(false), some_lists(), terms(), 0}; }
  void make(lists::LockEntry& e) {
    const auto named = any(3);
    e = {key(),
         named != 0 ? imsi() : identity::Imsi(),
         named != 1 ? msisdn() : identity::Msisdn(),
         static_cast<lists::LockPolicy>(1 + any(3)),
         terms(),
         0};
  }
  void make(lists::MirrorEntry& e) { e = {imsi(), msisdn(), 0, 0}; }
  void make(lists::ExceptionEntry& e) {
    e = {who(true), static_cast<lists::Ruling>(any(lists::kRulings)), terms(), 0};
    if (e.who.is_prefix() && e.who.digits().length() < 10) e.ruling = lists::Ruling::kGoOn;  // else nothing is left
  }
  void make(lists::DeviceClassEntry& e) {
    e.tac = static_cast<uint32_t>(35'809'100 + any(4));
    e.terms = terms();
  }

  /// Changes up to `places` places of a kind. Few of those kinds that end a question early.
  template <class Entry>
  void vary(const Source& model, size_t places, lists::Change& c) {
    auto& before = c.before.of<Entry>();
    auto& after = c.after.of<Entry>();
    const auto& held = model.of<Entry>();
    std::map<decltype(Entry().place()), bool> seen;
    constexpr bool early = Entry::kKind == lists::EntryKind::kException || Entry::kKind == lists::EntryKind::kLock ||
                           Entry::kKind == lists::EntryKind::kSubscriber;
    for (size_t i = 0; i < places; ++i) {
      Entry e;
      make(e);
      if (!seen.emplace(e.place(), true).second) continue;
      const auto there = held.find(e.place());
      if (there != held.end()) before.push_back(there->second);
      if (there == held.end() || any(early ? 5 : 2) == 0)
        if (!early || held.size() + after.size() < 6) after.push_back(e);
    }
    const auto by_place = [](const Entry& a, const Entry& b) { return a.place() < b.place(); };
    std::sort(before.begin(), before.end(), by_place);
    std::sort(after.begin(), after.end(), by_place);
  }
  size_t change(Versioned& s) {
    lists::Change c;
    const size_t kinds = 1 + any(255);
    size_t kind = 0;
    Entries::for_each(c.before, [&]<class Entry>(const std::vector<Entry>&) {
      if (kinds >> kind++ & 1) vary<Entry>(s.model, any(8) ? any(8) : any(120), c);
    });
    lists::TermsPool own;  // the change's own numbers
    Entries::for_each(c.before, [&](auto& v) { renumber(v, own); });
    Entries::for_each(c.after, [&](auto& v) { renumber(v, own); });
    c.terms = std::move(own);
    const size_t places = c.places();
    take(s, c);
    s.done.push_back(std::move(c));
    return places;
  }
  template <class Entry>
  void renumber(std::vector<Entry>& v, lists::TermsPool& own) {
    for (Entry& e : v) e.terms = own.intern(pool_.of(e.terms));
  }
  void take(Versioned& s, const lists::Change& c) {
    const auto to_model = [&](Entries entries) {
      Entries::for_each(entries, [&](auto& v) {
        for (auto& e : v) e.terms = pool_.intern(c.terms.of(e.terms));
      });
      return entries;
    };
    s.model.apply(to_model(c.before), to_model(c.after));
    auto next = s.index->with(c, {1, ++s.number});
    ASSERT_TRUE(next) << next.error().message();
    s.index = *next;
    overlays_max = std::max(overlays_max, s.index->layers().size() - 1);
  }
  void roll_back(Versioned& s) {
    for (size_t n = any(5); n > 0 && !s.done.empty(); --n) {
      lists::Change inverse = std::move(s.done.back());
      s.done.pop_back();
      std::swap(inverse.before, inverse.after);
      take(s, inverse);
    }
  }
  void full(Versioned& s) {
    s.model.maps = {};
    lists::Change c;
    Entries::for_each(c.before, [&]<class Entry>(const std::vector<Entry>&) { vary<Entry>(s.model, any(150), c); });
    s.model.apply(c.before, c.after);
    const auto written = lists::write_snapshot(path_, s.model.entries(), pool_, {});
    ASSERT_TRUE(written) << written.error().message();
    open(s);
    s.done.clear();
  }
  void fold(Versioned& s) {
    const auto written = lists::write_snapshot(path_, *s.index, {});
    ASSERT_TRUE(written) << written.error().message();
    const auto before = s.index->counts();
    open(s);
    ASSERT_EQ(s.index->counts(), before);
  }
  void open(Versioned& s) {
    auto snapshot = lists::Snapshot::open(path_);
    ASSERT_TRUE(snapshot) << snapshot.error().message();
    ::unlink(path_.c_str());
    s.index = std::make_shared<lists::Index>(*snapshot, lists::Version{1, ++s.number});
  }

  /// Every entry, its terms too, found by its place and by going through all.
  void compare_all(const Versioned& s) {
    ASSERT_EQ(s.index->counts(), s.model.entries().counts());
    const Entries everything = s.model.entries();
    Entries::for_each(everything, [&]<class Entry>(const std::vector<Entry>& all) {
      const auto& held = s.model.of<Entry>();
      for (const Entry& e : all) {
        const auto found = s.index->find(e, pool_);
        ASSERT_TRUE(found && found->place() == e.place() && found->terms == e.terms);
        ASSERT_TRUE(same_value(*found, e));
      }
      Entry absent;
      make(absent);
      ASSERT_EQ(s.index->find(absent, pool_).has_value(), held.contains(absent.place()));
      size_t seen = 0;
      s.index->for_each<Entry>([&](const Entry& e, const Terms& terms) {
        const auto there = held.find(e.place());
        ASSERT_TRUE(there != held.end() && same_value(there->second, e));
        ASSERT_EQ(s.model.terms(there->second), terms);
        ++seen;
      });
      ASSERT_EQ(seen, held.size());
    });
    size_t depth = 0;
    s.index->ranges_around(key(), [&](const lists::RangeEntry&, const Terms&) { ++depth; });
    depth_max = std::max(depth_max, depth);
  }
  template <class Entry>
  static bool same_value(const Entry& a, const Entry& b) {
    if constexpr (requires { a.word; })
      return a.word == b.word;
    else if constexpr (requires { a.lists; })
      return a.lists == b.lists;
    else if constexpr (requires { a.ruling; })
      return a.ruling == b.ruling;
    else if constexpr (Entry::kKind == lists::EntryKind::kMirror)
      return a.msisdn == b.msisdn;
    else
      return true;
  }

  size_t ask(size_t questions) {
    std::vector<const Source*> models;
    std::vector<std::shared_ptr<const lists::Index>> indexes;
    for (const auto& s : sources_) {
      models.push_back(&s.model);
      indexes.push_back(s.index);
    }
    basis_.lists = indexes.size() == 1 ? std::shared_ptr<const lists::View>(indexes[0])
                                       : std::make_shared<lists::Joined>(indexes, lists::Version{1, 1});
    Settings& set = basis_.settings;
    set.response_type = static_cast<decision::ResponseType>(1 + any(3));
    set.combine_levels = any(2);
    set.black_subscriber_wins = any(2);
    set.lock_unknown = any(2) ? StatusOrGoOn() : static_cast<Status>(any(4));
    for (auto& b : set.lock_break) b = static_cast<Status>(any(4));
    for (size_t i = 0; i < questions && !::testing::Test::HasFatalFailure(); ++i) ask_one(models);
    return questions;
  }
  void ask_one(const std::vector<const Source*>& models) {
    Question q;
    q.imei = identity::Imei::from_text(identity::to_string(any(4) == 0 ? ImeiKey{kBase + any(2600)}
                                                           : any(2)    ? key()
                                                                       : ImeiKey{kBase + any(8) * 37}));
    if (any(2)) q.imei.set_svn(static_cast<identity::Svn>(any(5)));
    if (any(3) == 0) q.imsi = imsi();
    if (any(3) == 0) q.msisdn = msisdn();
    // The clock runs, and sometimes steps, a little or far; what was seen does not come back.
    clock_ = any(200) ? clock_ + static_cast<int64_t>(any(3)) : static_cast<int64_t>(any(kTimeMax));
    if (any(5000) == 0 || clock_ > 2 * kTimeMax) {
      clock_ = latest_ = 0;
      recent_.clear();
      basis_.latest = std::make_shared<decision::LatestTime>();
    }
    latest_ = std::max(latest_, clock_);
    q.time = UnixSeconds(seconds(clock_));
    const UnixSeconds at(seconds(std::max(clock_, latest_ - 60)));
    const auto v = decision::EquipmentChecker::check(q, basis_);
    ask_together(q);
    const Answer want = Model(models, basis_.settings, q, at).answer();
    ASSERT_EQ(decision::to_string(v.reason), decision::to_string(want.reason)) << q.imei.text() << " at " << clock_;
    ASSERT_EQ(v.judged, want.judged) << decision::to_string(v.reason);
    ASSERT_EQ(v.lock_unknown && v.reason != Reason::kImsiException, want.lock_unknown);
    ++asked_by_reason[static_cast<size_t>(v.reason)];
  }

  /// With others that came at once it is answered as alone.
  void ask_together(const Question& q) {
    constexpr size_t kMost = 40;  // more than are looked at in one go
    recent_.push_back(q);
    if (recent_.size() > kMost) recent_.erase(recent_.begin());
    const size_t most = any(50) ? 3 : kMost;
    const auto together = std::span(recent_).last(std::min(recent_.size(), 1 + any(most)));
    std::array<decision::Verdict, kMost> verdicts;
    decision::EquipmentChecker::check(together, basis_, std::span(verdicts).first(together.size()));
    for (size_t i = 0; i < together.size(); ++i) {
      const decision::Verdict &v = verdicts[i], alone = decision::EquipmentChecker::check(together[i], basis_);
      ASSERT_EQ(decision::to_string(v.reason), decision::to_string(alone.reason));
      ASSERT_EQ(std::tie(v.told, v.judged, v.observed, v.lock_unknown, v.lists, v.note, v.version),
                std::tie(alone.told, alone.judged, alone.observed, alone.lock_unknown, alone.lists, alone.note,
                         alone.version));
    }
  }

  std::mt19937_64 random_;
  const std::string path_;
  lists::TermsPool pool_;
  std::vector<Versioned> sources_;
  decision::Basis basis_;
  int64_t clock_ = 0, latest_ = 0;
  std::vector<decision::Question> recent_;  ///< asked before
};

#ifdef NDEBUG
constexpr double kOperations = 2e6;
#else
constexpr double kOperations = 2e5;  // with the sanitizers
#endif

void run(uint64_t seed, size_t sources, double share) {
  const char* wanted = std::getenv("EIR_MODEL_OPERATIONS");
  const auto operations = static_cast<size_t>((wanted ? std::atof(wanted) : kOperations) * share);
  World world(seed, sources);
  size_t done = 0;
  while (done < operations && !::testing::Test::HasFatalFailure()) done += world.step();
  std::string reasons;
  for (unsigned r = 1; r < decision::kReasons; ++r)
    if (world.asked_by_reason[r])
      reasons += std::string(to_string(static_cast<Reason>(r))) + " " + std::to_string(world.asked_by_reason[r]) + " ";
  ::testing::Test::RecordProperty("reasons", reasons);
  std::printf("%zu operations, overlays up to %zu, ranges up to %zu deep; %s\n", done, world.overlays_max,
              world.depth_max, reasons.c_str());
  if (operations < 50'000) return;  // too few to have come across everything
  for (const auto r : {Reason::kImsiException, Reason::kLockMutual, Reason::kLockDevice, Reason::kLockSubscriber,
                       Reason::kPair, Reason::kSubscriber, Reason::kIndividual, Reason::kIndividualSvn, Reason::kRange,
                       Reason::kTac, Reason::kNotListed})
    EXPECT_GT(world.asked_by_reason[static_cast<size_t>(r)], 0u) << to_string(r);
  EXPECT_GE(world.depth_max, 4u);
}

TEST(Model, OneSource) { run(1, 1, 0.6); }
TEST(Model, ThreeSourcesJoined) { run(2, 3, 0.4); }

}  // namespace
}  // namespace eir::model
