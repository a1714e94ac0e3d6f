// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/access.h"

#include <algorithm>
#include <array>

namespace eir::registry {
namespace {

constexpr std::array<std::string_view, kRoles> kRoleNames = {
    "importer", "customs", "law-enforcement", "tax", "regulator", "administrator", "operator", "point-of-sale"};
constexpr std::array<std::string_view, kObjects> kObjectNames = {"device",   "lock",  "version", "proposal", "job",
                                                                 "sighting", "audit", "user",    "entry",    "site"};
constexpr std::array<std::string_view, kVerbs> kVerbNames = {"check", "info", "create", "update", "delete", "realise"};

/// Which lists a row is for, as bits: on none, white, grey, black.
constexpr uint8_t kNoList = 8, kWhite = 1, kGrey = 2, kBlack = 4, kAny = 15;

struct Row {
  Object object;
  Verb verb;
  uint8_t lists;
  /// A column a role, in the roles' order: '-' none, 'o' own, '+' all.
  char roles[kRoles + 1];
};

// Columns: Importer, Customs, Law enforcement, Tax, Regulator, Administrator, Operator, Point of sale.
constexpr Row kTable[] = {
    //                                                ICLTRAOP
    {Object::kDevice, Verb::kCheck, kAny, /*       */ "++++++++"},
    {Object::kDevice, Verb::kInfo, kAny, /*        */ "o+++++oo"},
    {Object::kDevice, Verb::kCreate, kWhite, /*    */ "++---+-+"},
    {Object::kDevice, Verb::kUpdate, kNoList, /*   */ "o+---+-o"},
    {Object::kDevice, Verb::kUpdate, kWhite, /*    */ "o+---+-o"},
    {Object::kDevice, Verb::kUpdate, kGrey, /*     */ "-+---+--"},
    {Object::kDevice, Verb::kUpdate, kBlack, /*    */ "-+---+--"},
    {Object::kDevice, Verb::kDelete, kNoList, /*   */ "o----+-o"},
    {Object::kDevice, Verb::kDelete, kWhite, /*    */ "o----+-o"},
    {Object::kDevice, Verb::kDelete, kGrey, /*     */ "-----+--"},
    {Object::kDevice, Verb::kDelete, kBlack, /*    */ "-----+--"},
    {Object::kLock, Verb::kCheck, kNoList, /*      */ "--+-++++"},
    {Object::kLock, Verb::kInfo, kNoList, /*       */ "--+-++oo"},
    {Object::kLock, Verb::kCreate, kNoList, /*     */ "--+--+++"},
    {Object::kLock, Verb::kUpdate, kNoList, /*     */ "--o--+oo"},
    {Object::kLock, Verb::kDelete, kNoList, /*     */ "--o--+oo"},
    {Object::kVersion, Verb::kInfo, kNoList, /*    */ "----+++-"},
    {Object::kProposal, Verb::kInfo, kNoList, /*   */ "-ooo++o-"},
    {Object::kProposal, Verb::kCreate, kNoList, /* */ "----++--"},
    {Object::kProposal, Verb::kCreate, kWhite, /*  */ "-+--++--"},
    {Object::kProposal, Verb::kCreate, kGrey, /*   */ "-++++++-"},
    {Object::kProposal, Verb::kCreate, kBlack, /*  */ "--+-+++-"},
    {Object::kProposal, Verb::kDelete, kNoList, /* */ "-oooooo-"},
    {Object::kProposal, Verb::kRealise, kAny, /*   */ "-----+--"},
    {Object::kJob, Verb::kInfo, kNoList, /*        */ "oooo++oo"},
    {Object::kJob, Verb::kCreate, kNoList, /*      */ "++++++++"},
    {Object::kJob, Verb::kDelete, kNoList, /*      */ "ooooo+oo"},
    {Object::kSighting, Verb::kInfo, kNoList, /*   */ "--+-++o-"},
    {Object::kSighting, Verb::kCreate, kNoList, /* */ "-----++-"},
    {Object::kAudit, Verb::kInfo, kNoList, /*      */ "----++--"},
    {Object::kUser, Verb::kInfo, kNoList, /*       */ "-----+--"},
    {Object::kUser, Verb::kCreate, kNoList, /*     */ "-----+--"},
    {Object::kUser, Verb::kUpdate, kNoList, /*     */ "-----+--"},
    {Object::kUser, Verb::kDelete, kNoList, /*     */ "-----+--"},
    {Object::kEntry, Verb::kCreate, kAny, /*       */ "-----+--"},
    {Object::kEntry, Verb::kDelete, kAny, /*       */ "-----+--"},
    {Object::kSite, Verb::kInfo, kNoList, /*       */ "----++--"},
    {Object::kSite, Verb::kUpdate, kNoList, /*     */ "-----+--"},
};

/// The table as the look-up wants it: [object][verb][list: white, grey, black, none][role].
struct Matrix {
  Reach at[kObjects][kVerbs][4][kRoles] = {};
  constexpr Matrix() {
    for (const Row& row : kTable)
      for (unsigned list = 0; list < 4; ++list)
        for (unsigned role = 0; role < kRoles; ++role)
          if (row.lists >> list & 1)
            at[static_cast<unsigned>(row.object)][static_cast<unsigned>(row.verb)][list][role] =
                row.roles[role] == '+'   ? Reach::kAll
                : row.roles[role] == 'o' ? Reach::kOwn
                                         : Reach::kNone;
  }
};
constexpr Matrix kMatrix;

}  // namespace

std::string_view to_string(Role role) noexcept { return kRoleNames[static_cast<size_t>(role)]; }
std::string_view to_string(Object object) noexcept { return kObjectNames[static_cast<size_t>(object)]; }
std::string_view to_string(Verb verb) noexcept { return kVerbNames[static_cast<size_t>(verb)]; }

std::optional<Role> role_from(std::string_view name) noexcept {
  for (unsigned i = 0; i < kRoles; ++i)
    if (kRoleNames[i] == name) return static_cast<Role>(i);
  return std::nullopt;
}

Reach reach(Role role, Object object, Verb verb, lists::ListSet lists) noexcept {
  const auto& rows = kMatrix.at[static_cast<unsigned>(object)][static_cast<unsigned>(verb)];
  const auto column = static_cast<unsigned>(role);
  if (lists.empty()) return rows[3][column];
  Reach least = Reach::kAll;
  for (unsigned list = 0; list < 3; ++list)
    if (lists.bits() >> list & 1) least = std::min(least, rows[list][column]);
  return least;
}

}  // namespace eir::registry
