// SPDX-License-Identifier: GPL-3.0-or-later
// Devices filed one by one, in groups and in jobs.
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

class Devices : public RegistryTest {};

TEST_F(Devices, AFiledDeviceIsWhiteAndSaysWhatWasFiled) {
  Device device{"Maker", "M-1", "C-1", "2026-01-02", "P-1", "2026-02-03", "4", "I-9", "Firm", "UA", "99.50", "UAH"};
  ASSERT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst)}, device}).code, Code::kDone);
  ASSERT_TRUE(row(kFirst));
  EXPECT_TRUE(row(kFirst)->lists.white());
  auto reader = store_->reader();
  ShownDevice shown;
  ASSERT_TRUE(device_info(**reader, as(Role::kTax), name(kFirst), shown).ok());
  EXPECT_EQ(shown.device, device);
  EXPECT_EQ(shown.name, name(kFirst));
  EXPECT_EQ(shown.owner, 1u);
}

TEST_F(Devices, CheckSaysWhatCouldBeFiled) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  auto reader = store_->reader();
  std::vector<Checked> out;
  // The last two are of the customer's own sample: the second fails its check digit.
  ASSERT_TRUE(check_devices(**reader, as(Role::kPointOfSale),
                            {name(kFirst), name(kFirst + 1), "123", "352106150345703", "35210605054420"}, {}, out)
                  .ok());
  ASSERT_EQ(out.size(), 5u);
  EXPECT_FALSE(out[0].available);
  EXPECT_EQ(out[0].why, Why::kExists);
  EXPECT_TRUE(out[0].lists.white());
  EXPECT_TRUE(out[1].available);
  EXPECT_EQ(out[2].why, Why::kForm);
  EXPECT_EQ(out[3].why, Why::kCheckDigit);
  EXPECT_FALSE(out[3].available);
  EXPECT_EQ(out[4].why, Why::kExists);
}

TEST_F(Devices, CreateAgainIs2302AndWhatIsReachedAlreadyIs1000WithoutANewVersion) {
  Device device;
  device.type = "phone";
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, device}).ok());
  settle();
  const auto version = engine_->newest();
  EXPECT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst)}, device}).code, Code::kExists);
  EXPECT_EQ(run(Role::kImporter, UpdateDevice{name(kFirst), device}).code, Code::kDone);
  device.type = "tablet";
  EXPECT_EQ(run(Role::kImporter, UpdateDevice{name(kFirst), device}).code, Code::kDone);
  EXPECT_EQ(run(root(), ChangeEntries{{on(kFirst, kWhite, "")}}).code, Code::kDone);
  settle();
  EXPECT_EQ(engine_->newest(), version) << "device data is no news to nodes";
  EXPECT_EQ(run(Role::kImporter, UpdateDevice{name(kFirst + 1), device}).code, Code::kNoObject);
  EXPECT_EQ(run(Role::kImporter, DeleteDevice{name(kFirst), ""}).code, Code::kDone);
  EXPECT_EQ(run(Role::kImporter, DeleteDevice{name(kFirst), ""}).code, Code::kNoObject);
}

TEST_F(Devices, AGroupIsAllOrNothingAndNamesEveryRefusedOne) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 3)}, {}}).ok());
  const Outcome out =
      run(Role::kImporter, CreateDevices{{name(kFirst), "12", name(kFirst + 3), name(kFirst), "352106150345703"}, {}});
  EXPECT_EQ(out.code, Code::kValueSyntax);
  ASSERT_EQ(out.offenders.size(), 4u);
  EXPECT_EQ(out.offenders[0].why, Why::kForm);
  EXPECT_EQ(out.offenders[1].why, Why::kExists);
  EXPECT_EQ(out.offenders[2].why, Why::kTwice);
  EXPECT_EQ(out.offenders[3].why, Why::kCheckDigit);
  EXPECT_FALSE(row(kFirst));
  std::vector<std::string> many;
  for (uint64_t i = 0; i <= kGroupNamesMax; ++i) many.push_back(name(kFirst + 10 + i));
  EXPECT_EQ(run(Role::kImporter, CreateDevices{many, {}}).why, Why::kTooMany);
  many.pop_back();
  EXPECT_EQ(run(Role::kImporter, CreateDevices{many, {}}).code, Code::kDone);
}

TEST_F(Devices, AGreyOneFiledAgainStaysGreyWithTheAttemptOnRecord) {
  ASSERT_TRUE(run(root(), ChangeEntries{{on(kFirst, kGrey), on(kFirst + 1, kBlack)}}).ok());
  for (unsigned i = 1; i <= 3; ++i) {
    Request rq = as(Role::kImporter);
    const Outcome out = run(rq, CreateDevices{{name(kFirst)}, {}});
    EXPECT_EQ(out.code, Code::kExists);
    EXPECT_EQ(out.why, Why::kRefiled);
    EXPECT_EQ(row(kFirst)->attempts, i);
    const auto found = find_commands(*writer_, rq.cl_trid, std::nullopt);
    ASSERT_EQ(found.size(), 2u);
    EXPECT_EQ(found[1].imei.code, Code::kExists);
  }
  EXPECT_TRUE(row(kFirst)->lists.grey());
  // Nor in a group, a job, or by withdrawing it first.
  EXPECT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst + 7), name(kFirst + 1)}, {}}).code, Code::kExists);
  EXPECT_EQ(row(kFirst + 1)->attempts, 1u);
  EXPECT_EQ(run(Role::kImporter, FileJob{"F", {CreateDevices{{name(kFirst)}, {}}}}).code, Code::kPending);
  settle();
  EXPECT_EQ(row(kFirst)->attempts, 4u);
  EXPECT_TRUE(row(kFirst)->lists.grey());
  EXPECT_EQ(run(Role::kImporter, DeleteDevice{name(kFirst), ""}).code, Code::kAuthorization);
}

TEST_F(Devices, AJobIsTakenWholeAndDoneInParts) {
  Request rq = as(Role::kImporter);
  rq.sv_trid = "UKR-77";
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 1)}, {}}).ok());
  FileJob job{"FILING-1",
              {CreateDevices{{name(kFirst), name(kFirst + 1), "55"}, {}}, UpdateDevice{name(kFirst + 9), {}},
               CreateDevices{{name(kFirst + 2)}, {}}}};
  Outcome filed = run(rq, job);
  ASSERT_EQ(filed.code, Code::kPending);
  EXPECT_EQ(run(Role::kImporter, job).code, Code::kExists) << "the applicant's number is taken";
  EXPECT_EQ(run(Role::kPointOfSale, FileJob{"FILING-1", {DeleteDevice{"5", ""}}}).code, Code::kPending)
      << "another's is not";
  settle();
  auto reader = store_->reader();
  Job done;
  ASSERT_TRUE(job_info(**reader, as(Role::kImporter), std::stoull(filed.id), done).ok());
  EXPECT_EQ(done.state, JobState::kDone);
  EXPECT_EQ(done.names, 5u);
  EXPECT_EQ(done.done, 2u);
  EXPECT_EQ(done.failed, 3u);
  ASSERT_EQ(done.failures.size(), 3u);
  EXPECT_EQ(done.failures[0], (Offender{name(kFirst + 1), Code::kExists, Why::kExists, 0}));
  EXPECT_EQ(done.failures[1], (Offender{"55", Code::kValueSyntax, Why::kForm, 0}));
  EXPECT_EQ(done.failures[2], (Offender{name(kFirst + 9), Code::kNoObject, Why::kUnlisted, 1}));
  EXPECT_TRUE(row(kFirst));
  EXPECT_TRUE(row(kFirst + 2));
  Queued queued;
  ASSERT_EQ(first_message(**reader, as(Role::kImporter), queued).code, Code::kMessage);
  EXPECT_EQ(queued.notice.what, What::kJob);
  EXPECT_EQ(queued.notice.filing, "FILING-1");
  EXPECT_EQ(queued.notice.sv_trid, "UKR-77");
  EXPECT_EQ(queued.notice.cl_trid, rq.cl_trid);
  EXPECT_EQ(queued.notice.failed, 3u);
  EXPECT_EQ(job_info(**reader, as(Role::kCustoms), std::stoull(filed.id), done).code, Code::kAuthorization);
}

TEST_F(Devices, AJobGoesOnAfterARestartAndDoesNothingTwice) {
  EngineOptions small;
  small.job_names_per_group = 10;
  start(small);
  FileJob job{"LONG", {}};
  for (uint64_t i = 0; i < 50; ++i)
    job.items.push_back(CreateDevices{{name(kFirst + 2 * i), name(kFirst + 2 * i + 1)}, {}});
  const Outcome filed = run(Role::kImporter, job);
  ASSERT_EQ(filed.code, Code::kPending);
  ASSERT_TRUE(engine_->run({}));
  EXPECT_EQ(run(Role::kImporter, CancelJob{std::stoull(filed.id)}).why, Why::kStarted);
  start(small);
  settle();
  Job done;
  ASSERT_TRUE(job_info(*writer_, as(Role::kImporter), std::stoull(filed.id), done).ok());
  EXPECT_EQ(done.state, JobState::kDone);
  EXPECT_EQ(done.done, 100u);
  EXPECT_EQ(done.failed, 0u) << "an item done before the restart would exist";
  EXPECT_EQ(engine_->manifest().counts.imeis, 100u);
}

TEST_F(Devices, AJobThatWaitsCanBeCancelled) {
  EngineOptions small;
  small.job_names_per_group = 1;
  start(small);
  FileJob first{"A", {}};
  for (uint64_t i = 0; i < 20; ++i) first.items.push_back(CreateDevices{{name(kFirst + 100 + i)}, {}});
  ASSERT_EQ(run(Role::kImporter, first).code, Code::kPending);
  const Outcome second = run(Role::kImporter, FileJob{"B", {CreateDevices{{name(kFirst + 2)}, {}}}});
  ASSERT_EQ(second.code, Code::kPending);
  const Outcome third = run(Role::kImporter, FileJob{"C", {CreateDevices{{name(kFirst + 3)}, {}}}});
  EXPECT_EQ(run(Role::kCustoms, CancelJob{std::stoull(third.id)}).code, Code::kAuthorization);
  EXPECT_EQ(run(Role::kImporter, CancelJob{99}).code, Code::kNoObject);
  FileJob late{"D", {CreateDevices{{name(kFirst + 4)}, {}}}};
  const Outcome fourth = run(Role::kImporter, late);
  EXPECT_EQ(run(Role::kImporter, CancelJob{std::stoull(fourth.id)}).code, Code::kDone);
  settle();
  EXPECT_TRUE(row(kFirst + 3));
  EXPECT_FALSE(row(kFirst + 4));
}

TEST_F(Devices, ItemsOfEveryKindReadBackAsTheyWere) {
  const auto imsi = identity::Imsi(*identity::Digits::parse("255011234567890"));
  Propose propose{"F", on(kFirst, kBlack)};
  propose.change.entry.grounds.evidence = "case 7";
  FileSightings sightings{"node",
                          9,
                          {{identity::ImeiKey{kFirst},
                            identity::Svn{7},
                            imsi,
                            {},
                            "map",
                            "38050",
                            "25501",
                            base::UnixSeconds(std::chrono::seconds(5)),
                            base::UnixSeconds(std::chrono::seconds(9))}}};
  const std::vector<JobItem> items = {
      CreateDevices{{"1", "2"}, {}},
      UpdateDevice{"1", {}},
      DeleteDevice{"1", "why"},
      CreateLock{"1", lists::LockPolicy::kMutual, {{imsi, {}}}, {}},
      UpdateLock{"1", lists::LockPolicy::kDevice, {{imsi, {}}}, {}, Grounds{"r", "e", {}, {}, {}}},
      DeleteLock{"1", lists::LockPolicy::kSubscriber, "why"},
      propose,
      sightings};
  const std::string octets = encode(items);
  const auto back = decode_items(octets);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), octets);
  EXPECT_EQ(std::get<Propose>((*back)[6]).change.entry, propose.change.entry);
  EXPECT_EQ(std::get<FileSightings>((*back)[7]).sightings, sightings.sightings);
  for (size_t len = 0; len < octets.size(); ++len) EXPECT_FALSE(decode_items(octets.substr(0, len))) << len;
  EXPECT_FALSE(decode_items(octets + "x"));
}

}  // namespace
}  // namespace eir::registry
