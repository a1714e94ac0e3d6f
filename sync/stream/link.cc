// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/stream/link.h"

#include <fmt/format.h>

namespace eir::sync::stream {

using base::Problem;

Link::Link(LinkConfig config, epp::TlsContext context) : config_(std::move(config)), context_(std::move(context)) {}

base::Result<std::shared_ptr<Channel>, Problem> Link::connected() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return base::problem(config_.name, "interrupted");
    if (channel_) return channel_;
  }
  const Deadline until = after(config_.connect_timeout);
  const std::string at = fmt::format("site {} at {} port {}", config_.name, config_.host, config_.port);
  auto socket = epp::connect_to(config_.host, config_.port, until, stop_.fd());
  if (!socket) return base::problem(at, socket.error());
  std::shared_ptr<Channel> channel;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return base::problem(config_.name, "interrupted");
    channel_ = channel = std::make_shared<Channel>(std::move(*socket), context_, epp::TlsSide::kClient, at);
  }
  auto good = channel->handshake(until);
  if (good && channel->peer_certificate().fingerprint != config_.fingerprint)
    good = base::problem(at, "shows a certificate that is not the one configured");
  if (good) return channel;
  const std::lock_guard lock(mutex_);
  channel_.reset();
  return tl::unexpected(good.error());
}

base::Result<std::string, Problem> Link::exchange(std::string_view question, std::chrono::milliseconds most) {
  auto channel = connected();
  if (!channel) return tl::unexpected(channel.error());
  const Deadline until = after(most);
  base::Result<std::string, Problem> answer;
  if (auto sent = (*channel)->send(question, until); !sent)
    answer = tl::unexpected(sent.error());
  else
    answer = (*channel)->receive(config_.message_max, until);
  if (answer) return answer;
  // What comes late would be taken for the answer to the next question.
  const std::lock_guard lock(mutex_);
  channel_.reset();
  return answer;
}

void Link::renew(epp::TlsContext context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

void Link::interrupt() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  if (channel_) channel_->interrupt();
  stop_.set();
}

}  // namespace eir::sync::stream
