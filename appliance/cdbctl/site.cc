// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl status, sites, site, promote, stand-by, policy
#include <fmt/format.h>

#include <filesystem>
#include <tuple>

#include "appliance/cdbctl/command.h"

namespace eir::appliance::cdbctl {
namespace {

struct SiteOptions {
  std::string reason, name, value;
};

std::string own_setting(registry::StoreReader& reader, const char* name, const char* otherwise) {
  return reader.setting(std::string("site.") + name).value_or(otherwise);
}

/// What the directory says, and of the other sites what the cdbd says that runs there.
void sites(Context& context) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const auto version = reader->newest_version();
  const auto block = reader->newest_block();
  const auto own = reader->newest_site_block();
  fmt::print("role          {}\n", own_setting(*reader, "state", "active"));
  fmt::print("epoch         {}\n",
             reader->setting("epoch").value_or(std::to_string(version ? version->version.epoch : 0)));
  fmt::print("block         {}\n", block ? block->number : 0);
  fmt::print("own block     {}\n", own ? own->number : 0);
  fmt::print("standby-sync  {}\n", own_setting(*reader, "standby-sync", "off"));
  fmt::print("alone         {}\n", own_setting(*reader, "alone", "off"));
  uint64_t first = 0, records = 0, octets = 0;
  reader->stream_sizes([&](uint64_t number, uint64_t size) {
    if (records++ == 0) first = number;
    octets += size;
  });
  fmt::print("records       {} from block {}, {} octets\n", records, first, octets);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(context.directory, error))
    if (entry.path().filename().string().starts_with("lost-")) fmt::print("lost          {}\n", entry.path().string());
  if (const auto said = ask_daemon_if_any(context, {"sites"}); said && !said->empty())
    fmt::print("\nas cdbd has it\n{}", *said);
}

void status(Context& context) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  fmt::print("site       {}\n", reader->setting("site.state").value_or("active"));
  const auto version = reader->newest_version();
  if (version)
    fmt::print("version    {}.{}, {} places\n", version->version.epoch, version->version.number, version->places);
  const auto block = reader->newest_block();
  if (block) fmt::print("audit      block {}, head {}\n", block->number, base::hex(block->hash));
  for (const char* policy : {"law-enforcement-at-once", "unlisted"})
    fmt::print("policy     {} {}\n", policy, reader->setting(std::string("policy.") + policy).value_or("off"));
  for (const auto& [state, name] :
       {std::pair(registry::JobState::kQueued, "queued"), std::pair(registry::JobState::kRunning, "running")})
    fmt::print("jobs       {} {}\n",
               reader->objects(registry::Kind::kJob, static_cast<uint8_t>(state), 0, 100'000).size(), name);
}

}  // namespace

void add_site(Command& app, Context& context) {
  auto o = std::make_shared<SiteOptions>();
  app.add_command("status", "The site, its newest version, its audit")->callback([&context] { status(context); });
  app.add_command("sites", "This site among the others")->callback([&context] { sites(context); });
  Command* site = app.add_command("site", "What this site alone goes by")->require_command();
  for (const auto& [word, setting, help] :
       {std::tuple("sync", "standby-sync", "on: a command is acknowledged once a second site has it"),
        std::tuple("alone", "alone", "on: not for now, because there is no second site")}) {
    Command* set = site->add_command(word, help);
    set->add_option("VALUE", o->value, "on or off")->required();
    set->callback([&context, o, name = std::string(setting)] {
      carry_out(context, registry::SetSite{name, o->value});
    });
  }
  Command* promote = app.add_command("promote", "Make this the active site: begins a new epoch");
  promote->add_option("--reason", o->reason, "Goes on record")->required();
  promote->callback([&context, o] { carry_out(context, registry::Promote{o->reason}); });
  Command* standby = app.add_command("stand-by", "Make this a following site: it changes nothing any more");
  standby->add_option("--reason", o->reason, "Goes on record")->required();
  standby->callback([&context, o] { carry_out(context, registry::StandBy{o->reason}); });
  Command* policy = app.add_command("policy", "Set a standing policy");
  policy->add_option("NAME", o->name, "law-enforcement-at-once (on, off) or unlisted (grey-DAYS-black, off)")
      ->required();
  policy->add_option("VALUE", o->value)->required();
  policy->callback([&context, o] { carry_out(context, registry::SetPolicy{o->name, o->value}); });
}

}  // namespace eir::appliance::cdbctl
