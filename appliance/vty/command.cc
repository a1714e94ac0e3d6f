// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/command.h"

#include <deque>

#include "appliance/vty/config_file.h"

extern "C" {
#include <osmocom/core/linuxlist.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <osmocom/vty/telnet_interface.h>

int telnet_close_client(osmo_fd* fd);
}

namespace eir::appliance {
namespace {

/// libosmovty keeps pointers into these for the life of the process.
struct Installed : cmd_element {
  std::string pattern;
  std::string help;
  Handler handler;
};

/// A deque, because the library keeps the addresses of its elements.
std::deque<Installed>& installed() {
  static std::deque<Installed> all;
  return all;
}

int run(cmd_element* element, vty* v, int argc, const char* argv[]) {
  return static_cast<Installed*>(element)->handler(Console(v, {argv, static_cast<size_t>(argc)}));
}

Installed& make(std::string pattern, std::initializer_list<std::string_view> help, Handler handler) {
  auto& c = installed().emplace_back(Installed{});
  c.pattern = std::move(pattern);
  for (const auto line : help) (c.help += line) += '\n';
  c.handler = std::move(handler);
  c.string = c.pattern.c_str();
  c.doc = c.help.c_str();
  c.func = run;
  return c;
}

bool frozen = false;  ///< settings

}  // namespace

void Console::put(std::string_view text) const {
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view row = text.substr(0, end);
    vty_out(vty_, "%.*s%s", static_cast<int>(row.size()), row.data(), vty_newline(vty_));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

void install_command(int node, std::string pattern, std::initializer_list<std::string_view> help, Handler handler) {
  ::install_element(node, &make(std::move(pattern), help, std::move(handler)));
}

void install_setting(int node, std::string pattern, std::initializer_list<std::string_view> help, std::string mark,
                     Handler handler) {
  install_command(node, std::move(pattern), help, [mark = std::move(mark), handler = std::move(handler)](auto& c) {
    if (frozen) return c.refuse("fixed once started: change the file and start anew");
    if (!mark.empty()) mark_line(mark);
    return handler(c);
  });
}

void freeze_settings() { frozen = true; }

void install_show(std::string pattern, std::initializer_list<std::string_view> help, Handler handler) {
  ::install_element_ve(&make(std::move(pattern), help, std::move(handler)));
}

void install_node(int node, std::string prompt, int (*write)(vty*)) {
  static std::deque<std::pair<std::string, cmd_node>> nodes;
  auto& [text, n] = nodes.emplace_back(std::move(prompt), cmd_node{});
  n.node = node;
  n.prompt = text.c_str();
  n.vtysh = 1;
  ::install_node(&n, write);
}

}  // namespace eir::appliance

/// Stands in for libosmovty's function of this name, which closes the connection's descriptor although
/// vty_close(), its only caller while the node runs, goes on to write to it and closes it again. By then
/// another thread may have been given that number: its connection or file would be written to and closed.
/// Here the descriptor is left to vty_close().
int telnet_close_client(osmo_fd* fd) {
  auto* const connection = static_cast<telnet_connection*>(fd->data);
  osmo_fd_unregister(fd);
  if (connection->dbg) {
    log_del_target(connection->dbg);
    talloc_free(connection->dbg);
  }
  llist_del(&connection->entry);
  talloc_free(connection);
  return 0;
}
