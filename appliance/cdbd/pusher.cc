// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/pusher.h"

#include <fmt/format.h>

#include "core/feed/manifest.h"
#include "sync/follow/backoff.h"

namespace eir::appliance::cdbd {
namespace {

using lists::Version;

constexpr unsigned kAskAgainDoubled = 6;

registry::Request request() {
  registry::Request rq;
  rq.user_name = "push";
  rq.role = registry::Role::kAdministrator;
  return rq;
}

}  // namespace

struct Pusher::Node {
  Node(PushNode c, const PusherOptions& options)
      : config(std::move(c)), backoff(options.backoff_min, options.backoff_max) {
    status.name = config.name;
  }

  PushNode config;
  sync::follow::Backoff backoff;
  base::MonotonicTime next_try{}, ask_at{}, spoke_at{};
  unsigned asked_again = 0;
  bool again = false;  ///< its last answer was not 1000
  bool lost = false;   ///< the session ended, or none could be had
  Version told, at;
  std::optional<base::Hash> holding;  ///< of `at`
  std::unique_ptr<epp::Client> client;
  PushStatus status;
  std::thread thread;
};

Pusher::Pusher(std::vector<PushNode> nodes, PusherOptions options, Parts parts) : options_(options), parts_(parts) {
  for (PushNode& node : nodes) {
    if (nodes_.size() >= kNodesMax) break;
    node.client.stop_fd = interrupt_.fd();
    nodes_.push_back(std::make_unique<Node>(std::move(node), options_));
  }
}

Pusher::~Pusher() { stop(); }

void Pusher::start() {
  for (const auto& node : nodes_)
    if (!node->thread.joinable()) node->thread = std::thread([this, &n = *node] { run(n); });
}

void Pusher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  interrupt_.set();
  for (const auto& node : nodes_)
    if (node->thread.joinable()) node->thread.join();
}

bool Pusher::pause(std::chrono::milliseconds time) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, time, [this] { return stop_; });
  return !stop_;
}

std::vector<PushStatus> Pusher::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<PushStatus> out;
  for (const auto& node : nodes_) out.push_back(node->status);
  return out;
}

void Pusher::run(Node& node) {
  while (pause(options_.look_interval)) {
    const auto now = parts_.clock.monotonic();
    const registry::Registry::Status status = parts_.registry.status();
    if (!status.active) rest(node);
    if (!status.active || status.shown == Version{} || now < node.next_try) continue;
    const bool news = status.shown > node.told;
    const bool again = node.again && now >= node.ask_at;
    if (news || again || node.lost) {
      if (open(node)) tell(node, status.shown);
    } else if (node.client && now - node.spoke_at >= options_.keep_alive) {
      node.spoke_at = now;
      if (const auto greeting = node.client->hello(); !greeting) failed(node, greeting.error().message());
    }
  }
}

bool Pusher::open(Node& node) {
  if (node.client) return true;
  auto client = epp::Client::connect(node.config.client, parts_.messages);
  if (!client) {
    failed(node, client.error().message());
    return false;
  }
  if (auto in = (*client)->log_in(node.config.user, node.config.password, {epp::Ns::kVersion}); !in) {
    failed(node, in.error().message());
    return false;
  }
  node.client = std::move(*client);
  node.holding.reset();  // it may have been anywhere meanwhile
  node.backoff.reset();
  node.lost = false;
  const std::lock_guard lock(mutex_);
  node.status.connected = true;
  ++node.status.sessions;
  return true;
}

void Pusher::failed(Node& node, const std::string& why) {
  node.client.reset();
  node.lost = true;
  node.next_try = parts_.clock.monotonic() + node.backoff.next();
  const std::lock_guard lock(mutex_);
  node.status.connected = false;
  wrong(node, why);
  ++node.status.failures;
}

/// Under mutex_. Empty: nothing is wrong.
void Pusher::wrong(Node& node, std::string why) {
  PushStatus& status = node.status;
  if (status.problem.empty() && !why.empty()) status.wrong_since = parts_.clock.monotonic();
  status.problem = std::move(why);
}

/// Another site tells the nodes now.
void Pusher::rest(Node& node) {
  if (!node.client && !node.lost && !node.again) return;
  node.client.reset();
  node.lost = node.again = false;
  const std::lock_guard lock(mutex_);
  node.status.connected = false;
  node.status.problem.clear();
}

/// With the change that leads the node on, where that is known and small.
epp::version::Create Pusher::frame_for(Node& node, Version version) {
  epp::version::Create frame;
  auto& manifest = static_cast<epp::version::Manifest&>(frame);
  const bool near = node.holding && node.at < version && node.at.epoch == version.epoch &&
                    version.number - node.at.number <= kVersionsTogetherMax;
  std::optional<registry::VersionAnswer> change;
  if (near) (void)parts_.versions.publisher().change_for(request(), node.at, *node.holding, version, change);
  if (change && change->manifest.places <= epp::kInlineChangesMax) {
    manifest = manifest_of(change->manifest, std::move(change->data));
    return frame;
  }
  manifest.list = feed::kCentre;
  manifest.form = epp::version::Form::kDelta;
  manifest.to = {version.epoch, version.number};
  manifest.digest = lists::StateDigest{}.hex();
  if (auto reader = parts_.registry.reader())
    if (const auto row = reader->version(version)) {
      const std::vector<uint8_t> signature(row->signature.begin(), row->signature.end());
      if (const auto m = feed::read_manifest(feed::kCentre, {row->manifest, signature}))
        manifest = manifest_of(*m, std::nullopt);
    }
  return frame;
}

bool Pusher::tell(Node& node, Version version) {
  epp::version::Create frame = frame_for(node, version);
  const bool change = frame.data.has_value();
  const auto reply = node.client->ask(epp::ObjectCommand(std::move(frame)));
  node.spoke_at = parts_.clock.monotonic();
  if (!reply || epp::ends_session(reply->code)) {
    failed(node, reply ? reply->message : reply.error().message());
    return false;
  }
  {
    const std::lock_guard lock(mutex_);
    ++(change ? node.status.changes : node.status.hints);
  }
  answered(node, version, *reply);
  return true;
}

void Pusher::answered(Node& node, Version version, const epp::Reply& reply) {
  node.asked_again = version > node.told ? 0 : std::min(node.asked_again + 1, kAskAgainDoubled);
  node.told = std::max(node.told, version);
  node.holding.reset();
  const auto* data = std::get_if<epp::version::CreateData>(&reply.data);
  if (data && data->at.epoch <= version.epoch) {
    node.at = {static_cast<uint32_t>(data->at.epoch), data->at.number};
    if (data->at.manifest) node.holding = base::hash_from_hex(*data->at.manifest);
  }
  node.again = reply.code != epp::ResultCode::kDone;
  node.ask_at = parts_.clock.monotonic() + options_.ask_again * (1 << node.asked_again);
  const std::lock_guard lock(mutex_);
  node.status.told = node.told;
  node.status.at = node.at;
  if (reply.code == epp::ResultCode::kDone) {
    ++node.status.committed;
  } else if (reply.code == epp::ResultCode::kPending) {
    ++node.status.pulling;
  } else {
    ++node.status.refused;
  }
  wrong(node,
        epp::succeeded(reply.code) ? std::string() : fmt::format("{} {}", epp::number(reply.code), reply.message));
}

}  // namespace eir::appliance::cdbd
