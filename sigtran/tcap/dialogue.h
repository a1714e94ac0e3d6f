// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sigtran/tcap/ber.h"

namespace eir::sigtran::tcap {

/// Longest application context name we take, octets of its contents.
inline constexpr size_t kContextOctetsMax = 32;

/// What an AARQ asks for. Views live as long as the octets it was decoded from.
struct DialogueRequest {
  Octets context;                          ///< contents of the application context name
  std::optional<Octets> user_information;  ///< contents of user-information: EXTERNALs
};

/// What a dialogue portion of a Begin is.
enum class DialogueFault : uint8_t {
  kNone,
  kMalformed,        ///< no AARQ of the structured dialogue, or not to be decoded
  kNoCommonVersion,  ///< protocol versions without version1
};

/// Decodes the dialogue portion of a Begin: an EXTERNAL of the dialogue-as with an AARQ. ITU-T Q.773
/// §4.2.2. Elements nobody defined are skipped. Also with kNoCommonVersion `out.context` is set.
DialogueFault decode_dialogue(Octets portion, DialogueRequest& out) noexcept;

/// Octets for the user-information of a dialogue APDU: whole EXTERNALs; none when empty. A value.
struct UserInformation {
  std::array<uint8_t, 32> octets{};
  uint8_t len = 0;
  Octets view() const { return {octets.data(), len}; }
};

/// Associate-result and its diagnostic, ITU-T Q.773 §4.2.2.
enum class AareResult : uint8_t { kAccepted, kContextNotSupported, kNoCommonVersion };
/// Writes a dialogue portion with an AARE.
void write_aare(BackWriter& w, Octets context, AareResult result, const UserInformation& info) noexcept;

enum class AbortSource : uint8_t { kUser = 0, kProvider = 1 };
/// Writes a dialogue portion with an ABRT.
void write_abrt(BackWriter& w, AbortSource source, const UserInformation& info) noexcept;

/// Octets write_aare() needs at most.
inline constexpr size_t kAareOctetsMax =
    15 + 2 + 4 + 4 + kContextOctetsMax + 5 + 7 + 2 + sizeof(UserInformation::octets);

}  // namespace eir::sigtran::tcap
