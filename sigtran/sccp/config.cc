// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/config.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::sigtran::sccp {
namespace {

constexpr uint32_t kRateMax = 1'000'000;
constexpr auto kReassemblyTimeoutMax = std::chrono::minutes(1);

using Check = base::Result<void, base::Problem>;

bool valid(mtp::PointCode pc) { return mtp::number(pc) <= mtp::kPointCodeMax; }
bool valid(const GlobalTitle& t) {
  return t.indicator >= 1 && t.indicator <= 4 && t.numbering_plan <= 0x0F && t.nature <= 0x7F && !t.digits.empty();
}
bool valid(const Rate& r) { return r.per_second >= 1 && r.per_second <= kRateMax && r.burst <= kRateMax; }

Check check_local_gts(const Config& c) {
  if (c.local_gts.size() > kLocalGtsMax)
    return base::problem("local-gt", fmt::format("more than {} global titles", kLocalGtsMax));
  for (size_t i = 0; i < c.local_gts.size(); ++i) {
    const LocalGt& gt = c.local_gts[i];
    if (gt.digits.empty()) return base::problem("local-gt", "a global title without digits");
    if (gt.answer_as && !valid(*gt.answer_as))
      return base::problem("local-gt", fmt::format("{}: the answer's title cannot be encoded", gt.digits.str()));
    for (size_t j = 0; j < i; ++j)
      if (c.local_gts[j].digits == gt.digits)
        return base::problem("local-gt", fmt::format("{} is given twice", gt.digits.str()));
  }
  return {};
}

Check check_instances(const Config& c) {
  if (c.instances.size() > kInstancesMax)
    return base::problem("instance", fmt::format("more than {} instances", kInstancesMax));
  for (size_t i = 0; i < c.instances.size(); ++i) {
    const InstanceConfig& in = c.instances[i];
    if (!valid(in.own_pc) || (in.answer_stp && !valid(*in.answer_stp)))
      return base::problem("instance", fmt::format("{}: a point code above 14 bits", in.instance));
    if (in.calling_gt && !valid(*in.calling_gt))
      return base::problem("instance", fmt::format("{}: the calling title cannot be encoded", in.instance));
    for (size_t j = 0; j < i; ++j)
      if (c.instances[j].instance == in.instance)
        return base::problem("instance", fmt::format("{} is given twice", in.instance));
  }
  return {};
}

Check check_screening(const Screening& s) {
  const auto refuse = [](std::string text) { return base::problem("screening", std::move(text)); };
  for (const size_t size : {s.allowed_opcs.size(), s.allowed_gt_prefixes.size(), s.opc_rates.size(), s.gt_rates.size()})
    if (size > kScreeningEntriesMax) return refuse(fmt::format("more than {} entries in a list", kScreeningEntriesMax));
  for (const mtp::PointCode pc : s.allowed_opcs)
    if (!valid(pc)) return refuse("a point code above 14 bits");
  for (const identity::Digits& p : s.allowed_gt_prefixes)
    if (p.empty()) return refuse("an empty global title prefix");
  if (s.each_opc && !valid(*s.each_opc)) return refuse(fmt::format("a rate outside 1 to {} per second", kRateMax));
  for (const OpcRate& r : s.opc_rates)
    if (!valid(r.opc) || !valid(r.rate)) return refuse("a point code or rate out of range");
  for (const GtRate& r : s.gt_rates)
    if (r.prefix.empty() || !valid(r.rate)) return refuse("a global title prefix or rate out of range");
  return {};
}

}  // namespace

Check validate(const Config& c) {
  if (c.own_ssn == kSsnUnknown || c.own_ssn == kSsnManagement || number(c.own_ssn) == 0xFF)
    return base::problem("subsystem", "the subsystem number must be 2 to 254");
  if (c.reassembly_timeout < std::chrono::milliseconds(100) || c.reassembly_timeout > kReassemblyTimeoutMax)
    return base::problem("reassembly timeout", "must be 0.1 to 60 seconds");
  if (c.reassemblies_max > kReassembliesLimit)
    return base::problem("reassembly max", fmt::format("must be at most {}", kReassembliesLimit));
  if (c.reassembly_octets_max < 256 || c.reassembly_octets_max > kReassemblyOctetsLimit)
    return base::problem("reassembly octets", fmt::format("must be 256 to {}", kReassemblyOctetsLimit));
  if (c.hop_counter < 1 || c.hop_counter > 15) return base::problem("hop-counter", "must be 1 to 15");
  if (auto r = check_local_gts(c); !r) return r;
  if (auto r = check_instances(c); !r) return r;
  return check_screening(c.screening);
}

}  // namespace eir::sigtran::sccp
