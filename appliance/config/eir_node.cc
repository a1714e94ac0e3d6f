// SPDX-License-Identifier: GPL-3.0-or-later
// The node `eir` of the configuration: what is answered, from what, and what is logged.

#include <algorithm>
#include <array>

#include "appliance/config/draft.h"
#include "appliance/config/words.h"
#include "appliance/vty/command.h"

namespace eir::appliance {
namespace {

using decision::Settings;
using decision::Status;
using decision::StatusOrGoOn;
using decision::SubscriberException;
using identity::Digits;

constexpr const char* kStatusWords = "(white|grey|black|unknown)";
constexpr const char* kStatusOrListWords = "(list|white|grey|black|unknown)";

Settings& settings() { return draft().edit().settings; }

/// "list" is "go on".
StatusOrGoOn status_or_list(std::string_view word) { return decision::status_from(word); }
std::string_view word_of(const StatusOrGoOn& s) { return s ? decision::to_string(*s) : "list"; }

/// `set`, in the eir node, with the status words' help appended.
void install_status(const std::string& name, std::string_view help, bool or_list,
                    std::function<void(std::string_view)> set) {
  const Handler run = [set = std::move(set)](const Console& c) {
    set(c.arg(0));
    return CMD_SUCCESS;
  };
  if (or_list)
    install_command(kEirNode, name + " " + kStatusOrListWords,
                    {help, "Go on, the lists decide", "White", "Grey", "Black", "Unknown equipment"}, run);
  else
    install_command(kEirNode, name + " " + kStatusWords, {help, "White", "Grey", "Black", "Unknown equipment"}, run);
}

void install_answers() {
  install_status("fault-answer", "Answer when something inside the node fails (default white)", false,
                 [](auto w) { settings().fault_answer = *decision::status_from(w); });
  install_status("overload-answer", "Answer above the overload rate (default white)", false,
                 [](auto w) { settings().overload_answer = *decision::status_from(w); });
  install_status("home-subscribers", "What holds for subscribers of the home networks (default list)", true,
                 [](auto w) { settings().home = status_or_list(w); });
  install_status("foreign-plmn", "What holds for subscribers of other networks (default list)", true,
                 [](auto w) { settings().foreign = status_or_list(w); });
  install_command(kEirNode, "override (off|white|grey|black|unknown)",
                  {"One answer for everybody, or off", "Off", "White", "Grey", "Black", "Unknown equipment"},
                  [](const Console& c) {
                    settings().override_status = decision::status_from(c.arg(0));
                    return CMD_SUCCESS;
                  });
  install_command(
      kEirNode, "response-type <1-3>",
      {"How the lists a device is on become an answer", "Type 1, 2 or 3 of the handbook's table (default 1)"},
      [](const Console& c) {
        settings().response_type = static_cast<decision::ResponseType>(number(c.arg(0)));
        return CMD_SUCCESS;
      });
  install_command(
      kEirNode, "combine-levels (on|off)",
      {"Join ranges and TACs with the individual entry (default on)", "Join", "An individual entry hides ranges"},
      [](const Console& c) {
        settings().combine_levels = c.arg(0) == "on";
        return CMD_SUCCESS;
      });
  install_command(
      kEirNode, "overload-rate <0-100000000>",
      {"Questions per second above which the overload answer is given", "Questions per second; 0 for no limit"},
      [](const Console& c) {
        draft().edit().overload_rate = number(c.arg(0));
        return CMD_SUCCESS;
      });
  install_command(
      kEirNode, std::string("invalid-imei (null|short|long|zero|non-decimal) ") + kStatusWords,
      {"Answer for an IMEI that can be read but not used (default unknown)", "Absent or empty", "Under 14 digits",
       "Over 16 digits", "The first 14 digits are all 0", "Not decimal", "White", "Grey", "Black", "Unknown equipment"},
      [](const Console& c) {
        const auto cls = *identity::imei_class_from(c.arg(0));
        settings().invalid_imei[static_cast<size_t>(cls)] = *decision::status_from(c.arg(1));
        return CMD_SUCCESS;
      });
}

void install_locks() {
  install_status("lock-unknown", "Answer when a device is locked and its subscriber is not known (default list)", true,
                 [](auto w) { settings().lock_unknown = status_or_list(w); });
  install_command(kEirNode, std::string("lock-break (mutual|device|subscriber) ") + kStatusWords,
                  {"Answer when a lock is broken (default black)", "Locks that bind both", "Locks that bind the device",
                   "Locks that bind the subscriber", "White", "Grey", "Black", "Unknown equipment"},
                  [](const Console& c) {
                    const auto policy = *lists::lock_policy_from(c.arg(0));
                    settings().lock_break[static_cast<size_t>(policy) - 1] = *decision::status_from(c.arg(1));
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "black-subscriber (black|list)",
                  {"What a black-listed subscriber makes of any device (default black)", "Black, whatever the device",
                   "One list of several"},
                  [](const Console& c) {
                    settings().black_subscriber_wins = c.arg(0) == "black";
                    return CMD_SUCCESS;
                  });
}

constexpr std::array<std::pair<std::string_view, SubscriberException::Kind>, 4> kExceptionKinds = {
    {{"imsi", SubscriberException::Kind::kImsi},
     {"imsi-prefix", SubscriberException::Kind::kImsiPrefix},
     {"msisdn", SubscriberException::Kind::kMsisdn},
     {"msisdn-prefix", SubscriberException::Kind::kMsisdnPrefix}}};

SubscriberException::Kind exception_kind(std::string_view word) {
  return std::find_if(kExceptionKinds.begin(), kExceptionKinds.end(), [&](auto& k) { return k.first == word; })->second;
}

int set_exception(const Console& c, StatusOrGoOn result) {
  const auto digits = Digits::parse(c.arg(1));
  if (!digits || digits->length() > 15) return c.refuse("'{}' is not a number of 1 to 15 digits", c.arg(1));
  const SubscriberException e{exception_kind(c.arg(0)), *digits, result};
  auto& all = settings().exceptions;
  std::erase_if(all, [&](const auto& x) { return x.kind == e.kind && x.digits == e.digits; });
  if (all.size() >= decision::kExceptionsMax) return c.refuse("more than {} exceptions", decision::kExceptionsMax);
  all.push_back(e);
  return CMD_SUCCESS;
}

void install_subscribers() {
  const std::string pattern = "exception (imsi|imsi-prefix|msisdn|msisdn-prefix) DIGITS";
  const auto words = {std::string_view("Subscribers judged by who they are, whatever the device"),
                      std::string_view("One IMSI"),
                      std::string_view("IMSIs that begin so"),
                      std::string_view("One MSISDN"),
                      std::string_view("MSISDNs that begin so"),
                      std::string_view("The digits, international form without '+'")};
  install_command(kEirNode, pattern, words, [](const Console& c) { return set_exception(c, Status::kWhite); });
  install_command(kEirNode, pattern + " " + kStatusOrListWords,
                  {"Subscribers judged by who they are, whatever the device", "One IMSI", "IMSIs that begin so",
                   "One MSISDN", "MSISDNs that begin so", "The digits, international form without '+'",
                   "Go on, the lists decide", "White", "Grey", "Black", "Unknown equipment"},
                  [](const Console& c) { return set_exception(c, status_or_list(c.arg(2))); });
  install_command(kEirNode, "no " + pattern,
                  {"Take away", "An exception", "One IMSI", "IMSIs that begin so", "One MSISDN",
                   "MSISDNs that begin so", "The digits"},
                  [](const Console& c) {
                    const auto kind = exception_kind(c.arg(0));
                    if (!std::erase_if(settings().exceptions,
                                       [&](auto& x) { return x.kind == kind && x.digits.str() == c.arg(1); }))
                      return c.refuse("no such exception: {} {}", c.arg(0), c.arg(1));
                    return CMD_SUCCESS;
                  });
  const auto plmn = [](const Console& c) { return Digits::parse(std::string(c.arg(0)) + std::string(c.arg(1))); };
  install_command(kEirNode, "home-plmn MCC MNC",
                  {"A network whose subscribers are at home", "Mobile country code, 3 digits",
                   "Mobile network code, 2 or 3 digits"},
                  [plmn](const Console& c) {
                    const auto digits = plmn(c);
                    if (c.arg(0).size() != 3 || c.arg(1).size() < 2 || c.arg(1).size() > 3 || !digits)
                      return c.refuse("'{} {}' is not a country code of 3 digits and a network code of 2 or 3",
                                      c.arg(0), c.arg(1));
                    auto& all = settings().home_plmns;
                    if (all.size() >= decision::kHomePlmnsMax)
                      return c.refuse("more than {} home networks", decision::kHomePlmnsMax);
                    if (std::find(all.begin(), all.end(), decision::Plmn{*digits}) == all.end())
                      all.push_back({*digits});
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "no home-plmn MCC MNC", {"Take away", "A home network", "Country code", "Network code"},
                  [plmn](const Console& c) {
                    const auto digits = plmn(c);
                    if (!digits || !std::erase(settings().home_plmns, decision::Plmn{*digits}))
                      return c.refuse("no such home network: {} {}", c.arg(0), c.arg(1));
                    return CMD_SUCCESS;
                  });
}

constexpr const char* kObservePattern = "(peer|gt-prefix|imsi-prefix) VALUE";

int change_observe(const Console& c, bool on) {
  auto& o = settings().observe;
  const std::string value(c.arg(1));
  const auto change = [&](auto& all, const auto& item) {
    const bool erased = std::erase(all, item) > 0;
    if (on && all.size() >= decision::kObserveEntriesMax)
      return c.refuse("more than {} entries", decision::kObserveEntriesMax);
    if (on) all.push_back(item);
    return on || erased ? CMD_SUCCESS : c.refuse("not observed: {} {}", c.arg(0), value);
  };
  if (c.arg(0) == "peer") return change(o.peers, value);
  const auto digits = Digits::parse(value);
  if (!digits) return c.refuse("'{}' is not a number of 1 to 16 digits", value);
  return change(c.arg(0) == "gt-prefix" ? o.gt_prefixes : o.imsi_prefixes, *digits);
}

void install_observe() {
  install_command(kEirNode, "observe node", {"Tell the network white, log the true decision", "For everybody"},
                  [](const Console&) {
                    settings().observe.node = true;
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "no observe node", {"Take away", "Observe mode", "For everybody"}, [](const Console&) {
    settings().observe.node = false;
    return CMD_SUCCESS;
  });
  install_command(kEirNode, std::string("observe ") + kObservePattern,
                  {"Tell the network white, log the true decision", "For one peer", "For calling global titles",
                   "For subscribers", "Origin-Host or point code (1.2.3); leading digits"},
                  [](const Console& c) { return change_observe(c, true); });
  install_command(kEirNode, std::string("no observe ") + kObservePattern,
                  {"Take away", "Observe mode", "For one peer", "For calling global titles", "For subscribers",
                   "Origin-Host or point code; leading digits"},
                  [](const Console& c) { return change_observe(c, false); });
}

void install_files() {
  install_command(kEirNode, "replica DIR", {"Where the lists are", "Directory"}, [](const Console& c) {
    draft().mark("eir replica");
    draft().edit().replica_dir = c.arg(0);
    return CMD_SUCCESS;
  });
  install_command(kEirNode, "mask-identities (on|off)",
                  {"Star parts of IMEI, IMSI and MSISDN in logs (default on)", "On", "Off"}, [](const Console& c) {
                    draft().edit().transaction_log.mask_identities = c.arg(0) == "on";
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "transaction-log white (on|off)",
                  {"The log of answers", "White answers too (default off)", "On", "Off"}, [](const Console& c) {
                    draft().edit().transaction_log.white = c.arg(0) == "on";
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "transaction-log rotate <1-100000> keep <0-1000>",
                  {"The log of answers", "Begin a new file at a size", "Size in MB (default 100)", "Old files to keep",
                   "Number of files (default 10)"},
                  [](const Console& c) {
                    auto& log = draft().edit().transaction_log;
                    log.rotate_octets = number(c.arg(0)) * 1'000'000;
                    log.keep = static_cast<unsigned>(number(c.arg(1)));
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "transaction-log PATH", {"The log of answers", "File it is written to"},
                  [](const Console& c) {
                    draft().mark("eir transaction-log");
                    draft().edit().transaction_log.path = c.arg(0);
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "no transaction-log", {"Take away", "The log of answers"}, [](const Console&) {
    draft().edit().transaction_log.path.clear();
    return CMD_SUCCESS;
  });
}

void install_sightings() {
  install_command(kEirNode, "sightings-directory DIR",
                  {"Where it is noted who was seen with which device", "Directory; several processes may share it"},
                  [](const Console& c) {
                    draft().mark("eir sightings-directory");
                    draft().edit().sightings.directory = c.arg(0);
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "no sightings-directory", {"Take away", "The noting of sightings"}, [](const Console&) {
    draft().edit().sightings.directory.clear();
    return CMD_SUCCESS;
  });
  install_command(kEirNode, "sightings-limit <1-10000000> keep <1-3650>",
                  {"How much the sightings of all processes may take; the oldest go first",
                   "Size in MB (default 20000)", "How long they are kept", "Days (default 90)"},
                  [](const Console& c) {
                    auto& limits = draft().edit().sightings.limits;
                    limits.octets_max = number(c.arg(0)) * 1'000'000;
                    limits.kept = std::chrono::days(number(c.arg(1)));
                    return CMD_SUCCESS;
                  });
  install_command(kEirNode, "stale-after <0-8760>",
                  {"Alarm when the centre has made no version for so long", "Hours; 0 for never (default 48)"},
                  [](const Console& c) {
                    draft().edit().stale_after = std::chrono::hours(number(c.arg(0)));
                    return CMD_SUCCESS;
                  });
}

void write_sightings(const Console& out, const NodeConfig& c) {
  if (!c.sightings.directory.empty()) out.line(" sightings-directory {}", c.sightings.directory);
  out.line(" sightings-limit {} keep {}", c.sightings.limits.octets_max / 1'000'000, c.sightings.limits.kept.count());
  out.line(" stale-after {}", c.stale_after.count());
}

void write_subscribers(const Console& out, const Settings& s) {
  for (const auto& p : s.home_plmns)
    out.line(" home-plmn {} {}", p.digits.str().substr(0, 3), p.digits.str().substr(3));
  out.line(" home-subscribers {}", word_of(s.home));
  out.line(" foreign-plmn {}", word_of(s.foreign));
  for (const auto& e : s.exceptions)
    out.line(" exception {} {} {}", kExceptionKinds[static_cast<size_t>(e.kind)].first, e.digits.str(),
             word_of(e.result));
}

void write_observe(const Console& out, const decision::Observe& o) {
  if (o.node) out.line(" observe node");
  for (const auto& p : o.peers) out.line(" observe peer {}", p);
  for (const auto& d : o.gt_prefixes) out.line(" observe gt-prefix {}", d.str());
  for (const auto& d : o.imsi_prefixes) out.line(" observe imsi-prefix {}", d.str());
}

int write_eir(vty* v) {
  const Console out(v, {});
  const NodeConfig& c = draft().running();
  const Settings& s = c.settings;
  out.line("eir");
  out.line(" replica {}", c.replica_dir);
  out.line(" override {}", s.override_status ? decision::to_string(*s.override_status) : "off");
  out.line(" response-type {}", static_cast<int>(s.response_type));
  out.line(" combine-levels {}", on_off(s.combine_levels));
  out.line(" fault-answer {}", decision::to_string(s.fault_answer));
  out.line(" overload-answer {}", decision::to_string(s.overload_answer));
  out.line(" overload-rate {}", c.overload_rate);
  for (size_t i = 1; i < identity::kImeiClasses; ++i)
    out.line(" invalid-imei {} {}", identity::to_string(static_cast<identity::ImeiClass>(i)),
             decision::to_string(s.invalid_imei[i]));
  out.line(" lock-unknown {}", word_of(s.lock_unknown));
  for (size_t i = 0; i < lists::kLockPolicies; ++i)
    out.line(" lock-break {} {}", to_string(static_cast<lists::LockPolicy>(i + 1)),
             decision::to_string(s.lock_break[i]));
  out.line(" black-subscriber {}", s.black_subscriber_wins ? "black" : "list");
  write_subscribers(out, s);
  write_observe(out, s.observe);
  if (!c.transaction_log.path.empty()) out.line(" transaction-log {}", c.transaction_log.path);
  out.line(" transaction-log white {}", on_off(c.transaction_log.white));
  out.line(" transaction-log rotate {} keep {}", c.transaction_log.rotate_octets / 1'000'000, c.transaction_log.keep);
  out.line(" mask-identities {}", on_off(c.transaction_log.mask_identities));
  write_sightings(out, c);
  return 1;
}

}  // namespace

void install_eir_node() {
  install_node(kEirNode, "%s(config-eir)# ", write_eir);
  install_command(CONFIG_NODE, "eir", {"What is answered"}, [](const Console& c) { return c.enter(kEirNode); });
  install_files();
  install_sightings();
  install_answers();
  install_locks();
  install_subscribers();
  install_observe();
}

}  // namespace eir::appliance
