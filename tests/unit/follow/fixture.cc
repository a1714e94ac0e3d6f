// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/follow/fixture.h"

namespace eir::sync::follow {

using epp::test::kSchemas;
using epp::test::messages;

void Meddler::change(epp::version::InfoData& data) {
  const std::lock_guard lock(mutex_);
  if (times_ == 0 || data.form == epp::version::Form::kNone) return;
  --times_;
  change_(data);
}

bool Meddler::refuses(const epp::Body& body) const {
  const auto* command = std::get_if<epp::ObjectCommand>(&body);
  const auto* info = command ? std::get_if<epp::version::Info>(command) : nullptr;
  const std::lock_guard lock(mutex_);
  return info && !refused_.empty() && info->list == refused_;
}

void Meddler::handle(epp::RequestPtr request, Done done) {
  if (refuses(request->command.body)) return done(epp::refuse(epp::ResultCode::kFailed));
  behind_.handle(std::move(request), [this, done = std::move(done)](epp::Reply reply) {
    if (auto* data = std::get_if<epp::version::InfoData>(&reply.data)) change(*data);
    done(std::move(reply));
  });
}

void Centre::start() {
  store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{dir_, 16});
  registry::EngineOptions options;
  options.version_interval = 5ms;
  auto opened = registry::Registry::open(*store_, clock_, key_, options);
  ASSERT_TRUE(opened) << opened.error().message();
  registry_ = std::move(*opened);
  versions_ = std::make_unique<appliance::cdbd::Versions>(
      *registry_, clock_, appliance::cdbd::VersionsOptions{files(), "https://127.0.0.1:1/versions"});
  desk_ = std::make_unique<appliance::cdbd::Desk>(*registry_, versions_.get());
  meddler_ = std::make_unique<Meddler>(*desk_);
  start_server();
}

void Centre::start_server() {
  epp::ServerConfig config;
  config.listeners = {{"127.0.0.1", port_}};
  config.tls = ca_.of("server");
  config.schema_directory = kSchemas;
  config.threads = 1;
  config.session.limits.in_flight_max = 1;
  server_ = std::make_unique<epp::Server>(*meddler_, messages(), transactions_, clock_);
  const auto started = server_->start(config);
  ASSERT_TRUE(started) << started.error().front().message();
  port_ = server_->endpoints().at(0).port;
}

void Centre::stop_server() {
  if (server_) server_->drain_and_stop(0ms);
}

void Centre::stop() {
  server_.reset();
  versions_.reset();
  desk_.reset();
  meddler_.reset();
  registry_.reset();
  store_.reset();
}

void Centre::become(const Centre& other) {
  fs::remove_all(dir_);
  fs::copy(other.dir_, dir_, fs::copy_options::recursive);
}

void Centre::execute(registry::Command command) {
  registry::Request rq;
  rq.user_name = "test";
  rq.role = registry::Role::kAdministrator;
  const auto out = registry_->execute(rq, std::move(command));
  ASSERT_TRUE(out.ok()) << static_cast<unsigned>(out.code) << to_string(out.why);
}

void Centre::add_node(const std::string& user, const std::string& fingerprint) {
  registry::User u;
  u.name = user;
  u.role = registry::Role::kOperator;
  u.certificate = fingerprint;
  u.follows = true;
  execute(registry::PutUser{u, "secret-1"});
}

void Centre::block(uint64_t first, unsigned count, const std::string& reason) {
  const Version before = registry_->status().version;
  registry::ChangeEntries changes;
  for (unsigned i = 0; i < count; ++i) {
    registry::Change c;
    c.entry.imei = identity::ImeiKey{35'210'605'000'000 + first + i};
    c.entry.lists = lists::ListSet(lists::ListSet::kBlack);
    c.entry.grounds.reason = reason;
    changes.changes.push_back(std::move(c));
  }
  execute(std::move(changes));
  ASSERT_TRUE(await([&] { return registry_->status().version > before; }));
}

void Centre::mark_urgent(uint64_t first, unsigned count, bool on) {
  registry::MarkUrgent mark{{}, on, "an order of the court"};
  for (unsigned i = 0; i < count; ++i)
    mark.names.push_back(identity::to_string(identity::ImeiKey{35'210'605'000'000 + first + i}));
  execute(std::move(mark));
  ASSERT_TRUE(await([&] { return !registry::urgent_marks(*registry_->reader()).due; }));
}

void Centre::promote() {
  const Version before = registry_->status().version;
  execute(registry::Promote{"the other site is lost"});
  ASSERT_TRUE(await([&] { return registry_->status().version.epoch > before.epoch; }));
}

store::Manifest Centre::newest() {
  auto reader = registry_->reader();
  const auto row = reader->newest_version();
  const auto m = feed::read_manifest(
      feed::kCentre, {row->manifest, std::vector<uint8_t>(row->signature.begin(), row->signature.end())});
  return m ? *m : store::Manifest();
}

bool Centre::queue_empty(const std::string& user) {
  auto reader = registry_->reader();
  registry::Request rq;
  rq.user = registry_->users()->at(user).id;
  rq.role = registry::Role::kOperator;
  registry::Queued queued;
  return registry::first_message(*reader, rq, queued).code == registry::Code::kNoMessages;
}

FollowTest::FollowTest() {
  std::signal(SIGPIPE, SIG_IGN);
  for (const char* name : {"server", "node", "centre"}) ca_.issue(name);
  a_ = std::make_unique<Centre>(root_ + "/a", ca_, key_);
  b_ = std::make_unique<Centre>(root_ + "/b", ca_, key_);
  a_->start();
  a_->add_node("node-1", ca_.fingerprint("node"));
  a_->block(0, 50);
}

FollowTest::~FollowTest() {
  a_.reset();
  b_.reset();
}

SiteConfig FollowTest::site(const Centre& centre, const std::string& name) const {
  SiteConfig out;
  out.name = name;
  out.client.host = "127.0.0.1";
  out.client.port = centre.port();
  out.client.tls = ca_.of("node");
  out.client.schema_directory = kSchemas;
  out.user = "node-1";
  out.password = "secret-1";
  return out;
}

FollowConfig FollowTest::config(std::vector<SiteConfig> sites) const {
  FollowConfig out;
  out.sites.sites = std::move(sites);
  out.sites.backoff_min = 10ms;
  out.sites.backoff_max = 200ms;
  out.spool = root_ + "/spool";
  out.poll_interval = 20ms;
  return out;
}

Follow::Parts FollowTest::parts() {
  return {messages(),
          clock_,
          *feed::VerifyingKey::parse(key_.public_pem(), "centre.pem"),
          writer_of(root_ + "/replica", "test"),
          [this](const epp::FileReference& file, const auto& take) { return fetch(file, take); },
          {},
          {},
          {}};
}

std::unique_ptr<Follow> FollowTest::make(std::vector<SiteConfig> sites, Follow::Parts* given) {
  auto node = std::make_unique<Follow>(config(std::move(sites)), given ? *given : parts());
  node->start();
  return node;
}

base::Result<void, base::Problem> FollowTest::fetch(const epp::FileReference& file,
                                                    const std::function<bool(std::span<const uint8_t>)>& take) {
  ++fetches_;
  const std::string name = fs::path(file.uri).filename().string();
  const std::string at = fs::exists(a_->files() + "/" + name) ? a_->files() : b_->files();
  std::ifstream in(at + "/" + name, std::ios::binary);
  std::string octets{std::istreambuf_iterator<char>(in), {}};
  if (!in.is_open()) return base::problem(file.uri, "not there");
  if (fetches_damaged_ > 0 && !octets.empty()) {
    --fetches_damaged_;
    octets[octets.size() / 2] = static_cast<char>(octets[octets.size() / 2] ^ 1);
  }
  constexpr size_t kPiece = 1000;
  for (size_t from = 0; from < octets.size(); from += kPiece) {
    const auto* data = reinterpret_cast<const uint8_t*>(octets.data()) + from;
    if (!take({data, std::min(kPiece, octets.size() - from)})) return base::problem(file.uri, "stopped");
  }
  return {};
}

store::SourceInfo FollowTest::source() const {
  const auto reader = store::Reader::open(root_ + "/replica");
  for (const auto& s : reader->status().sources)
    if (s.name == feed::kCentre) return s;
  return {};
}

void FollowTest::expect_equal(const Follow& node, Centre& centre) {
  ASSERT_TRUE(await([&] {
    const auto status = node.status();
    return holds(node, centre) && !status.holding.repair;
  })) << node.status().problem
      << " holds " << node.status().holding.version.str() << " of " << centre.registry().status().version.str();
  const store::Manifest newest = centre.newest();
  const auto reader = store::Reader::open(root_ + "/replica");
  const auto index = reader->source(feed::kCentre);
  ASSERT_TRUE(index);
  using store::operator+;
  store::Digester digester;
  lists::StateDigest sum;
  index->for_each<lists::ImeiEntry>(
      [&](const lists::ImeiEntry& e, const lists::Terms& terms) { sum = sum + digester.of(e, terms); });
  EXPECT_EQ(sum, newest.digests.total()) << "what is served";
  EXPECT_EQ(source().digest, newest.digests.total());
  EXPECT_EQ(source().served, newest.version);
  EXPECT_FALSE(source().refusal);
}

}  // namespace eir::sync::follow
