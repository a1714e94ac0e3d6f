// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbctl/command.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>

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

/// Reads the signing key; makes one, readable by its owner alone, when there is no such file.
base::Result<feed::SigningKey, Problem> signing_key(const std::string& path) {
  if (std::filesystem::exists(path)) return feed::SigningKey::load(path);
  const feed::SigningKey key = feed::SigningKey::make();
  const std::string pem = key.private_pem();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool good =
      fd >= 0 && ::write(fd, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!good) return base::problem(path, std::strerror(error));
  fmt::print(stderr, "cdbctl: made a new signing key, {}\n", path);
  return key;
}

}  // namespace

std::unique_ptr<Opened> open_registry(Context& context) {
  std::error_code error;
  std::filesystem::create_directories(context.directory, error);
  auto key = signing_key(context.key_file.empty() ? context.directory + "/centre.key" : context.key_file);
  if (!key) {
    fail(context, key.error());
    return nullptr;
  }
  auto opened = std::make_unique<Opened>();
  opened->store = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{context.directory});
  auto registry = registry::Registry::open(*opened->store, opened->clock, std::move(*key), {});
  if (!registry) {
    fail(context, registry.error());
    return nullptr;
  }
  opened->registry = std::move(*registry);
  return opened;
}

std::unique_ptr<registry::StoreReader> open_reader(Context& context) {
  registry::SqliteStore store(registry::SqliteOptions{context.directory});
  auto reader = store.reader();
  if (reader) return std::move(*reader);
  fail(context, reader.error());
  return nullptr;
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

void carry_out(Context& context, registry::Command command) {
  if (const auto opened = open_registry(context))
    tell(context, opened->registry->execute(operator_request(), std::move(command)));
}

}  // namespace eir::appliance::cdbctl
