// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/lists/list_set.h"

/// Who may do what. One table, in access.cc, says all of it.
namespace eir::registry {

/// Numbers are fixed: they stand in databases.
enum class Role : uint8_t {
  kImporter = 0,
  kCustoms = 1,
  kLawEnforcement = 2,
  kTax = 3,
  kRegulator = 4,
  kAdministrator = 5,
  kOperator = 6,  ///< a network operator, and its nodes
  kPointOfSale = 7,
};
inline constexpr unsigned kRoles = 8;
/// "importer", "customs", "law-enforcement", "tax", "regulator", "administrator", "operator", "point-of-sale".
std::string_view to_string(Role role) noexcept;
std::optional<Role> role_from(std::string_view name) noexcept;

enum class Object : uint8_t { kDevice, kLock, kVersion, kProposal, kJob, kSighting, kAudit, kUser, kEntry, kSite };
inline constexpr unsigned kObjects = 10;
std::string_view to_string(Object object) noexcept;

/// kRealise: makes a move from list to list, whether one's own or another's proposal.
enum class Verb : uint8_t { kCheck, kInfo, kCreate, kUpdate, kDelete, kRealise };
inline constexpr unsigned kVerbs = 6;
std::string_view to_string(Verb verb) noexcept;

/// How far a right goes. Ordered.
enum class Reach : uint8_t {
  kNone,
  kOwn,  ///< what the user filed
  kAll,
};

/// `lists`: those the object stands on or would come to stand on; with several the least reach counts, with none the
/// table's row for "no list". Whatever no row names is kNone. Threads: pure. Allocates: no.
Reach reach(Role role, Object object, Verb verb, lists::ListSet lists = {}) noexcept;

}  // namespace eir::registry
