// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbctl/command.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "appliance/cdbd/control_wire.h"
#include "appliance/cdbd/key_file.h"
#include "registry/registry.h"
#include "registry/sqlite_store.h"

namespace eir::appliance::cdbctl {

using base::Problem;

void fail(Context& context, const Problem& problem) {
  fmt::print(stderr, "cdbctl: {}\n", problem.message());
  context.exit = kNothingDone;
}

void tell(Context& context, const registry::Outcome& outcome) {
  fmt::print("{} {}{}\n", static_cast<unsigned>(outcome.code),
             outcome.ok() ? "done" : "refused: ", outcome.ok() ? "" : registry::to_string(outcome.why));
  for (const registry::Offender& o : outcome.offenders) fmt::print("  {}: {}\n", o.name, registry::to_string(o.why));
  if (!outcome.ok()) context.exit = kNotSo;
}

namespace {

std::string socket_of(const Context& context) {
  return context.socket.empty() ? context.directory + "/control.sock" : context.socket;
}

registry::Request operator_request() {
  const passwd* who = getpwuid(getuid());
  registry::Request rq;
  rq.user_name = fmt::format("cdbctl:{}", who ? who->pw_name : std::to_string(getuid()));
  rq.role = registry::Role::kAdministrator;
  rq.address = "local";
  rq.sv_trid = fmt::format("CDBCTL-{}-{}", std::chrono::system_clock::now().time_since_epoch().count(), getpid());
  rq.cl_trid = rq.sv_trid;
  return rq;
}

/// The registry opened in this process.
class Own final : public Actor {
 public:
  registry::Outcome execute(registry::Command command) override {
    return registry_->execute(operator_request(), std::move(command));
  }
  bool open(Context& context) {
    std::error_code error;
    std::filesystem::create_directories(context.directory, error);
    const std::string file = context.key_file.empty() ? context.directory + "/centre.key" : context.key_file;
    bool made = false;
    auto key = cdbd::open_signing_key(file, made);
    if (!key) {
      fail(context, key.error());
      return false;
    }
    if (made) fmt::print(stderr, "cdbctl: made a new signing key, {}\n", file);
    store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{context.directory});
    auto opened = registry::Registry::open(*store_, clock_, std::move(*key), {});
    if (!opened) {
      fail(context, opened.error());
      return false;
    }
    registry_ = std::move(*opened);
    return true;
  }

 private:
  base::SystemClock clock_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
};

/// The running cdbd.
class Daemon final : public Actor {
 public:
  explicit Daemon(int fd) : fd_(fd) {}
  ~Daemon() override { ::close(fd_); }
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  cdbd::ControlReply ask(const cdbd::Question& question) {
    const auto octets = cdbd::encode(question);
    if (!octets) return {false, {}, "this cannot be handed to the running cdbd"};
    if (octets->size() > cdbd::kControlFrameMax) return {false, {}, "this is too much for one command"};
    std::optional<std::string> answer;
    if (cdbd::send_frame(fd_, *octets)) answer = cdbd::receive_frame(fd_);
    auto reply = answer ? cdbd::decode_reply(*answer) : std::nullopt;
    if (!reply) return {false, {}, "cdbd ended the connection: whether it was done, 'cdbctl audit' tells"};
    return std::move(*reply);
  }
  registry::Outcome execute(registry::Command command) override {
    cdbd::ControlReply reply = ask({std::move(command), {}});
    if (reply.taken) return std::move(reply.outcome);
    fmt::print(stderr, "cdbctl: {}\n", reply.text);
    return registry::refuse(registry::Code::kFailed, registry::Why::kNone);
  }

 private:
  const int fd_;
};

}  // namespace

std::unique_ptr<Actor> open_actor(Context& context) {
  if (const int fd = cdbd::connect_control(socket_of(context)); fd >= 0) return std::make_unique<Daemon>(fd);
  auto own = std::make_unique<Own>();
  if (own->open(context)) return own;
  return nullptr;
}

namespace {

std::optional<std::string> ask(Context& context, int fd, std::vector<std::string> words) {
  auto reply = Daemon(fd).ask({std::nullopt, std::move(words)});
  if (reply.taken) return std::move(reply.text);
  fail(context, {"", reply.text});
  return std::nullopt;
}

}  // namespace

std::optional<std::string> ask_daemon_if_any(Context& context, std::vector<std::string> words) {
  const int fd = cdbd::connect_control(socket_of(context));
  return fd < 0 ? std::nullopt : ask(context, fd, std::move(words));
}

std::optional<std::string> ask_daemon(Context& context, std::vector<std::string> words) {
  const int fd = cdbd::connect_control(socket_of(context));
  if (fd >= 0) return ask(context, fd, std::move(words));
  fail(context, {socket_of(context), "no cdbd runs there"});
  return std::nullopt;
}

std::unique_ptr<registry::StoreReader> open_reader(Context& context) {
  registry::SqliteStore store(registry::SqliteOptions{context.directory});
  auto reader = store.reader();
  if (reader) return std::move(*reader);
  fail(context, reader.error());
  return nullptr;
}

void carry_out(Context& context, registry::Command command) {
  if (const auto actor = open_actor(context)) tell(context, actor->execute(std::move(command)));
}

}  // namespace eir::appliance::cdbctl
