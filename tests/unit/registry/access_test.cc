// SPDX-License-Identifier: GPL-3.0-or-later
// The denial matrix: said a second time, role by role, and then tried with commands.
#include <set>

#include "registry/access.h"
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

using lists::ListSet;

struct Right {
  Object object;
  Verb verb;
  std::string lists;  ///< of w, g, b, n (on none)
  Reach reach;
};

constexpr Reach kAll = Reach::kAll, kOwn = Reach::kOwn;

/// What each role may do; everything else is denied.
std::vector<Right> rights(Role role) {
  const Object device = Object::kDevice, lock = Object::kLock, proposal = Object::kProposal, job = Object::kJob;
  std::vector<Right> r = {{device, Verb::kCheck, "wgbn", kAll}, {job, Verb::kCreate, "n", kAll}};
  const auto add = [&r](std::vector<Right> more) { r.insert(r.end(), more.begin(), more.end()); };
  switch (role) {
    case Role::kImporter:
      add({{device, Verb::kInfo, "wgbn", kOwn},
           {device, Verb::kCreate, "w", kAll},
           {device, Verb::kUpdate, "wn", kOwn},
           {device, Verb::kDelete, "wn", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn}});
      break;
    case Role::kCustoms:
      add({{device, Verb::kInfo, "wgbn", kAll},
           {device, Verb::kCreate, "w", kAll},
           {device, Verb::kUpdate, "wgbn", kAll},
           {proposal, Verb::kInfo, "n", kOwn},
           {proposal, Verb::kCreate, "wg", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn}});
      break;
    case Role::kLawEnforcement:
      add({{device, Verb::kInfo, "wgbn", kAll},
           {lock, Verb::kCheck, "n", kAll},
           {lock, Verb::kInfo, "n", kAll},
           {lock, Verb::kCreate, "n", kAll},
           {lock, Verb::kUpdate, "n", kOwn},
           {lock, Verb::kDelete, "n", kOwn},
           {proposal, Verb::kInfo, "n", kOwn},
           {proposal, Verb::kCreate, "gb", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn},
           {Object::kSighting, Verb::kInfo, "n", kAll}});
      break;
    case Role::kTax:
      add({{device, Verb::kInfo, "wgbn", kAll},
           {proposal, Verb::kInfo, "n", kOwn},
           {proposal, Verb::kCreate, "g", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn}});
      break;
    case Role::kRegulator:
      add({{device, Verb::kInfo, "wgbn", kAll},
           {lock, Verb::kCheck, "n", kAll},
           {lock, Verb::kInfo, "n", kAll},
           {Object::kVersion, Verb::kInfo, "n", kAll},
           {proposal, Verb::kInfo, "n", kAll},
           {proposal, Verb::kCreate, "wgbn", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kAll},
           {job, Verb::kDelete, "n", kOwn},
           {Object::kSighting, Verb::kInfo, "n", kAll},
           {Object::kAudit, Verb::kInfo, "n", kAll},
           {Object::kSite, Verb::kInfo, "n", kAll}});
      break;
    case Role::kAdministrator:
      add({{device, Verb::kInfo, "wgbn", kAll},
           {device, Verb::kCreate, "w", kAll},
           {device, Verb::kUpdate, "wgbn", kAll},
           {device, Verb::kDelete, "wgbn", kAll},
           {lock, Verb::kCheck, "n", kAll},
           {lock, Verb::kInfo, "n", kAll},
           {lock, Verb::kCreate, "n", kAll},
           {lock, Verb::kUpdate, "n", kAll},
           {lock, Verb::kDelete, "n", kAll},
           {Object::kVersion, Verb::kInfo, "n", kAll},
           {proposal, Verb::kInfo, "n", kAll},
           {proposal, Verb::kCreate, "wgbn", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {proposal, Verb::kRealise, "wgbn", kAll},
           {job, Verb::kInfo, "n", kAll},
           {job, Verb::kDelete, "n", kAll},
           {Object::kSighting, Verb::kInfo, "n", kAll},
           {Object::kSighting, Verb::kCreate, "n", kAll},
           {Object::kAudit, Verb::kInfo, "n", kAll},
           {Object::kUser, Verb::kInfo, "n", kAll},
           {Object::kUser, Verb::kCreate, "n", kAll},
           {Object::kUser, Verb::kUpdate, "n", kAll},
           {Object::kUser, Verb::kDelete, "n", kAll},
           {Object::kEntry, Verb::kCreate, "wgbn", kAll},
           {Object::kEntry, Verb::kDelete, "wgbn", kAll},
           {Object::kSite, Verb::kInfo, "n", kAll},
           {Object::kSite, Verb::kUpdate, "n", kAll}});
      break;
    case Role::kOperator:
      add({{device, Verb::kInfo, "wgbn", kOwn},
           {lock, Verb::kCheck, "n", kAll},
           {lock, Verb::kInfo, "n", kOwn},
           {lock, Verb::kCreate, "n", kAll},
           {lock, Verb::kUpdate, "n", kOwn},
           {lock, Verb::kDelete, "n", kOwn},
           {Object::kVersion, Verb::kInfo, "n", kAll},
           {proposal, Verb::kInfo, "n", kOwn},
           {proposal, Verb::kCreate, "gb", kAll},
           {proposal, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn},
           {Object::kSighting, Verb::kInfo, "n", kOwn},
           {Object::kSighting, Verb::kCreate, "n", kAll}});
      break;
    case Role::kPointOfSale:
      add({{device, Verb::kInfo, "wgbn", kOwn},
           {device, Verb::kCreate, "w", kAll},
           {device, Verb::kUpdate, "wn", kOwn},
           {device, Verb::kDelete, "wn", kOwn},
           {lock, Verb::kCheck, "n", kAll},
           {lock, Verb::kInfo, "n", kOwn},
           {lock, Verb::kCreate, "n", kAll},
           {lock, Verb::kUpdate, "n", kOwn},
           {lock, Verb::kDelete, "n", kOwn},
           {job, Verb::kInfo, "n", kOwn},
           {job, Verb::kDelete, "n", kOwn}});
      break;
  }
  return r;
}

TEST(Access, EveryRoleObjectVerbAndListIsAsItsRoleSays) {
  const std::pair<char, ListSet> kLists[] = {
      {'w', ListSet(ListSet::kWhite)}, {'g', ListSet(ListSet::kGrey)}, {'b', ListSet(ListSet::kBlack)}, {'n', {}}};
  for (unsigned role = 0; role < kRoles; ++role) {
    const auto granted = rights(static_cast<Role>(role));
    for (unsigned object = 0; object < kObjects; ++object)
      for (unsigned verb = 0; verb < kVerbs; ++verb)
        for (const auto& [letter, list] : kLists) {
          Reach expected = Reach::kNone;
          for (const Right& r : granted)
            if (r.object == static_cast<Object>(object) && r.verb == static_cast<Verb>(verb) &&
                r.lists.find(letter) != std::string::npos)
              expected = r.reach;
          EXPECT_EQ(reach(static_cast<Role>(role), static_cast<Object>(object), static_cast<Verb>(verb), list),
                    expected)
              << to_string(static_cast<Role>(role)) << " " << to_string(static_cast<Verb>(verb)) << " "
              << to_string(static_cast<Object>(object)) << " " << letter;
        }
  }
}

TEST(Access, OfSeveralListsTheLeastReachCounts) {
  const ListSet both(ListSet::kWhite | ListSet::kBlack);
  EXPECT_EQ(reach(Role::kImporter, Object::kDevice, Verb::kDelete, both), Reach::kNone);
  EXPECT_EQ(reach(Role::kLawEnforcement, Object::kProposal, Verb::kCreate, both), Reach::kNone);
  EXPECT_EQ(reach(Role::kAdministrator, Object::kProposal, Verb::kRealise, both), Reach::kAll);
}

TEST(Access, NamesOfRolesReadBack) {
  for (unsigned i = 0; i < kRoles; ++i) {
    const Role role = static_cast<Role>(i);
    EXPECT_EQ(role_from(to_string(role)), role);
  }
  EXPECT_FALSE(role_from("king"));
}

class Denial : public RegistryTest {};

/// Each command by every role: 2201 exactly where the table says so, and nothing is changed by it.
TEST_F(Denial, CommandsOfARoleWithoutTheRightChangeNothing) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  ASSERT_TRUE(run(root(), ChangeEntries{{on(kFirst + 1, kGrey), on(kFirst + 2, kBlack)}}).ok());
  CreateLock lock{name(kFirst),
                  lists::LockPolicy::kDevice,
                  {{identity::Imsi(*identity::Digits::parse("255010000000001")), {}}},
                  {}};
  ASSERT_TRUE(run(root(), lock).ok());
  Propose put_white{"", on(kFirst + 5, kWhite)}, put_grey{"", on(kFirst + 5, kGrey)},
      put_black{"", on(kFirst + 5, kBlack)};
  User user;
  user.name = "somebody";
  const struct {
    Command command;
    std::set<Role> may;
  } kTable[] = {
      {UpdateDevice{name(kFirst + 1), {}}, {Role::kCustoms, Role::kAdministrator}},
      {DeleteDevice{name(kFirst + 2), ""}, {Role::kAdministrator}},
      {DeleteLock{name(kFirst), lists::LockPolicy::kDevice, ""}, {Role::kAdministrator}},
      {put_white, {Role::kCustoms, Role::kRegulator, Role::kAdministrator}},
      {put_grey,
       {Role::kCustoms, Role::kLawEnforcement, Role::kTax, Role::kRegulator, Role::kAdministrator, Role::kOperator}},
      {put_black, {Role::kLawEnforcement, Role::kRegulator, Role::kAdministrator, Role::kOperator}},
      {Decide{77, true, ""}, {Role::kAdministrator}},
      {ChangeEntries{{on(kFirst + 9, kWhite)}}, {Role::kAdministrator}},
      {PutUser{user, "secret-1"}, {Role::kAdministrator}},
      {DisableUser{"somebody"}, {Role::kAdministrator}},
      {SetPolicy{"unlisted", "off"}, {Role::kAdministrator}},
      {FileSightings{"node-1", 1, {}}, {Role::kOperator, Role::kAdministrator}},
  };
  for (const auto& one : kTable)
    for (unsigned i = 0; i < kRoles; ++i) {
      const Role role = static_cast<Role>(i);
      if (one.may.count(role)) continue;
      const uint64_t changed = counters_.imeis_changed.get();
      const Outcome out = run(role, one.command);
      EXPECT_EQ(out.code, Code::kAuthorization) << to_string(role) << " " << name_of(one.command).object;
      EXPECT_EQ(counters_.imeis_changed.get(), changed);
    }
  for (const auto& one : kTable)
    for (const Role role : one.may)
      EXPECT_NE(run(role, one.command).code, Code::kAuthorization) << to_string(role) << " " << asked(one.command);
}

TEST_F(Denial, OwnersSeeAndChangeTheirOwnAlone) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  ASSERT_TRUE(run(Role::kPointOfSale, CreateDevices{{name(kFirst + 1)}, {}}).ok());
  Device device;
  device.type = "phone";
  EXPECT_EQ(run(Role::kImporter, UpdateDevice{name(kFirst), device}).code, Code::kDone);
  EXPECT_EQ(run(Role::kImporter, UpdateDevice{name(kFirst + 1), device}).why, Why::kNotOwner);
  EXPECT_EQ(run(Role::kPointOfSale, DeleteDevice{name(kFirst), ""}).why, Why::kNotOwner);
  auto reader = store_->reader();
  ASSERT_TRUE(reader);
  ShownDevice shown;
  EXPECT_TRUE(device_info(**reader, as(Role::kImporter), name(kFirst), shown).ok());
  EXPECT_EQ(shown.device.type, "phone");
  EXPECT_EQ(device_info(**reader, as(Role::kImporter), name(kFirst + 1), shown).code, Code::kAuthorization);
  EXPECT_TRUE(device_info(**reader, as(Role::kCustoms), name(kFirst + 1), shown).ok());
}

TEST_F(Denial, ADisabledUserGetsNothingDone) {
  ASSERT_TRUE(run(root(), DisableUser{"user-0"}).ok());
  EXPECT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).code, Code::kAuthorization);
  EXPECT_FALSE(row(kFirst));
}

}  // namespace
}  // namespace eir::registry
