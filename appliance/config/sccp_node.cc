// SPDX-License-Identifier: GPL-3.0-or-later
// The node `sccp` of the configuration: our connectionless SCCP, who may ask, and the MAP responder.

#include <algorithm>

#include "appliance/config/draft.h"
#include "appliance/config/words.h"
#include "appliance/vty/command.h"

namespace eir::appliance {
namespace {

using identity::Digits;
using sigtran::mtp::PointCode;
using namespace sigtran::sccp;

sigtran::sccp::Config& sccp() { return draft().edit().sccp; }
sigtran::map::Config& map() { return draft().edit().map; }

constexpr const char* kGtPattern = "indicator <1-4> tt <0-255> np <0-15> nai <0-127> DIGITS";
#define EIR_GT_HELP                                                                                             \
  "Global title indicator", "1 to 4, ITU-T Q.713", "Translation type", "Value", "Numbering plan", "1 is E.164", \
      "Nature of address", "4 is international", "Digits"

/// A global title from the words of kGtPattern that begin at `first`.
std::optional<GlobalTitle> global_title(const Console& c, size_t first) {
  const auto digits = Digits::parse(c.arg(first + 4));
  if (!digits) return std::nullopt;
  const auto octet = [&](size_t i) { return static_cast<uint8_t>(number(c.arg(first + i))); };
  return GlobalTitle{octet(0), octet(1), octet(2), octet(3), *digits};
}

std::string text_of(const GlobalTitle& gt) {
  return fmt::format("indicator {} tt {} np {} nai {} {}", gt.indicator, gt.translation_type, gt.numbering_plan,
                     gt.nature, gt.digits.str());
}

int set_local_gt(const Console& c, std::optional<GlobalTitle> answer_as) {
  const auto digits = Digits::parse(c.arg(0));
  if (!digits) return c.refuse("'{}' is not a number of 1 to 16 digits", c.arg(0));
  draft().mark("local-gt");
  auto& all = sccp().local_gts;
  std::erase_if(all, [&](const auto& gt) { return gt.digits == *digits; });
  all.push_back({*digits, answer_as});
  return CMD_SUCCESS;
}

void install_addresses() {
  install_command(kSccpNode, "subsystem eir <2-254>", {"Our subsystem number", "EIR", "Number (default 9)"},
                  [](const Console& c) {
                    sccp().own_ssn = Ssn{static_cast<uint8_t>(number(c.arg(0)))};
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "local-gt DIGITS", {"A global title that is ours (none: all that reach us)", "Digits"},
                  [](const Console& c) { return set_local_gt(c, std::nullopt); });
  install_command(kSccpNode, std::string("local-gt DIGITS answer-as ") + kGtPattern,
                  {"A global title that is ours", "Digits", "Calling address of its answers", EIR_GT_HELP},
                  [](const Console& c) {
                    const auto gt = global_title(c, 1);
                    return gt ? set_local_gt(c, gt) : c.refuse("'{}' is not a number of 1 to 16 digits", c.arg(5));
                  });
  install_command(kSccpNode, "no local-gt DIGITS", {"Take away", "A global title", "Digits"}, [](const Console& c) {
    if (!std::erase_if(sccp().local_gts, [&](const auto& gt) { return gt.digits.str() == c.arg(0); }))
      return c.refuse("no such global title: {}", c.arg(0));
    return CMD_SUCCESS;
  });
  install_command(kSccpNode, "calling-address (configured|echo)",
                  {"Calling address of answers", "The local address that was asked (default)",
                   "The question's called address, octet for octet"},
                  [](const Console& c) {
                    sccp().calling_address =
                        c.arg(0) == "echo" ? CallingAddressMode::kEcho : CallingAddressMode::kConfigured;
                    return CMD_SUCCESS;
                  });
}

InstanceConfig& instance(uint32_t id) {
  auto& all = sccp().instances;
  for (auto& i : all)
    if (i.instance == id) return i;
  all.push_back({});
  all.back().instance = id;
  return all.back();
}

void install_instances() {
  install_command(kSccpNode, "instance <0-1000> answer-stp PC",
                  {"One 'cs7 instance'", "Its number",
                   "Send answers without a PC and SSN of their own there, not to the OPC", "Point code, 1.2.3"},
                  [](const Console& c) {
                    const auto pc = parse_point_code(c.arg(1));
                    if (!pc) return c.refuse("'{}' is not a point code", c.arg(1));
                    draft().mark("instance");
                    instance(static_cast<uint32_t>(number(c.arg(0)))).answer_stp = *pc;
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, std::string("instance <0-1000> calling-gt ") + kGtPattern,
                  {"One 'cs7 instance'", "Its number", "Calling address of answers to questions without a global title",
                   EIR_GT_HELP},
                  [](const Console& c) {
                    const auto gt = global_title(c, 1);
                    if (!gt) return c.refuse("'{}' is not a number of 1 to 16 digits", c.arg(5));
                    draft().mark("instance");
                    instance(static_cast<uint32_t>(number(c.arg(0)))).calling_gt = gt;
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "no instance <0-1000>", {"Take away", "What is set for a 'cs7 instance'", "Its number"},
                  [](const Console& c) {
                    const auto id = number(c.arg(0));
                    std::erase_if(sccp().instances, [&](const auto& i) { return i.instance == id; });
                    return CMD_SUCCESS;
                  });
}

void install_bounds() {
  const auto bound = [](const std::string& pattern, std::initializer_list<std::string_view> help,
                        std::function<void(uint32_t)> set) {
    const std::string mark = pattern.substr(0, pattern.find(" <"));
    install_command(kSccpNode, pattern, help, [mark, set = std::move(set)](const Console& c) {
      draft().mark(mark);
      set(static_cast<uint32_t>(number(c.arg(0))));
      return CMD_SUCCESS;
    });
  };
  bound("reassembly timeout <1-60>",
        {"Segmented messages", "How long to wait for all segments", "Seconds (default 10)"},
        [](uint32_t v) { sccp().reassembly_timeout = std::chrono::seconds(v); });
  bound("reassembly messages <1-1024>", {"Segmented messages", "At one time", "Messages (default 64)"},
        [](uint32_t v) { sccp().reassemblies_max = v; });
  bound("reassembly octets <256-3952>", {"Segmented messages", "Length of one", "Octets (default 3952)"},
        [](uint32_t v) { sccp().reassembly_octets_max = v; });
  bound("hop-counter <1-15>", {"Hop counter of what we send", "Hops (default 15)"},
        [](uint32_t v) { sccp().hop_counter = static_cast<uint8_t>(v); });
}

template <class T>
int list_change(const Console& c, std::vector<T>& all, const std::optional<T>& item, bool add) {
  if (!item) return c.refuse("'{}' is not an address of this kind", c.arg(0));
  draft().mark("screening");
  const bool had = std::erase(all, *item) > 0;
  if (add) all.push_back(*item);
  return add || had ? CMD_SUCCESS : c.refuse("not on the list: {}", c.arg(0));
}

void install_allow_lists() {
  const auto opc = [](bool add) -> Handler {
    return [add](const Console& c) {
      return list_change(c, sccp().screening.allowed_opcs, parse_point_code(c.arg(0)), add);
    };
  };
  const auto gt = [](bool add) -> Handler {
    return [add](const Console& c) {
      return list_change(c, sccp().screening.allowed_gt_prefixes, Digits::parse(c.arg(0)), add);
    };
  };
  install_command(kSccpNode, "screening allow opc PC",
                  {"Who may ask", "Allow-list; empty is everybody", "Originating point code", "1.2.3"}, opc(true));
  install_command(kSccpNode, "screening allow calling-gt PREFIX",
                  {"Who may ask", "Allow-list; empty is everybody", "Calling global title", "Leading digits"},
                  gt(true));
  install_command(kSccpNode, "no screening allow opc PC",
                  {"Take away", "Who may ask", "Allow-list", "Originating point code", "1.2.3"}, opc(false));
  install_command(kSccpNode, "no screening allow calling-gt PREFIX",
                  {"Take away", "Who may ask", "Allow-list", "Calling global title", "Leading digits"}, gt(false));
}

Rate rate_of(const Console& c, size_t first) {
  return {static_cast<uint32_t>(number(c.arg(first))), static_cast<uint32_t>(number(c.arg(first + 1)))};
}

void install_rates() {
  const std::string rate = " <1-1000000> burst <0-1000000>";
  install_command(kSccpNode, "screening rate each-opc" + rate,
                  {"Who may ask", "Token buckets", "Every point code without a rate of its own", "Questions per second",
                   "Questions at once", "Questions; 0 for one second's worth"},
                  [](const Console& c) {
                    sccp().screening.each_opc = rate_of(c, 0);
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "screening rate opc PC" + rate,
                  {"Who may ask", "Token buckets", "One point code", "1.2.3", "Questions per second",
                   "Questions at once", "Questions; 0 for one second's worth"},
                  [](const Console& c) {
                    const auto pc = parse_point_code(c.arg(0));
                    if (!pc) return c.refuse("'{}' is not a point code", c.arg(0));
                    auto& all = sccp().screening.opc_rates;
                    std::erase_if(all, [&](const auto& r) { return r.opc == *pc; });
                    all.push_back({*pc, rate_of(c, 1)});
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "screening rate calling-gt PREFIX" + rate,
                  {"Who may ask", "Token buckets", "Calling global titles that begin so, together", "Leading digits",
                   "Questions per second", "Questions at once", "Questions; 0 for one second's worth"},
                  [](const Console& c) {
                    const auto prefix = Digits::parse(c.arg(0));
                    if (!prefix) return c.refuse("'{}' is not a number of 1 to 16 digits", c.arg(0));
                    auto& all = sccp().screening.gt_rates;
                    std::erase_if(all, [&](const auto& r) { return r.prefix == *prefix; });
                    all.push_back({*prefix, rate_of(c, 1)});
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "no screening rate each-opc",
                  {"Take away", "Who may ask", "Token buckets", "Every point code without a rate of its own"},
                  [](const Console&) {
                    sccp().screening.each_opc.reset();
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "no screening rate (opc|calling-gt) ADDRESS",
                  {"Take away", "Who may ask", "Token buckets", "One point code", "One prefix", "1.2.3 or digits"},
                  [](const Console& c) {
                    auto& s = sccp().screening;
                    const auto pc = parse_point_code(c.arg(1));
                    const bool had =
                        c.arg(0) == "opc"
                            ? pc && std::erase_if(s.opc_rates, [&](const auto& r) { return r.opc == *pc; }) > 0
                            : std::erase_if(s.gt_rates, [&](const auto& r) { return r.prefix.str() == c.arg(1); }) > 0;
                    return had ? CMD_SUCCESS : c.refuse("no such rate: {} {}", c.arg(0), c.arg(1));
                  });
  install_command(
      kSccpNode, "screening action (discard|abort)",
      {"Who may ask", "What becomes of a refused question", "Nothing, counted (default)", "U-Abort, counted"},
      [](const Console& c) {
        sccp().screening.action = c.arg(0) == "abort" ? ScreeningAction::kAbort : ScreeningAction::kDiscard;
        return CMD_SUCCESS;
      });
}

void install_map() {
  install_command(kSccpNode, "map version (1|2|3) (accept|refuse)",
                  {"MAP CheckIMEI", "Version of the application context", "1", "2", "3", "Answer (default)",
                   "Refuse with the alternative version"},
                  [](const Console& c) {
                    const bool accept = c.arg(1) == "accept";
                    draft().mark("map version");
                    (c.arg(0) == "1" ? map().accept_v1 : c.arg(0) == "2" ? map().accept_v2 : map().accept_v3) = accept;
                    return CMD_SUCCESS;
                  });
  install_command(kSccpNode, "map fault-as (answer|error)",
                  {"MAP CheckIMEI", "What a fault of our own becomes", "'fault-answer' of the node eir (default)",
                   "systemFailure, which makes an MSC refuse the subscriber"},
                  [](const Console& c) {
                    map().fault_as =
                        c.arg(0) == "error" ? sigtran::map::FaultAs::kError : sigtran::map::FaultAs::kAnswer;
                    return CMD_SUCCESS;
                  });
  install_command(
      kSccpNode, "map otid-key-file PATH",
      {"MAP CheckIMEI", "Key of the transaction identities, the same in every process of an application server",
       "File of 32 hexadecimal digits"},
      [](const Console& c) {
        draft().mark("map otid-key-file");
        draft().edit().otid_key_file = c.arg(0);
        return CMD_SUCCESS;
      });
}

void write_screening(const Console& out, const Screening& s) {
  for (const auto& pc : s.allowed_opcs) out.line(" screening allow opc {}", to_text(pc));
  for (const auto& gt : s.allowed_gt_prefixes) out.line(" screening allow calling-gt {}", gt.str());
  if (s.each_opc) out.line(" screening rate each-opc {} burst {}", s.each_opc->per_second, s.each_opc->burst);
  for (const auto& r : s.opc_rates)
    out.line(" screening rate opc {} {} burst {}", to_text(r.opc), r.rate.per_second, r.rate.burst);
  for (const auto& r : s.gt_rates)
    out.line(" screening rate calling-gt {} {} burst {}", r.prefix.str(), r.rate.per_second, r.rate.burst);
  out.line(" screening action {}", s.action == ScreeningAction::kAbort ? "abort" : "discard");
}

void write_map(const Console& out, const NodeConfig& c) {
  const auto version = [&](int v, bool accept) { out.line(" map version {} {}", v, accept ? "accept" : "refuse"); };
  version(1, c.map.accept_v1);
  version(2, c.map.accept_v2);
  version(3, c.map.accept_v3);
  out.line(" map fault-as {}", c.map.fault_as == sigtran::map::FaultAs::kError ? "error" : "answer");
  if (!c.otid_key_file.empty()) out.line(" map otid-key-file {}", c.otid_key_file);
}

int write_sccp(vty* v) {
  const Console out(v, {});
  const NodeConfig& c = draft().running();
  out.line("sccp");
  out.line(" subsystem eir {}", sigtran::sccp::number(c.sccp.own_ssn));
  for (const auto& gt : c.sccp.local_gts)
    out.line(" local-gt {}{}", gt.digits.str(), gt.answer_as ? " answer-as " + text_of(*gt.answer_as) : "");
  out.line(" calling-address {}", c.sccp.calling_address == CallingAddressMode::kEcho ? "echo" : "configured");
  for (const auto& i : c.sccp.instances) {
    if (i.answer_stp) out.line(" instance {} answer-stp {}", i.instance, to_text(*i.answer_stp));
    if (i.calling_gt) out.line(" instance {} calling-gt {}", i.instance, text_of(*i.calling_gt));
  }
  out.line(" reassembly timeout {}", c.sccp.reassembly_timeout.count() / 1000);
  out.line(" reassembly messages {}", c.sccp.reassemblies_max);
  out.line(" reassembly octets {}", c.sccp.reassembly_octets_max);
  out.line(" hop-counter {}", c.sccp.hop_counter);
  write_screening(out, c.sccp.screening);
  write_map(out, c);
  return 1;
}

}  // namespace

void install_sccp_node() {
  install_node(kSccpNode, "%s(config-sccp)# ", write_sccp);
  install_command(CONFIG_NODE, "sccp", {"Connectionless SCCP and MAP"}, [](const Console& c) {
    draft().mark("sccp");
    return c.enter(kSccpNode);
  });
  install_addresses();
  install_instances();
  install_bounds();
  install_allow_lists();
  install_rates();
  install_map();
}

}  // namespace eir::appliance
