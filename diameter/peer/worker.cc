// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/worker.h"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <string>

#include "core/base/signals.h"

namespace eir::diameter::peer {

Worker::Worker(unsigned index, decision::Answerer& answerer, base::AlarmSink& alarms, const base::Clock& clock)
    : index_(index), desk_(index, answerer, alarms, clock), guard_(io_.get_executor()), timer_(io_) {}

Worker::~Worker() { stop(); }

void Worker::run() {
  tick();
  thread_ = std::thread([this] {
    base::leave_signals_to_main_thread();
    pthread_setname_np(pthread_self(), ("diameter/" + std::to_string(index_)).c_str());
    io_.run();
  });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    timer_.cancel();
    const auto links = links_;
    for (const auto& link : links) link->close();
    guard_.reset();
    io_.stop();
  });
  thread_.join();
  leaving_.clear();
  links_.clear();
}

void Worker::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    desk_.tick();
    tick();
  });
}

void Worker::adopt(Socket socket, LineInfo info, std::vector<uint8_t> early, uint16_t stream) {
  auto link = std::make_shared<Link>(*this, std::move(socket), std::move(info), std::move(early), stream);
  links_.insert(link);
  link->start();
}

void Worker::leaving(Link& link) {
  if (leaving_.size() >= kLeavingMax) {
    desk_.counters().leaving_closed.add();
    leaving_.front()->close();
  }
  leaving_.push_back(&link);
}

std::span<uint8_t> Worker::scratch(size_t kept) {
  const size_t wanted = kept + std::max<size_t>(kReadOctets, desk_.runtime().config.limits.message_octets_max);
  if (scratch_.size() < wanted) scratch_.resize(wanted);
  return scratch_;
}

}  // namespace eir::diameter::peer
