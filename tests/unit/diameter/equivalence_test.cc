// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "diameter/s13/responder.h"
#include "tests/unit/counting_new.h"
#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {
namespace {

using codec::Octets;
using s13::Outcome;

constexpr unsigned kMutations = 100'000;
constexpr base::UnixSeconds kNow{std::chrono::seconds(5)};

/// As it arrives behind agents, each of which added a Route-Record: RFC 6733 §6.1.9.
Bytes through_agents(unsigned agents) {
  Ecr ecr;
  for (unsigned i = 0; i < agents; ++i) ecr.add(make(avp::kRouteRecord, "dra" + std::to_string(i) + ".example.org"));
  return ecr.bytes();
}

/// Messages to mutate: the ordinary shape in its variants, and neighbours of it.
std::vector<Bytes> seeds() {
  std::vector<Bytes> out;
  for (const char* imei : {"35809101234560", "358091012345615", "3580910123456233", "12", ""})
    for (const char* sv : {"", "07"})
      for (const char* imsi : {"", "255012345678901"}) out.push_back(Ecr(imei, sv, imsi).bytes());
  out.push_back(Ecr().add(make(avp::kDestinationHost, kOwnHost)).bytes());
  out.push_back(Ecr().without(avp::kVendorSpecificApplicationId).bytes());
  out.push_back(
      Ecr().add(make_group(avp::kProxyInfo, {make(avp::kProxyHost, "a"), make(avp::kProxyState, "b")})).bytes());
  out.push_back(through_agents(1));
  out.push_back(through_agents(3));
  out.push_back(Ecr().add(make(avp::kSupportedFeatures, "1234")).bytes());
  return out;
}

class Mutator {
 public:
  Bytes mutate(Bytes m) {
    const unsigned times = 1 + rng_() % 3;
    for (unsigned i = 0; i < times; ++i) once(m);
    if (m.size() < codec::kHeaderLen) m.resize(codec::kHeaderLen);
    m.resize(codec::padded(m.size()));
    m[0] = rng_() % 64 ? 1 : m[0];
    m[1] = static_cast<uint8_t>(m.size() >> 16);
    m[2] = static_cast<uint8_t>(m.size() >> 8);
    m[3] = static_cast<uint8_t>(m.size());
    m[4] |= codec::kFlagRequest;
    return m;
  }

 private:
  size_t place(const Bytes& m) { return rng_() % m.size(); }
  void once(Bytes& m) {
    const auto at = [&](size_t i) { return m.begin() + static_cast<std::ptrdiff_t>(i); };
    switch (rng_() % 6) {
      case 0: m[place(m)] ^= static_cast<uint8_t>(1u << rng_() % 8); break;
      case 1: m[place(m)] = static_cast<uint8_t>(rng_()); break;
      case 2: {  // cut words out
        const size_t from = place(m) & ~size_t{3};
        m.erase(at(from), at(std::min(m.size(), from + 4 * (1 + rng_() % 8))));
        if (m.size() < codec::kHeaderLen) m.resize(codec::kHeaderLen);
        break;
      }
      case 3: {  // repeat words
        const size_t from = place(m) & ~size_t{3};
        const Bytes piece(at(from), at(std::min(m.size(), from + 4 * (1 + rng_() % 12))));
        m.insert(at(place(m) & ~size_t{3}), piece.begin(), piece.end());
        break;
      }
      case 4: {  // an AVP of a random kind
        const uint8_t flags[] = {0, 0x40, 0xC0, 0x80, 0x41};
        const uint32_t codes[] = {1, 263, 264, 277, 282, 283, 284, 293, 296, 260, 1401, 1402, 4711};
        const Bytes piece =
            make_raw(codes[rng_() % std::size(codes)], flags[rng_() % std::size(flags)], 8 + rng_() % 12, 10415,
                     Bytes(rng_() % 12, static_cast<uint8_t>('0' + rng_() % 10)));
        m.insert(m.end(), piece.begin(), piece.end());
        break;
      }
      default: {  // a digit somewhere in the text
        m[place(m)] = static_cast<uint8_t>('0' + rng_() % 10);
        break;
      }
    }
  }
  std::mt19937 rng_{20240607};
};

TEST(Equivalence, FastPathAnswersWhatTheSlowPathWouldOctetForOctet) {
  DigitAnswerer answerer;
  s13::Responder responder({std::string(kOwnHost), std::string(kOwnRealm)}, answerer);
  const std::vector<Bytes> originals = seeds();
  Mutator mutator;
  unsigned taken = 0;
  for (unsigned i = 0; i < kMutations + originals.size(); ++i) {
    const Bytes m = i < originals.size() ? originals[i] : mutator.mutate(originals[i % originals.size()]);
    codec::Output fast, slow, busy, busy_slow;
    if (responder.refuse_busy_fast(m, busy)) {
      ASSERT_EQ(responder.refuse_busy_slow(m, busy_slow), Outcome::kTooBusy) << i;
      ASSERT_TRUE(std::ranges::equal(busy.unsent(), busy_slow.unsent())) << "3004 to mutation " << i;
    }
    ASSERT_EQ(responder.refuse_busy(m, busy), Outcome::kTooBusy) << i;
    Outcome outcome = Outcome::kDropped;
    if (!responder.answer_fast(m, kNow, fast, outcome)) {
      ASSERT_TRUE(fast.empty());
      responder.answer_slow(m, kNow, slow);
      ASSERT_FALSE(slow.empty()) << i << ": every request is answered";
      continue;
    }
    ++taken;
    const decision::Question asked = answerer.last;
    ASSERT_EQ(responder.answer_slow(m, kNow, slow), outcome) << i;
    ASSERT_TRUE(std::equal(fast.unsent().begin(), fast.unsent().end(), slow.unsent().begin(), slow.unsent().end()))
        << "mutation " << i;
    ASSERT_EQ(asked.imei.text(), answerer.last.imei.text()) << i;
    ASSERT_EQ(asked.imei.svn(), answerer.last.imei.svn()) << i;
    ASSERT_EQ(asked.imsi, answerer.last.imsi) << i;
  }
  EXPECT_GT(taken, kMutations / 20) << "the mutations leave enough for the fast path";
}

TEST(Equivalence, OrdinaryEcrTakesTheFastPath) {
  DigitAnswerer answerer;
  s13::Responder responder({std::string(kOwnHost), std::string(kOwnRealm)}, answerer);
  codec::Output out;
  Outcome outcome;
  EXPECT_TRUE(responder.answer_fast(Ecr().bytes(), kNow, out, outcome));
  EXPECT_TRUE(responder.answer_fast(Ecr("3580910123456789", "").bytes(), kNow, out, outcome));
  EXPECT_TRUE(responder.answer_fast(Ecr().without(avp::kUserName).bytes(), kNow, out, outcome));
  EXPECT_TRUE(responder.answer_fast(Ecr().add(make(avp::kDestinationHost, kOwnHost)).bytes(), kNow, out, outcome));
  EXPECT_TRUE(responder.refuse_busy_fast(Ecr().bytes(), out));
}

TEST(Equivalence, AnEcrThroughAgentsTakesTheFastPathUnlessItLoops) {
  DigitAnswerer answerer;
  s13::Responder responder({std::string(kOwnHost), std::string(kOwnRealm)}, answerer);
  Outcome outcome;
  for (const unsigned agents : {1u, 2u, 16u}) {
    codec::Output fast, slow;
    ASSERT_TRUE(responder.answer_fast(through_agents(agents), kNow, fast, outcome)) << agents;
    responder.answer_slow(through_agents(agents), kNow, slow);
    EXPECT_TRUE(std::ranges::equal(fast.unsent(), slow.unsent())) << agents;
  }
  std::string shouted(kOwnHost);
  shouted[0] = 'E';
  for (const std::string_view own : {kOwnHost, std::string_view(shouted)}) {
    codec::Output out;
    const Bytes loop = Ecr().add(make(avp::kRouteRecord, "dra")).add(make(avp::kRouteRecord, own)).bytes();
    EXPECT_FALSE(responder.answer_fast(loop, kNow, out, outcome)) << own;
    EXPECT_EQ(responder.answer(loop, kNow, out), Outcome::kProtocolError);
    EXPECT_EQ(u32_of(out.unsent(), avp::kResultCode), 3005u);
  }
  codec::Output out;
  EXPECT_FALSE(responder.answer_fast(through_agents(17), kNow, out, outcome)) << "more than the fast path counts";
  EXPECT_EQ(responder.answer(through_agents(17), kNow, out), Outcome::kUnknown);
}

TEST(FastPath, DoesNotAllocate) {
  DigitAnswerer answerer;
  s13::Responder responder({std::string(kOwnHost), std::string(kOwnRealm)}, answerer);
  const Bytes ecr = Ecr().bytes();
  codec::Output out;
  Outcome outcome;
  ASSERT_TRUE(responder.answer_fast(ecr, kNow, out, outcome));
  out.consume(out.size());
  const uint64_t before = eir::test::allocations();
  for (unsigned i = 0; i < 10'000; ++i) {
    responder.answer(ecr, kNow, out);
    out.consume(out.size());
  }
  EXPECT_EQ(eir::test::allocations(), before);
  EXPECT_EQ(answerer.questions, 10'001u);
}

TEST(FastPath, DoesNotAllocateBehindAnAgentNorWhenBusy) {
  DigitAnswerer answerer;
  s13::Responder responder({std::string(kOwnHost), std::string(kOwnRealm)}, answerer);
  const Bytes ecr = through_agents(2);
  codec::Output out;
  responder.answer(ecr, kNow, out);
  out.consume(out.size());
  const uint64_t before = eir::test::allocations();
  for (unsigned i = 0; i < 10'000; ++i) {
    responder.answer(ecr, kNow, out);
    responder.refuse_busy(ecr, out);
    out.consume(out.size());
  }
  EXPECT_EQ(eir::test::allocations(), before);
}

}  // namespace
}  // namespace eir::diameter::test
