// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace eir::sync::epp {

/// What became of a command. RFC 5730 §3; first digit 1: done, 2: refused; x5xx: the session ends.
enum class ResultCode : uint16_t {
  kDone = 1000,
  kPending = 1001,  ///< taken; what it comes to is a message in the queue
  kNoMessages = 1300,
  kMessage = 1301,
  kBye = 1500,
  kUnknownCommand = 2000,
  kSyntax = 2001,  ///< not well-formed, or not valid by the schemas
  kUse = 2002,     ///< not now: before login, twice, an object not asked for at login
  kMissing = 2003,
  kRange = 2004,
  kValueSyntax = 2005,
  kVersion = 2100,
  kUnimplementedCommand = 2101,
  kUnimplementedOption = 2102,
  kUnimplementedExtension = 2103,
  kBilling = 2104,
  kNotRenewable = 2105,
  kNotTransferable = 2106,
  kAuthentication = 2200,
  kAuthorization = 2201,
  kAuthorizationInformation = 2202,
  kPendingTransfer = 2300,
  kNotPendingTransfer = 2301,
  kExists = 2302,
  kNoObject = 2303,
  kStatusProhibits = 2304,
  kAssociationProhibits = 2305,
  kPolicyOfValue = 2306,
  kUnimplementedObject = 2307,
  kPolicy = 2308,
  kFailed = 2400,
  kFailedBye = 2500,
  kAuthenticationBye = 2501,
  kSessionsBye = 2502,
};

inline constexpr std::array kResultCodes = {
    ResultCode::kDone,
    ResultCode::kPending,
    ResultCode::kNoMessages,
    ResultCode::kMessage,
    ResultCode::kBye,
    ResultCode::kUnknownCommand,
    ResultCode::kSyntax,
    ResultCode::kUse,
    ResultCode::kMissing,
    ResultCode::kRange,
    ResultCode::kValueSyntax,
    ResultCode::kVersion,
    ResultCode::kUnimplementedCommand,
    ResultCode::kUnimplementedOption,
    ResultCode::kUnimplementedExtension,
    ResultCode::kBilling,
    ResultCode::kNotRenewable,
    ResultCode::kNotTransferable,
    ResultCode::kAuthentication,
    ResultCode::kAuthorization,
    ResultCode::kAuthorizationInformation,
    ResultCode::kPendingTransfer,
    ResultCode::kNotPendingTransfer,
    ResultCode::kExists,
    ResultCode::kNoObject,
    ResultCode::kStatusProhibits,
    ResultCode::kAssociationProhibits,
    ResultCode::kPolicyOfValue,
    ResultCode::kUnimplementedObject,
    ResultCode::kPolicy,
    ResultCode::kFailed,
    ResultCode::kFailedBye,
    ResultCode::kAuthenticationBye,
    ResultCode::kSessionsBye,
};

constexpr unsigned number(ResultCode code) { return static_cast<unsigned>(code); }
constexpr bool succeeded(ResultCode code) { return number(code) < 2000; }
/// The server closes the connection after this answer. RFC 5730 §3.
constexpr bool ends_session(ResultCode code) { return number(code) == 1500 || number(code) >= 2500; }
/// Nothing for a number RFC 5730 does not define.
constexpr std::optional<ResultCode> result_code_from(unsigned value) {
  for (const ResultCode code : kResultCodes)
    if (number(code) == value) return code;
  return std::nullopt;
}

}  // namespace eir::sync::epp
