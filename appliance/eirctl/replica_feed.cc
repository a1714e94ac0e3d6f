// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <signal.h>

#include "appliance/eirctl/replica.h"
#include "core/feed/directory_feed.h"
#include "core/feed/follower.h"

namespace eir::appliance::eirctl {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr seconds kBackoffMin{1}, kBackoffMax{60};
constexpr seconds kKnowledgeAge{600};  ///< devices seen are read anew after that
constexpr auto kSecondsMax = 3600;

struct Options : ReplicaOptions {
  std::string feed;
  std::string key;
  int every = 1;
};

/// SIGINT and SIGTERM wait until they are asked for: a step is never broken off.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  /// True when told to stop within that time.
  bool within(seconds time) const {
    const timespec t{time.count(), 0};
    int signal;
    do signal = sigtimedwait(&set_, nullptr, &t);
    while (signal < 0 && errno == EINTR);
    return signal > 0;
  }

 private:
  sigset_t set_;
};

void tell(const Context& context, const feed::StepReport& report) {
  for (const auto& t : report.taken) {
    const auto& j = t.taken.judgement;
    if (context.json) {
      fmt::print("{}\n", one_line({{"event", t.taken.held ? "held" : "taken"},
                                   {"source", t.source},
                                   {"version", t.taken.newest.str()},
                                   {"served", t.taken.served.str()},
                                   {"turned", j.turned},
                                   {"why", j.why}}));
    } else if (t.taken.held) {
      fmt::print("{} {} held, {} is served: {}\n", t.source, t.taken.newest.str(), t.taken.served.str(),
                 j.why.empty() ? "it waits behind another" : j.why);
    } else {
      fmt::print("{} {} taken, {} is served\n", t.source, t.taken.newest.str(), t.taken.served.str());
    }
  }
  for (const auto& r : report.refused) {
    if (context.json) {
      fmt::print("{}\n", one_line({{"event", "refused"},
                                   {"source", r.source},
                                   {"version", r.refused.version.str()},
                                   {"what", store::name(r.refused.what)},
                                   {"detail", r.refused.detail},
                                   {"remedy", store::remedy(r.refused.what)}}));
    } else {
      fmt::print("{} {} refused, {}: {}; {}\n", r.source, r.refused.version.str(), store::name(r.refused.what),
                 r.refused.detail, store::remedy(r.refused.what));
    }
  }
  std::fflush(stdout);
}

/// A follower with what it needs around it. The writer's lock is held only while there is something to take, so that
/// an operator's commands find it free.
class Following {
 public:
  Following(const Options& options, feed::VerifyingKey key, std::string program)
      : options_(options),
        feed_(options.feed),
        follower_({feed_, std::move(key), clock_}),
        program_(std::move(program)) {}

  /// Whether a step may find anything: what is offered changed, or something that was refused may have.
  base::Result<bool, base::Problem> news() {
    std::array<std::vector<lists::Version>, 2> offered;
    for (size_t i = 0; i < offered.size(); ++i) {
      auto one = feed_.offered(i == 0 ? feed::kUrgent : feed::kCentre);
      if (!one) return tl::unexpected(one.error());
      offered[i] = std::move(*one);
    }
    const bool changed = offered != offered_;
    offered_ = std::move(offered);
    return changed || (refused_ && steady_clock::now() - stepped_ >= feed::kRetryAfter);
  }
  base::Result<feed::StepReport, base::Problem> step() {
    if (auto ok = know(); !ok) return tl::unexpected(ok.error());
    auto writer = GuardedWriter::open(options_.directory, program_, knowledge_, options_.guard.off);
    auto report = writer ? follower_.step(**writer.value()) : tl::unexpected(writer.error());
    stepped_ = steady_clock::now();
    if (report) refused_ = !report->refused.empty() || (refused_ && report->taken.empty());
    if (!report) offered_ = {};
    return report;
  }

 private:
  base::Result<void, base::Problem> know() {
    if (knowledge_ && steady_clock::now() - known_at_ < kKnowledgeAge) return {};
    const auto policy = store::Reader::open(options_.directory)->status().policy;
    auto knowledge = learn(options_.guard, policy);
    if (!knowledge) return tl::unexpected(knowledge.error());
    knowledge_ = std::move(*knowledge);
    known_at_ = steady_clock::now();
    return {};
  }

  const Options& options_;
  base::SystemClock clock_;
  feed::DirectoryFeed feed_;
  feed::Follower follower_;
  const std::string program_;
  std::array<std::vector<lists::Version>, 2> offered_;
  std::shared_ptr<GuardKnowledge> knowledge_;
  steady_clock::time_point known_at_, stepped_;
  bool refused_ = false;
};

void apply(const Options& o, Context& context) {
  auto key = feed::VerifyingKey::load(o.key);
  if (!key) return fail(context, key.error());
  Following following(o, std::move(*key), "eirctl replica apply");
  for (bool more = true; more;) {
    const auto report = following.step();
    if (!report) return fail(context, report.error());
    tell(context, *report);
    for (const auto& t : report->taken)
      if (t.taken.held) context.exit = kSomeRefused;
    if (!report->refused.empty()) context.exit = kSomeRefused;
    more = report->more;
  }
}

void follow(const Options& o, Context& context) {
  const StopSignals stop;
  auto key = feed::VerifyingKey::load(o.key);
  if (!key) return fail(context, key.error());
  Following following(o, std::move(*key), "eirctl replica follow");
  if (!context.json) fmt::print(stderr, "following {} until SIGTERM or Ctrl-C\n", o.feed);
  seconds backoff = kBackoffMin;
  std::string last_problem;
  for (bool more = false;;) {
    if (stop.within(more ? seconds(0) : last_problem.empty() ? seconds(o.every) : backoff)) return;
    const auto news = more ? base::Result<bool, base::Problem>(true) : following.news();
    auto report = !news          ? tl::unexpected(news.error())
                  : news.value() ? following.step()
                                 : base::Result<feed::StepReport, base::Problem>(feed::StepReport());
    if (!report) {
      // Said once for as long as it stays the same; another writer, a share that is away, a full disk.
      if (report.error().message() != last_problem) fmt::print(stderr, "eirctl: {}\n", report.error().message());
      backoff = last_problem.empty() ? kBackoffMin : std::min(backoff * 2, kBackoffMax);
      last_problem = report.error().message();
      more = false;
      continue;
    }
    last_problem.clear();
    tell(context, *report);
    more = report->more;
  }
}

void add_feed(Command& c, Options& o) {
  c.add_option("--feed", o.feed, "Directory with the centre's manifests and data")->required();
  c.add_option("--key", o.key, "The centre's public key, PEM")->required();
  add_guard(c, o.guard);
}

}  // namespace

void add_replica_feed(Command& replica, Context& context) {
  const auto a = std::make_shared<Options>();
  Command* c = replica_command(
      replica, context, "apply", "Take what a feed offers, once", a, [a, &context] { apply(*a, context); },
      "Exit status: 0 all taken, or nothing new; 1 something was refused or held; 2 the feed or the replica cannot be\n"
      "used.\n\nExample:\n"
      "  eirctl replica apply --replica /var/lib/turnstile/replica --feed /srv/feed --key /etc/turnstile/centre.pem");
  add_feed(*c, *a);
  const auto f = std::make_shared<Options>();
  c = replica_command(
      replica, context, "follow", "Take what a feed offers, until stopped", f, [f, &context] { follow(*f, context); },
      "Tells each version taken, held or refused in one line. While the feed cannot be reached it waits, up to a\n"
      "minute, and tries again. SIGTERM and SIGINT stop it between two versions.\n\nExample:\n"
      "  eirctl replica follow --replica /var/lib/turnstile/replica --feed /srv/feed --key /etc/turnstile/centre.pem");
  add_feed(*c, *f);
  c->add_option("--every", f->every, "Seconds between two looks")->show_default()->within(1, kSecondsMax);
}

}  // namespace eir::appliance::eirctl
