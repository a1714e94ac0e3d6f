// SPDX-License-Identifier: GPL-3.0-or-later
// One request, answered by the fast and the slow path: what the fast one takes, both answer alike, and
// every request gets an answer that can be read.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "diameter/s13/responder.h"

namespace {

using namespace eir;
using diameter::codec::Octets;
using diameter::s13::Outcome;

class Echo final : public decision::Answerer {
 public:
  decision::Verdict answer(const decision::Question& q) noexcept override {
    decision::Verdict v;
    v.told = q.imei.valid() ? static_cast<decision::Status>(number(q.imei.key()) % 4) : decision::Status::kUnknown;
    return v;
  }
  decision::Verdict give_up(const decision::Question&, decision::Reason) noexcept override { return {}; }
};

void require(bool condition) {
  if (!condition) std::abort();
}

void require_readable(Octets answer, Octets request) {
  diameter::codec::Header h;
  require(diameter::codec::read_header(answer, h));
  require(h.length == answer.size() && h.version == 1 && !h.request());
  require(std::equal(answer.begin() + 12, answer.begin() + 20, request.begin() + 12));
  diameter::codec::AvpReader reader(diameter::codec::body_of(answer));
  diameter::codec::AvpView avp;
  while (reader.next(avp)) {
  }
  require(!reader.broken());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Echo echo;
  static diameter::s13::Responder responder({"eir.example.org", "example.org"}, echo);
  if (size < diameter::codec::kHeaderLen || size > 65536) return 0;
  std::vector<uint8_t> request(data, data + size);
  request.resize(size & ~size_t{3});
  request[1] = static_cast<uint8_t>(request.size() >> 16);
  request[2] = static_cast<uint8_t>(request.size() >> 8);
  request[3] = static_cast<uint8_t>(request.size());
  request[4] |= diameter::codec::kFlagRequest;
  const base::UnixSeconds now{std::chrono::seconds(1)};
  diameter::codec::Output fast, slow, busy, busy_slow;
  if (responder.refuse_busy_fast(request, busy)) {
    require(responder.refuse_busy_slow(request, busy_slow) == Outcome::kTooBusy);
    require(std::ranges::equal(busy.unsent(), busy_slow.unsent()));
  }
  Outcome fast_outcome = Outcome::kDropped;
  const bool taken = responder.answer_fast(request, now, fast, fast_outcome);
  const Outcome slow_outcome = responder.answer_slow(request, now, slow);
  require(slow_outcome != Outcome::kDropped);
  require_readable(slow.unsent(), request);
  if (!taken) {
    require(fast.empty());
    return 0;
  }
  require(fast_outcome == slow_outcome && fast.size() == slow.size());
  require(std::equal(fast.unsent().begin(), fast.unsent().end(), slow.unsent().begin()));
  return 0;
}
