// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/epp/samples.h"

namespace eir::sync::epp::test {
namespace {

constexpr Time kThen{std::chrono::seconds(1'275'850'648)};
const Text kSvTrid = "UKR-20100606185728-1KXZ3F9QG2-42";
const Text kSha(64, 'a');

Device device() {
  Device d;
  d.manufacturer = "Example & Söhne <GmbH>";
  d.type = "Phone \"5\"";
  d.certificate = Document{"UA.TR.001", "2010-06-06"};
  d.permit = CustomsPermit{"100/2010/1", "2010-06-07", 12};
  d.importer = Importer{"12345678", "Імпортер"};
  d.country = "UA";
  d.price = Price{"1999.50", "UAH"};
  return d;
}

Terms terms() { return {"stolen", "case 7/2010", kThen, kThen + std::chrono::hours(24), {"grey", "black"}}; }
Subscriber both() { return {"255010000000001", "380501234567"}; }
Subscriber number_only() { return {std::nullopt, "380501234567"}; }

Entry range() {
  Entry e;
  e.kind = lists::EntryKind::kRange;
  e.from = "35210605054420";
  e.to = "35210605054429";
  e.list = {"white", "grey"};
  e.terms = terms();
  e.author = "LEA-1";
  e.date = kThen;
  return e;
}
Entry number_prefix() {
  Entry e;
  e.kind = lists::EntryKind::kException;
  e.prefix = true;
  e.msisdn = "38050";
  e.ruling = lists::Ruling::kGoOn;
  return e;
}
Entry lock_entry() {
  Entry e;
  e.kind = lists::EntryKind::kLock;
  e.from = "352106050544203";
  e.svn = "07";
  e.imsi = "255010000000001";
  e.policy = lists::LockPolicy::kMutual;
  return e;
}
Entry tac() {
  Entry e;
  e.kind = lists::EntryKind::kDeviceClass;
  e.tac = "35210605";
  e.terms = Terms{"phone", {}, {}, {}, {}};
  return e;
}

version::Manifest manifest() {
  version::Manifest m;
  m.list = "national";
  m.form = version::Form::kDelta;
  m.from = version::Point{1, 7};
  m.to = {2, 9};
  m.date = kThen;
  m.counts = {{"imeis", 10}, {"svn-rules", 2}};
  m.changes = 4;
  m.digest = Text(32, 'b');
  m.audit = kSha;
  return m;
}
template <class M>
M inline_manifest() {
  M m;
  static_cast<version::Manifest&>(m) = manifest();
  m.proof = version::Signed{{"turnstile-manifest 2\nsource national\n"}, {std::string(64, '\x80')}};
  m.data = Binary{std::string("\0\x02<&>\xFF\n ", 8)};
  return m;
}
version::InfoData nothing_newer() {
  version::InfoData m;
  static_cast<version::Manifest&>(m) = manifest();
  m.form = version::Form::kNone;
  m.from.reset();
  return m;
}
template <class M>
M file_manifest() {
  M m;
  static_cast<version::Manifest&>(m) = manifest();
  m.form = version::Form::kFull;
  m.from.reset();
  m.file = FileReference{"https://cdb.example/v/2-9", 123456, kSha};
  return m;
}

}  // namespace

const Messages& messages() {
  static const Messages loaded = *Messages::load(kMessages);
  return loaded;
}

std::vector<Command> sample_commands() {
  using lists::LockPolicy;
  const lock::Key key{"352106050544203", LockPolicy::kDevice};
  const imei::Create create{{"352106050544203", "352106150345703"}, device()};
  const lock::Create lock_create{key, {both(), number_only()}, terms()};
  const lock::Update lock_update{key, lock::Subscribers{{both()}}, lock::Subscribers{{number_only()}}, terms()};
  const proposal::Create propose{"2010/77", {Operation::kAdd, range()}};
  const job::Sightings sightings{"node-1", 42, 100'000, {"https://node-1.example/s/42", 999, kSha}};
  const std::vector<Text> all = {Text(uri_of(Ns::kImei)), Text(uri_of(Ns::kLock))};
  std::vector<Body> bodies = {
      Login{"LEA-1", "secret-1", "secret-2", "1.0", "uk", all, {"urn:example:extension"}},
      Login{"LEA-1", "secret-1", {}, "1.0", "en", {Text(uri_of(Ns::kImei))}, {}},
      Logout{},
      Poll{false, {}},
      Poll{true, "12"},
      imei::Check{{"352106050544203", "352106150345703"}},
      imei::Info{"352106050544203"},
      create,
      imei::Create{{"352106050544203"}, {}},
      imei::Update{"352106050544203", device()},
      imei::Delete{"352106050544203", "scrapped"},
      lock::Check{{key, {"352106050544204", LockPolicy::kMutual}}},
      lock::Info{key},
      lock_create,
      lock_update,
      lock::Update{key, {}, {}, {}},
      lock::Delete{key, {}},
      version::Info{"national", version::Holding{{1, 7}, kSha}, version::Point{2, 9}},
      version::Info{"national", version::Holding{{1, 7}, {}}, {}},
      version::Info{"national", {}, {}},
      inline_manifest<version::Create>(),
      file_manifest<version::Create>(),
      proposal::Info{"P-1"},
      propose,
      proposal::Update{"P-1", proposal::Verdict::kReject, "no evidence"},
      proposal::Delete{"P-1"},
      job::Info{"J-1", 1000},
      job::Create{"2010/78",
                  {{create},
                   {imei::Update{"352106050544203", device()}},
                   {imei::Delete{"352106050544203", {}}},
                   {lock_create},
                   {lock_update},
                   {lock::Delete{key, "sold"}},
                   {propose},
                   {proposal::Create{{}, {Operation::kRemove, number_prefix()}}},
                   {proposal::Create{{}, {Operation::kUpdate, lock_entry()}}},
                   {proposal::Create{{}, {Operation::kAdd, tac()}}},
                   {sightings}}},
      job::Delete{"J-1"},
  };
  std::vector<Command> out;
  for (Body& body : bodies) out.push_back({"USER-1275850648", std::move(body)});
  out.push_back({std::nullopt, imei::Info{"352106050544203"}});
  return out;
}

std::vector<Reply> sample_replies() {
  using lists::LockPolicy;
  const lock::Key key{"352106050544203", LockPolicy::kSubscriber};
  const PastTransaction past{"USER-1", kSvTrid};
  const std::vector<Status> status = {{"ok", "", ""}, {"black", "", ""}};
  std::vector<ReplyData> data = {
      imei::CheckData{{{"352106050544203", false, Reason{"exists", "", ""}}, {"352106150345703", true, {}}}},
      imei::InfoData{"352106050544203",
                     status,
                     device(),
                     {range(), lock_entry()},
                     {{LockPolicy::kMutual, {both()}}},
                     "IMP-1",
                     "IMP-1",
                     kThen,
                     "ADM-1",
                     kThen},
      imei::InfoData{"352106050544203", {{"unlisted", "", ""}}, {}, {}, {}, "IMP-1", {}, {}, {}, {}},
      imei::CreateData{{"352106050544203", "352106150345703"}, kThen},
      lock::CheckData{{{key, false, Reason{"exists", "", ""}}, {key, true, {}}}},
      lock::InfoData{key, status, {both(), number_only()}, terms(), "OPR-1", "OPR-1", kThen, "OPR-1", kThen},
      lock::CreateData{key, kThen},
      inline_manifest<version::InfoData>(),
      file_manifest<version::InfoData>(),
      nothing_newer(),
      version::CreateData{"national", {{2, 9}, kSha}},
      version::CreateData{"national", {{2, 9}, {}}},
      version::News{"national", {2, 9}},
      proposal::InfoData{"P-1",
                         "2010/77",
                         proposal::State::kPending,
                         {Operation::kUpdate, range()},
                         "LEA-1",
                         kThen,
                         "ADM-1",
                         kThen,
                         "late"},
      proposal::CreateData{"P-1", proposal::State::kRealised, kThen},
      proposal::Decided{"P-1", proposal::State::kRejected, "no evidence", past, kThen},
      job::InfoData{"J-1",
                    "2010/78",
                    job::State::kRunning,
                    10,
                    4,
                    1,
                    {{1, 1000, {}, {}}, {2, 2302, "352106050544203", Reason{"exists", "", ""}}},
                    2,
                    "IMP-1",
                    kThen,
                    kThen},
      job::CreateData{"J-1", "2010/78", job::State::kQueued, kThen},
      job::Done{"J-1", "2010/78", job::State::kDone, 9, 1, past, kThen},
  };
  std::vector<Reply> out;
  for (const char* language : {"en", "uk"})
    for (const ReplyData& d : data) {
      Reply reply;
      reply.data = d;
      reply.language = language;
      if (d.index() % 2) reply.queue = Queue{3, "17", {}, ""};
      out.push_back(std::move(reply));
    }
  Reply message;
  message.code = ResultCode::kMessage;
  message.queue = Queue{5, "12345", kThen, "job"};
  message.data = data.back();
  out.push_back(message);
  Reply follows;
  follows.data = data.front();
  follows.follows = site::Follows{"centre", {3, 17}};
  out.push_back(follows);
  for (const ResultCode code : kResultCodes) out.push_back(refuse(code));
  Reply many = refuse(ResultCode::kExists);
  many.offenders = {{Text(uri_of(Ns::kImei)), "name", "352106050544203", "exists"},
                    {Text(uri_of(Ns::kImei)), "name", "352106150345703", ""},
                    {"", "odd", "<&>\"", "A reason in words"}};
  out.push_back(many);
  for (Reply& reply : out) {
    reply.cl_trid = "USER-1275850648";
    reply.sv_trid = kSvTrid;
  }
  return out;
}

Greeting sample_greeting() {
  Greeting g;
  g.server_id = "Turnstile UKR";
  g.date = kThen;
  g.versions = {"1.0"};
  g.languages = {"en", "uk"};
  for (const auto uri : kNamespaceUris)
    if (uri != uri_of(Ns::kEpp)) g.objects.emplace_back(uri);
  g.extensions = {"urn:example:extension"};
  return g;
}

std::vector<std::string> sample_frames() {
  auto codec = Codec::make(kSchemas, messages());
  std::vector<std::string> all = {(*codec)->write(sample_greeting()), (*codec)->write(Hello())};
  for (const Command& c : sample_commands()) all.push_back((*codec)->write(c));
  for (const Reply& r : sample_replies()) all.push_back((*codec)->write(r));
  return all;
}

std::unique_ptr<Schema> schema() { return std::move(Schema::load(kSchemas).value()); }

}  // namespace eir::sync::epp::test
