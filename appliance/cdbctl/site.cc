// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl status, promote, stand-by, policy
#include <fmt/format.h>

#include "appliance/cdbctl/command.h"

namespace eir::appliance::cdbctl {
namespace {

struct SiteOptions {
  std::string reason, name, value;
};

void status(Context& context) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  fmt::print("site       {}\n", reader->setting("site.state").value_or("active"));
  const auto version = reader->newest_version();
  if (version)
    fmt::print("version    {}.{}, {} places\n", version->version.epoch, version->version.number, version->places);
  const auto block = reader->newest_block();
  if (block) fmt::print("audit      block {}, head {}\n", block->number, store::hex(block->hash));
  for (const char* policy : {"law-enforcement-at-once", "unlisted"})
    fmt::print("policy     {} {}\n", policy, reader->setting(std::string("policy.") + policy).value_or("off"));
  for (const auto& [state, name] :
       {std::pair(registry::JobState::kQueued, "queued"), std::pair(registry::JobState::kRunning, "running")})
    fmt::print("jobs       {} {}\n",
               reader->objects(registry::Kind::kJob, static_cast<uint8_t>(state), 0, 100'000).size(), name);
}

}  // namespace

void add_site(CLI::App& app, Context& context) {
  auto o = std::make_shared<SiteOptions>();
  app.add_subcommand("status", "The site, its newest version, its audit")->callback([&context] { status(context); });
  CLI::App* promote = app.add_subcommand("promote", "Make this the active site: begins a new epoch");
  promote->add_option("--reason", o->reason, "Goes on record")->required();
  promote->callback([&context, o] { carry_out(context, registry::Promote{o->reason}); });
  CLI::App* standby = app.add_subcommand("stand-by", "Make this a following site: it changes nothing any more");
  standby->add_option("--reason", o->reason, "Goes on record")->required();
  standby->callback([&context, o] { carry_out(context, registry::StandBy{o->reason}); });
  CLI::App* policy = app.add_subcommand("policy", "Set a standing policy");
  policy->add_option("NAME", o->name, "law-enforcement-at-once (on, off) or unlisted (grey-DAYS-black, off)")
      ->required();
  policy->add_option("VALUE", o->value)->required();
  policy->callback([&context, o] { carry_out(context, registry::SetPolicy{o->name, o->value}); });
}

}  // namespace eir::appliance::cdbctl
