// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/command.h"

#include <fmt/format.h>

#include <array>

#include "appliance/eirctl/ctrl_client.h"

namespace eir::appliance::eirctl {
namespace {

constexpr size_t kDigestShown = 16;

std::string text_at(const Json& j, const char* key) { return j.contains(key) && j[key].is_string() ? j[key] : ""; }

uint64_t number_at(const Json& j, const char* key) {
  return j.contains(key) && j[key].is_number() ? j[key].get<uint64_t>() : 0;
}

void print_counts(const Json& c) {
  uint64_t all = 0;
  for (const auto& count : c.items()) all += number_at(c, count.key().c_str());
  constexpr std::array<const char*, 5> kShown = {"imeis", "svn_rules", "tacs", "ranges", "locks"};
  for (const char* kind : kShown) {
    const uint64_t n = number_at(c, kind);
    fmt::print(" {:>{}}", grouped(n), kind == kShown.front() ? 13 : 10);
    all -= n;
  }
  fmt::print(" {:>10}", grouped(all));
}

}  // namespace

void add_json(Command& command, Context& context) {
  command.add_flag("--json", context.json, "Print JSON, for scripts");
}

void add_node(Command& command, Context& context) {
  command.add_option("--node", context.node, "CTRL interface of the running node, host:port")
      ->show_default(std::string(kCtrlDefault));
}

void fail(Context& context, const base::Problem& problem) {
  context.exit = kNothingDone;
  if (context.json) {
    fmt::print("{}\n", one_line({{"error", problem.message()}}));
  } else {
    fmt::print(stderr, "eirctl: {}\n", problem.message());
  }
}

std::optional<Json> ask_node(Context& context, const std::string& variable) {
  const auto text = CtrlClient(context.node.empty() ? std::string(kCtrlDefault) : context.node).get(variable);
  if (!text) {
    fail(context, text.error());
    return std::nullopt;
  }
  Json j = Json::parse(*text, nullptr, false);
  if (!j.is_discarded()) return j;
  fail(context, {context.node, "the node's answer is no JSON"});
  return std::nullopt;
}

void print_replica(const Json& j) {
  fmt::print("directory   {}\n", text_at(j, "directory"));
  const Json serving = j.value("serving", Json());
  if (serving.is_object()) {
    fmt::print("serving     version {}, digest {}\n", text_at(serving, "version"), text_at(serving, "digest"));
    fmt::print("overlay     {} keys changed since the snapshot\n", grouped(number_at(j, "overlay_keys")));
  } else {
    fmt::print("serving     nothing: every question gets the fault answer\n");
  }
  for (const Json& p : j.value("problems", Json::array())) fmt::print("problem     {}\n", p.get<std::string>());
  constexpr auto kHead = "\n{:<10} {:<21} {:<12}  {:>13} {:>10} {:>10} {:>10} {:>10} {:>10}  {}\n";
  const auto head = [&](const char* first, const char* third, const char* last) {
    fmt::print(kHead, first, "published", third, "IMEIs", "SVN rules", "TACs", "ranges", "locks", "others", last);
  };
  head("version", "source", "kind, digest, from");
  for (const Json& v : j.value("versions", Json::array())) {
    fmt::print("{:<10} {:<21} {:<12} ", text_at(v, "version"), text_at(v, "published_at"), text_at(v, "source"));
    print_counts(v.value("counts", Json::object()));
    fmt::print("  {}, {}, {}\n", v.value("full", false) ? "full" : "merge",
               text_at(v, "digest").substr(0, kDigestShown), text_at(v, "origin"));
  }
  head("source", "served", "digest");
  for (const Json& s : j.value("sources", Json::array())) {
    fmt::print("{:<10} {:<21} {:<12} ", text_at(s, "name"), text_at(s, "published_at"), text_at(s, "served"));
    print_counts(s.value("counts", Json::object()));
    fmt::print("  {}\n", text_at(s, "digest").substr(0, kDigestShown));
  }
}

std::string grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

}  // namespace eir::appliance::eirctl
