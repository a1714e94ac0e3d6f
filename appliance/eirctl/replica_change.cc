// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/replica.h"

namespace eir::appliance::eirctl {
namespace {

using Result = base::Result<store::Swapped, base::Problem>;
/// What a command does once the writer is open.
using Act = std::function<Result(GuardedWriter&, const ReplicaOptions&, Context&)>;

void run(const ReplicaOptions& o, Context& context, const std::string& name, const Act& act) {
  auto writer = open_guarded(o.directory, "eirctl replica " + name, o.guard);
  if (!writer) return fail(context, writer.error());
  const auto done = act(**writer, o, context);
  if (!done) return fail(context, done.error());
  if (done->held) context.exit = kSomeRefused;
  if (context.json) {
    Json j = {{"source", o.source}, {"before", done->before.str()},     {"after", done->after.str()},
              {"held", done->held}, {"turned", done->judgement.turned}, {"why", done->judgement.why}};
    fmt::print("{}\n", one_line(j));
    return;
  }
  if (done->held) {
    fmt::print("the guard holds it: {}\n{} {} is served as before\n", done->judgement.why, o.source,
               done->before.str());
    return;
  }
  if (done->before == done->after) return fmt::print("{}: {} is served as before\n", o.source, done->after.str());
  fmt::print("{}: {} was served, {} is now\n", o.source, done->before.str(), done->after.str());
}

Result roll_back(GuardedWriter& writer, const ReplicaOptions& o, Context&) {
  const auto version = lists::Version::parse(o.version);
  if (!version) return base::problem("", fmt::format("'{}' is no version: epoch.number, such as 1.57", o.version));
  return writer->rollback(o.source, *version, o.note, o.guard.off);
}

/// Pins what is served now: what comes waits.
Result hold(GuardedWriter& writer, const ReplicaOptions& o, Context&) {
  const auto status = writer->status();
  if (!status) return tl::unexpected(status.error());
  for (const store::SourceInfo& s : status->sources) {
    if (s.name != o.source) continue;
    if (s.served == lists::Version{}) return base::problem("", fmt::format("nothing of {} is served yet", o.source));
    return writer->rollback(o.source, s.served, o.note.empty() ? "held by the operator" : o.note, true);
  }
  return base::problem("", fmt::format("no source '{}' here", o.source));
}

/// One of the commands; all take --source and --note.
Command* add(Command& replica, Context& context, const std::string& name, const std::string& what,
             const ReplicaOptionsPtr& o, const Act& act, const std::string& footer) {
  Command* c = replica_command(
      replica, context, name, what, o, [o, &context, name, act] { run(*o, context, name, act); }, footer);
  add_source(*c, *o);
  c->add_option("--note", o->note, "Why, for the record");
  return c;
}

}  // namespace

void add_replica_change(Command& replica, Context& context) {
  const std::string held = "Exit status: 0 done, 1 the guard holds it, 2 nothing done.\n\n";
  const auto h = std::make_shared<ReplicaOptions>();
  add(replica, context, "hold", "Go on serving what is served; what comes is stored and waits", h, hold,
      "'unpin' ends it.\n\nExample:\n"
      "  eirctl replica hold --replica /var/lib/turnstile/replica --note 'football final'");
  const auto r = std::make_shared<ReplicaOptions>();
  add(
      replica, context, "release", "Serve what the guard holds; its window begins anew", r,
      [](GuardedWriter& w, const ReplicaOptions& o, Context&) { return w->release(o.source, o.note); },
      "'--source policy' releases a policy document.\n\nExample:\n"
      "  eirctl replica release --replica /var/lib/turnstile/replica --note 'checked with the centre'");
  const auto f = std::make_shared<ReplicaOptions>();
  add(
      replica, context, "refuse", "Do not serve what the guard holds; the next version is judged afresh", f,
      [](GuardedWriter& w, const ReplicaOptions& o, Context&) { return w->refuse(o.source, o.note); },
      "What was refused stays stored: later changes build on it.\n\nExample:\n"
      "  eirctl replica refuse --replica /var/lib/turnstile/replica");
  const auto b = std::make_shared<ReplicaOptions>();
  Command* rollback =
      add(replica, context, "rollback", "Serve an older version, and stay there until 'unpin'", b, roll_back,
          held +
              "Example:\n"
              "  eirctl replica rollback --replica /var/lib/turnstile/replica 1.57 --note 'ticket 4711'");
  rollback->add_option("version", b->version, "epoch.number, as 'eirctl replica versions' lists them")->required();
  add_guard(*rollback, b->guard);
  const auto u = std::make_shared<ReplicaOptions>();
  Command* unpin = add(
      replica, context, "unpin", "Serve the newest version again", u,
      [](GuardedWriter& w, const ReplicaOptions& o, Context&) { return w->unpin(o.source, o.note); },
      held + "Example:\n  eirctl replica unpin --replica /var/lib/turnstile/replica");
  add_guard(*unpin, u->guard);
}

}  // namespace eir::appliance::eirctl
