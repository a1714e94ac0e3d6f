// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/replica.h"
#include "core/base/file.h"

namespace eir::appliance::eirctl {
namespace {

struct Options : ReplicaOptions {
  std::string file;
};

void run(const Options& o, Context& context) {
  const auto text = base::read_file(o.file, policy::kDocumentOctetsMax);
  if (!text) return fail(context, text.error());
  const auto document = policy::Document::parse(*text, o.file);
  if (!document) {
    for (const base::Problem& p : document.error()) fail(context, p);
    return;
  }
  auto writer = open_guarded(o.directory, "eirctl replica policy", o.guard);
  if (!writer) return fail(context, writer.error());
  store::Judgement judgement;
  const auto served = (**writer)->served();
  if (!served) return fail(context, served.error());
  if (*served && !o.guard.off) {
    decision::Settings would_hold = (*writer)->knowledge().configured;
    document->apply(would_hold);
    judgement = (*writer)->guard().judge_settings(**served, would_hold);
  }
  const auto held = (**writer)->take_policy(*text, document->number(), document->note(), judgement);
  if (!held) return fail(context, held.error());
  if (*held) context.exit = kSomeRefused;
  if (*held && !judgement.hold) judgement.why = "an earlier one is held";
  if (context.json) {
    fmt::print(
        "{}\n",
        one_line(
            {{"policy", document->number()}, {"held", *held}, {"turned", judgement.turned}, {"why", judgement.why}}));
    return;
  }
  if (*held) {
    fmt::print("policy {} is held: {}\n'eirctl replica release --source policy' serves it\n", document->number(),
               judgement.why);
    return;
  }
  fmt::print("policy {} holds from now on\n", document->number());
}

}  // namespace

void add_replica_policy(Command& replica, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = replica_command(
      replica, context, "policy", "Store a policy document; it wins over the configuration file", o,
      [o, &context] { run(*o, context); },
      "Exit status: 0 it holds, 1 the guard holds it back, 2 it was not stored.\n\nExample:\n"
      "  eirctl replica policy --replica /var/lib/turnstile/replica policy-12.json");
  c->add_option("file", o->file, "JSON")->required();
  add_guard(*c, o->guard);
}

}  // namespace eir::appliance::eirctl
