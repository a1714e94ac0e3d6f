// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/epp_carrier.h"

#include <fmt/format.h>

#include "core/base/file.h"
#include "core/base/sha256.h"

namespace eir::sync::sightings {
namespace {

constexpr std::string_view kArea = "sightings";

/// Empty when the file cannot be read.
std::string sha256_of(const std::string& path) {
  base::Sha256 sha;
  const bool read = base::read_pieces(path, [&](base::Octets piece) {
    sha.update(piece);
    return true;
  });
  return read ? base::hex(sha.finish()) : std::string();
}

Carrier::Said not_now(std::string text) { return {Carrier::Verdict::kNotNow, std::move(text)}; }

}  // namespace

Carrier::Verdict verdict_of(epp::ResultCode code) noexcept {
  using epp::ResultCode;
  switch (code) {
    case ResultCode::kDone:
    case ResultCode::kPending:
    case ResultCode::kExists: return Carrier::Verdict::kTaken;
    case ResultCode::kSyntax:
    case ResultCode::kMissing:
    case ResultCode::kRange:
    case ResultCode::kValueSyntax:
    case ResultCode::kNoObject:
    case ResultCode::kPolicyOfValue: return Carrier::Verdict::kRefused;
    default: return Carrier::Verdict::kNotNow;
  }
}

EppCarrier::EppCarrier(CarrierConfig config, const epp::Messages& messages)
    : config_(std::move(config)), messages_(messages) {}
EppCarrier::~EppCarrier() = default;

std::string EppCarrier::address(const Spooled& segment) const {
  return fmt::format("{}/{}/{}", site().files, kArea, segment_name(config_.node, segment.sequence));
}

void EppCarrier::leave() {
  const std::lock_guard lock(mutex_);
  epp_.reset();
  files_.reset();
}

void EppCarrier::interrupt() {
  interrupted_ = true;
  stop_.set();
  const std::lock_guard lock(mutex_);
  if (epp_) epp_->interrupt();
  if (files_) files_->interrupt();
}

bool EppCarrier::another_site() {
  leave();
  at_ = (at_ + 1) % config_.sites.size();
  if (++tried_ < config_.sites.size()) return true;
  tried_ = 0;
  return false;
}

Carrier::Said EppCarrier::put(const Spooled& segment) {
  if (renew_.exchange(false)) leave();
  if (!files_) {
    transfer::ClientConfig c;
    c.tls = site().epp.tls;
    c.server_name = site().epp.server_name;
    c.connect_timeout = site().epp.connect_timeout;
    auto made = std::make_unique<transfer::Client>(std::move(c));
    const std::lock_guard lock(mutex_);
    files_ = std::move(made);
  }
  if (interrupted_) return not_now("interrupted");
  const auto ok = files_->put(address(segment), segment.path);
  return ok ? Said{Verdict::kTaken, {}} : not_now(ok.error().message());
}

base::Result<void, base::Problem> EppCarrier::log_in() {
  epp::ClientConfig c = site().epp;
  c.stop_fd = stop_.fd();
  auto made = epp::Client::connect(c, messages_);
  if (!made) return tl::unexpected(made.error());
  {
    const std::lock_guard lock(mutex_);
    epp_ = std::move(*made);
  }
  if (interrupted_) return base::problem("", "interrupted");
  return epp_->log_in(site().user, site().password, {epp::Ns::kJob});
}

Carrier::Said EppCarrier::ask(const epp::job::Create& job) {
  const bool fresh = !epp_;
  if (fresh)
    if (auto ok = log_in(); !ok) {
      leave();
      return not_now(ok.error().message());
    }
  auto reply = epp_->ask(epp::Body(epp::ObjectCommand(job)));
  if (!reply || epp::ends_session(reply->code)) {
    const std::string text =
        reply ? fmt::format("{} {}", epp::number(reply->code), reply->message) : reply.error().message();
    const std::lock_guard lock(mutex_);
    epp_.reset();
    // A session that had been idle may have been closed; filing again is harmless.
    return fresh || interrupted_ ? not_now(text) : Said{Verdict::kNotNow, ""};
  }
  const Verdict verdict = verdict_of(reply->code);
  if (verdict == Verdict::kTaken) {
    tried_ = 0;
    return {verdict, {}};
  }
  std::string text = fmt::format("{}: {} {}", site().epp.host, epp::number(reply->code), reply->message);
  for (const epp::Offender& o : reply->offenders) text += fmt::format("; {} {}", o.content, o.reason);
  return {verdict, std::move(text)};
}

Carrier::Said EppCarrier::file(const Spooled& segment) {
  epp::job::Sightings sightings;
  sightings.node = config_.node;
  sightings.sequence = segment.sequence;
  sightings.rows = segment.rows;
  sightings.file.uri = address(segment);
  sightings.file.octets = segment.octets;
  sightings.file.sha256 = sha256_of(segment.path);
  epp::job::Create job;
  job.filing = fmt::format("{}:{}", config_.node, segment.sequence);
  job.items.push_back({sightings});
  Said said = ask(job);
  if (said.verdict == Verdict::kNotNow && said.text.empty()) said = ask(job);
  return said;
}

}  // namespace eir::sync::sightings
