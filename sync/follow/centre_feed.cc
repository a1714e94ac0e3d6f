// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/follow/centre_feed.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/base/file.h"

namespace eir::sync::follow {
namespace {

using base::Problem;
using base::problem;
using lists::Version;

std::vector<uint8_t> octets_of(const std::string& text) { return {text.begin(), text.end()}; }

std::string refusal_of(const epp::Reply& reply) {
  std::string text = fmt::format("{} {}", epp::number(reply.code), reply.message);
  for (const epp::Offender& o : reply.offenders)
    if (!o.reason.empty()) text += fmt::format(" ({})", o.reason);
  return text;
}

}  // namespace

std::optional<Offer> offer_of(const epp::version::Manifest& m) {
  const auto version = version_of(m.to);
  if (!version || !m.proof || m.data.has_value() == m.file.has_value()) return std::nullopt;
  Offer offer;
  offer.version = *version;
  offer.manifest = {m.proof->text.octets, octets_of(m.proof->signature.octets)};
  if (m.data) offer.data = m.data->octets;
  offer.file = m.file;
  return offer;
}

CentreFeed::CentreFeed(Fetch fetch, std::string spool) : fetch_(std::move(fetch)), spool_(std::move(spool)) {
  std::error_code error;
  std::filesystem::create_directories(spool_, error);
  clear();
}

CentreFeed::~CentreFeed() { clear(); }

void CentreFeed::clear() {
  offer_.reset();
  fetched_ = false;
  std::error_code error;
  std::filesystem::remove(file(), error);
}

void CentreFeed::hand(Offer offer, std::string site) {
  clear();
  site_ = std::move(site);
  chain_ = feed::kCentre;
  offer_ = std::move(offer);
}

base::Result<Word, Problem> CentreFeed::ask(epp::Client& client, const std::string& site, const Holding& holding,
                                            std::string_view chain) {
  clear();
  site_ = site;
  chain_ = chain;
  epp::version::Info info;
  info.list = chain;
  const Version& v = holding.version;
  if (holding.repair) {
    info.to = epp::version::Point{v.epoch, v.number};
  } else if (v != Version{}) {
    info.from = epp::version::Holding{{v.epoch, v.number}, base::hex(holding.manifest)};
  }
  const auto reply = client.ask(epp::ObjectCommand(std::move(info)));
  if (!reply) return tl::unexpected(reply.error());
  if (epp::ends_session(reply->code)) return problem(site, refusal_of(*reply));
  return word_of(*reply, holding);
}

Word CentreFeed::word_of(const epp::Reply& reply, const Holding& holding) {
  // 2306 is the one value that a site refuses by policy here: an epoch above its own.
  if (reply.code == epp::ResultCode::kPolicyOfValue) return {Word::Kind::kLowerEpoch, {}, refusal_of(reply)};
  if (reply.code == epp::ResultCode::kNoObject && holding.version == Version{})
    return {Word::Kind::kNewest, {}, {}};  // it has no version yet
  const auto* data = std::get_if<epp::version::InfoData>(&reply.data);
  if (!epp::succeeded(reply.code) || !data) return {Word::Kind::kRefused, {}, refusal_of(reply)};
  const auto to = version_of(data->to);
  if (!to || data->list != chain_) return {Word::Kind::kRefused, {}, "what came is no version of the centre's"};
  if (to->epoch < holding.version.epoch)
    return {Word::Kind::kLowerEpoch, *to, fmt::format("its newest version is {}", to->str())};
  if (*to < holding.version) return {Word::Kind::kBehind, *to, {}};
  if (data->form == epp::version::Form::kNone) return {Word::Kind::kNewest, *to, {}};
  // An answer from before: a change that ends where the node stands.
  if (*to == holding.version && data->form != epp::version::Form::kFull) return {Word::Kind::kBehind, *to, {}};
  offer_ = offer_of(*data);
  if (!offer_) return {Word::Kind::kRefused, *to, "the version came without what proves it, or without its data"};
  offer_->renews = holding.repair || *to == holding.version;
  return {Word::Kind::kOffer, *to, {}};
}

base::Result<void, Problem> CentreFeed::bring() {
  if (!offer_ || !offer_->file || fetched_) return {};
  const epp::FileReference& wanted = *offer_->file;
  if (wanted.octets > feed::kDataOctetsMax)
    return problem(wanted.uri, fmt::format("is longer than {} octets", feed::kDataOctetsMax));
  if (!fetch_) return problem(wanted.uri, "there is nothing here that fetches files");
  const base::Fd fd(::open(file().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!fd) return problem(file(), fmt::format("cannot be written: {}", std::strerror(errno)));
  uint64_t octets = 0;
  int why = 0;
  base::Sha256 sha;
  auto done = fetch_(wanted, [&](std::span<const uint8_t> piece) {
    octets += piece.size();
    sha.update(piece);
    if (octets > wanted.octets) return false;
    if (!base::write_all(fd.get(), piece)) why = errno;
    return why == 0;
  });
  if (why) return problem(file(), fmt::format("cannot be written: {}", std::strerror(why)));
  if (octets > wanted.octets || (done && octets < wanted.octets))
    return problem(wanted.uri, fmt::format("has another length than {} octets", wanted.octets));
  if (!done) return done;
  if (base::hex(sha.finish()) != wanted.sha256) return problem(wanted.uri, "its SHA-256 is not the one that was said");
  fetched_ = true;
  return {};
}

bool CentreFeed::is(std::string_view source, Version version) const {
  return offer_ && source == chain_ && version == offer_->version;
}

base::Result<std::vector<Version>, Problem> CentreFeed::offered(std::string_view source) {
  std::vector<Version> out;
  if (offer_ && source == chain_) out.push_back(offer_->version);
  return out;
}

base::Result<feed::SignedManifest, Problem> CentreFeed::manifest(std::string_view source, Version version) {
  if (!is(source, version)) return problem(site_, "that version is not offered");
  return offer_->manifest;
}

base::Result<void, Problem> CentreFeed::data(std::string_view source, Version version, const Take& take) {
  if (!is(source, version)) return problem(site_, "that version is not offered");
  if (offer_->data) {
    take(base::as_octets(*offer_->data));
    return {};
  }
  if (!fetched_ || !base::read_pieces(file(), take)) return problem(file(), "cannot be read");
  return {};
}

}  // namespace eir::sync::follow
