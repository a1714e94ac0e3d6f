// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/result.h"
#include "core/identity/digits.h"
#include "sigtran/mtp/transfer.h"

namespace eir::sigtran::sccp {

/// Subsystem number, ITU-T Q.713 §3.4.2.2.
enum class Ssn : uint8_t {};
constexpr uint8_t number(Ssn ssn) { return static_cast<uint8_t>(ssn); }
inline constexpr Ssn kSsnUnknown{0};
inline constexpr Ssn kSsnManagement{1};
inline constexpr Ssn kSsnEir{9};

/// A global title that we build ourselves, ITU-T Q.713 §3.4.2.3.
struct GlobalTitle {
  uint8_t indicator = 4;  ///< 1 to 4; the fields an indicator does not have are not sent
  uint8_t translation_type = 0;
  uint8_t numbering_plan = 1;  ///< 1: E.164, 7: E.214
  uint8_t nature = 4;          ///< nature of address, 4: international
  identity::Digits digits;
  friend bool operator==(const GlobalTitle&, const GlobalTitle&) = default;
};

/// A global title that is ours. Matched by its digits alone.
struct LocalGt {
  identity::Digits digits;
  /// What an answer carries as its calling address; without it the question's indicator, translation
  /// type, plan, nature and digits are kept.
  std::optional<GlobalTitle> answer_as;
  friend bool operator==(const LocalGt&, const LocalGt&) = default;
};

/// What SCCP knows of one `cs7 instance`.
struct InstanceConfig {
  mtp::Instance instance = 0;
  mtp::PointCode own_pc{};
  /// Where answers go that are not routed on a point code and SSN of their own; else to the OPC.
  std::optional<mtp::PointCode> answer_stp;
  /// The calling address of answers to questions that were addressed without a global title; without it
  /// they carry own point code and SSN.
  std::optional<GlobalTitle> calling_gt;
  friend bool operator==(const InstanceConfig&, const InstanceConfig&) = default;
};

/// Where an answer's calling address comes from.
enum class CallingAddressMode : uint8_t {
  kConfigured,  ///< the local address that was asked
  kEcho,        ///< the question's called address, octet for octet
};

/// A token bucket.
struct Rate {
  uint32_t per_second = 0;
  uint32_t burst = 0;  ///< tokens it holds; 0: one second's worth
  friend bool operator==(const Rate&, const Rate&) = default;
};
struct OpcRate {
  mtp::PointCode opc{};
  Rate rate;
  friend bool operator==(const OpcRate&, const OpcRate&) = default;
};
struct GtRate {
  identity::Digits prefix;  ///< all calling global titles under it share the bucket; the longest prefix counts
  Rate rate;
  friend bool operator==(const GtRate&, const GtRate&) = default;
};

enum class ScreeningAction : uint8_t {
  kDiscard,
  kAbort,  ///< the dialogue is refused with a U-Abort
};

/// Who may ask. An empty list is everybody. With a list of global titles, a question without one is let
/// in only by an explicit entry of the list of OPCs. SCCP management is held to the list of OPCs alone. The
/// buckets count all that could be answered: questions, subsystem tests, what goes back in a service message.
struct Screening {
  std::vector<mtp::PointCode> allowed_opcs;
  std::vector<identity::Digits> allowed_gt_prefixes;
  std::optional<Rate> each_opc;  ///< for every OPC without an entry in opc_rates, a bucket each
  std::vector<OpcRate> opc_rates;
  std::vector<GtRate> gt_rates;
  ScreeningAction action = ScreeningAction::kDiscard;
  friend bool operator==(const Screening&, const Screening&) = default;
};

/// Bounds of a configuration; validate() refuses what is above.
inline constexpr size_t kLocalGtsMax = 64;
inline constexpr size_t kInstancesMax = 16;
inline constexpr size_t kScreeningEntriesMax = 4096;  ///< per list
inline constexpr uint32_t kReassembliesLimit = 1024;
/// ITU-T Q.713 §4.20 allows 3952 octets of user data; what we take is bounded by the largest.
inline constexpr uint32_t kReassemblyOctetsLimit = 3952;

/// Connectionless SCCP as an operator configures it. Plain values.
struct Config {
  Ssn own_ssn = kSsnEir;
  /// Empty: every global title that reaches us is ours, the STP has translated it.
  std::vector<LocalGt> local_gts;
  std::vector<InstanceConfig> instances;
  CallingAddressMode calling_address = CallingAddressMode::kConfigured;
  std::chrono::milliseconds reassembly_timeout{10'000};
  uint32_t reassemblies_max = 64;         ///< at one time, in this process
  uint32_t reassembly_octets_max = 3952;  ///< per message
  uint8_t hop_counter = 15;               ///< of what we send, 1 to 15
  Screening screening;
  friend bool operator==(const Config&, const Config&) = default;
};

/// Says what is wrong with a configuration, or nothing. `where` of the problem is the command's name.
base::Result<void, base::Problem> validate(const Config& config);

}  // namespace eir::sigtran::sccp
