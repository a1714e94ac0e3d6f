// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/worker.h"

#include <boost/asio/post.hpp>

#include "core/base/signals.h"

namespace eir::sync::epp {
namespace {

constexpr std::chrono::milliseconds kTick{50};
constexpr size_t kReadOctets = 32 * 1024;

}  // namespace

Worker::Worker(const ServerConfig& config, const Messages& messages, std::unique_ptr<Codec> codec, Registry& registry,
               TransactionIds& transactions, Users& users, const base::Clock& clock, Population& population)
    : config_(config),
      codec_(std::move(codec)),
      population_(population),
      inbox_(std::make_shared<Inbox>(io_)),
      desk_{config.session,
            messages,
            *codec_,
            registry,
            transactions,
            users,
            clock,
            session_counters_,
            [inbox = inbox_](std::function<void()> work) { inbox->post(std::move(work)); }},
      guard_(boost::asio::make_work_guard(io_)),
      timer_(io_),
      scratch_(kReadOctets) {}

Worker::~Worker() { stop(); }

void Inbox::post(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  if (io_) boost::asio::post(*io_, std::move(work));
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  io_ = nullptr;
}

void Worker::run() {
  thread_ = std::thread([this] {
    base::leave_signals_to_main_thread();
    tick();
    io_.run();
  });
}

void Worker::stop() {
  inbox_->close();
  if (!thread_.joinable()) return;
  boost::asio::post(io_, [this] {
    const auto all = connections_;
    for (const auto& connection : all) connection->close();
    timer_.cancel();
    guard_.reset();
    io_.stop();
  });
  thread_.join();
}

void Worker::adopt(base::Fd fd, TlsContext tls, std::string address) {
  transport_.accepted.add();
  const auto made = std::make_shared<Connection>(*this, io_, std::move(fd), std::move(tls), std::move(address));
  connections_.insert(made);
  made->start();
}

void Worker::drain() {
  const auto all = connections_;
  for (const auto& connection : all) connection->drain();
}

void Worker::list(std::vector<SessionInfo>& out) const {
  for (const auto& connection : connections_)
    if (const Session* session = connection->session(); session && !session->finished()) out.push_back(session->info());
}

void Worker::tick() {
  const auto all = connections_;  // a connection may go while it is looked at
  for (const auto& connection : all) connection->tick();
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (!ec) tick();
  });
}

}  // namespace eir::sync::epp
