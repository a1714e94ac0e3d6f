// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/follow/sites.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::sync::follow {

using base::Problem;
using base::problem;

Sites::Sites(SitesConfig config, Parts parts) : config_(std::move(config)), parts_(parts) {
  const size_t count = std::min(config_.sites.size(), kSitesMax);
  for (size_t i = 0; i < count; ++i) {
    Site site{config_.sites[i], Backoff(config_.backoff_min, config_.backoff_max), {}, false, nullptr, {}};
    site.config.client.stop_fd = parts_.stop_fd;
    site.status.name = site.config.name;
    sites_.push_back(std::move(site));
  }
}

base::Result<Sites::Opened, Problem> Sites::open(Site& site, CentreFeed& feed, const Holding& holding, bool probe) {
  epp::ClientConfig config = site.config.client;
  if (probe) {
    config.connect_timeout = std::min(config.connect_timeout, config_.probe_timeout);
    config.answer_timeout = std::min(config.answer_timeout, 2 * config_.probe_timeout);
  }
  auto client = epp::Client::connect(config, parts_.messages);
  if (!client) return tl::unexpected(client.error());
  const epp::Text uri(epp::uri_of(epp::Ns::kVersion));
  const auto& objects = (*client)->greeting().objects;
  if (std::find(objects.begin(), objects.end(), uri) == objects.end())
    return problem(site.config.name, "its greeting offers no versions");
  if (auto in = (*client)->log_in(site.config.user, site.config.password, {epp::Ns::kVersion}); !in)
    return tl::unexpected(in.error());
  auto word = feed.ask(**client, site.config.name, holding);
  if (!word) return tl::unexpected(word.error());
  return Opened{std::move(*client), std::move(*word)};
}

std::optional<Word> Sites::connect(CentreFeed& feed, const Holding& holding) {
  const size_t better = current_.value_or(sites_.size());
  for (size_t i = 0; i < better; ++i) {
    Site& site = sites_[i];
    if (parts_.clock.monotonic() < site.next_try) continue;
    const bool probe = current_.has_value();
    auto opened = open(site, feed, holding, probe);
    if (!opened) {
      feed.clear();
      put_off(site, opened.error().message());
      continue;
    }
    const Word& word = opened->word;
    take_down(site, word);
    const bool well = word.kind == Word::Kind::kNewest || word.kind == Word::Kind::kOffer ||
                      (word.kind == Word::Kind::kBehind && !probe);
    if (!well) {
      put_off(site,
              word.kind == Word::Kind::kBehind ? fmt::format("its newest version is {}", word.newest.str()) : word.why);
      continue;
    }
    if (client()) {
      (void)client()->send({std::nullopt, epp::Logout{}});
      sites_[*current_].client.reset();
      sites_[*current_].status.connected = false;
      sites_[*current_].next_try = {};
    }
    site.client = std::move(opened->client);
    site.status.connected = true;
    site.status.problem.clear();
    ++site.status.logins;
    site.backoff.reset();
    site.worked = true;
    current_ = i;
    return word;
  }
  return std::nullopt;
}

void Sites::take_down(Site& site, const Word& word) {
  site.status.lower_epoch = word.kind == Word::Kind::kLowerEpoch;
  lower_epochs_ += site.status.lower_epoch;
  site.status.behind = word.kind == Word::Kind::kBehind;
  if (word.newest != lists::Version{}) site.status.newest = word.newest;
  if (word.kind == Word::Kind::kNewest || word.kind == Word::Kind::kOffer)
    site.status.said_at = parts_.clock.monotonic();
}

bool Sites::heard(const Word& word) {
  take_down(sites_[*current_], word);
  if (word.kind != Word::Kind::kLowerEpoch) return true;
  turn_away(word.why);
  return false;
}

void Sites::put_off(Site& site, const std::string& why) {
  site.client.reset();
  site.status.connected = false;
  site.status.problem = why;
  ++site.status.failures;
  site.next_try = parts_.clock.monotonic() + site.backoff.next();
  site.worked = false;
}

void Sites::failed(const std::string& why) {
  Site& site = sites_[*current_];
  const bool worked = site.worked;
  put_off(site, why);
  if (worked) {
    site.backoff.reset();
    site.next_try = {};
  }
  current_.reset();
}

void Sites::turn_away(const std::string& why) {
  put_off(sites_[*current_], why);
  current_.reset();
}

void Sites::try_now() {
  for (Site& site : sites_) site.next_try = {};
}

std::optional<base::MonotonicTime> Sites::next_try() const {
  std::optional<base::MonotonicTime> next;
  for (size_t i = 0; i < current_.value_or(sites_.size()); ++i)
    if (!next || sites_[i].next_try < *next) next = sites_[i].next_try;
  return next;
}

std::vector<SiteStatus> Sites::status() const {
  std::vector<SiteStatus> out;
  for (const Site& site : sites_) out.push_back(site.status);
  return out;
}

}  // namespace eir::sync::follow
