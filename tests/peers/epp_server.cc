// SPDX-License-Identifier: GPL-3.0-or-later
// An EPP server with a registry in memory. Prints {"port": N} when it listens; ends when its input does.

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>
#include <sstream>
#include <string>

#include "sync/epp/server.h"
#include "tests/peers/epp_registry.h"

namespace {

using namespace eir;
using namespace eir::sync::epp;

/// "ID:PASSWORD:COMMON-NAME:ROLE"
bool add_account(peers::MemoryRegistry& registry, const std::string& text) {
  std::istringstream in(text);
  std::string id;
  peers::MemoryRegistry::Account account;
  const bool read = std::getline(in, id, ':') && std::getline(in, account.password, ':') &&
                    std::getline(in, account.common_name, ':') && std::getline(in, account.role);
  if (read) registry.add_account(id, account);
  return read;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  ServerConfig config;
  std::string message_directory, site = "TST";
  std::vector<std::string> accounts;
  uint16_t port = 0;
  unsigned login_timeout_ms = 30'000, frame_timeout_ms = 30'000;
  CLI::App app("An EPP server with a registry in memory, for tests");
  app.add_option("--port", port, "0: any");
  app.add_option("--certificate", config.tls.certificate)->required();
  app.add_option("--key", config.tls.private_key)->required();
  app.add_option("--ca", config.tls.ca)->required();
  app.add_option("--schemas", config.schema_directory)->required();
  app.add_option("--messages", message_directory)->required();
  app.add_option("--account", accounts, "ID:PASSWORD:COMMON-NAME:ROLE");
  app.add_option("--threads", config.threads);
  app.add_option("--login-timeout-ms", login_timeout_ms);
  app.add_option("--frame-timeout-ms", frame_timeout_ms);
  CLI11_PARSE(app, argc, argv);
  config.listeners = {{"127.0.0.1", port}};
  config.session.limits.login_timeout = std::chrono::milliseconds(login_timeout_ms);
  config.transport.frame_timeout = std::chrono::milliseconds(frame_timeout_ms);

  const base::SystemClock clock;
  const auto messages = Messages::load(message_directory);
  if (!messages) {
    for (const auto& p : messages.error()) std::cerr << p.message() << "\n";
    return 1;
  }
  peers::MemoryRegistry registry(clock);
  for (const std::string& a : accounts)
    if (!add_account(registry, a)) {
      std::cerr << "account '" << a << "'?\n";
      return 1;
    }
  TransactionIds transactions(site, clock);
  Server server(registry, *messages, transactions, clock);
  if (const auto started = server.start(config); !started) {
    for (const auto& p : started.error()) std::cerr << p.message() << "\n";
    return 1;
  }
  std::cout << "{\"port\": " << server.endpoints().at(0).port << "}" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    std::ostringstream out;
    server.counters([&](const Sample& s) {
      out << (out.tellp() > 0 ? ", " : "") << '"' << s.name << (s.bound.empty() ? "" : " ") << s.bound
          << "\": " << s.value;
    });
    std::cout << "{" << out.str() << "}" << std::endl;
  }
  server.drain_and_stop(std::chrono::milliseconds(2'000));
  return 0;
}
