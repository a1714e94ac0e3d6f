// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "appliance/vty/osmovty.h"

namespace eir::appliance {

/// The first number for a program's own nodes of the console, after libosmovty's and its users'.
inline constexpr int kFirstNode = _LAST_OSMOVTY_NODE + 1;

/// One command as it runs: where its output goes, and its words.
class Console {
 public:
  Console(vty* v, std::span<const char* const> args) : vty_(v), args_(args) {}

  size_t argc() const { return args_.size(); }
  /// The i-th variable word of the command; empty when it was left out.
  std::string_view arg(size_t i) const { return i < args_.size() && args_[i] ? args_[i] : std::string_view(); }
  /// All words from the i-th on, as typed.
  std::span<const char* const> rest(size_t i) const {
    return i < args_.size() ? args_.subspan(i) : args_.subspan(0, 0);
  }

  template <class... A>
  void line(fmt::format_string<A...> format, A&&... a) const {
    put(fmt::format(format, std::forward<A>(a)...));
  }
  /// One line, or several separated by '\n'.
  void put(std::string_view text) const;
  /// Says what was wrong with the command and returns the library's "warning", which also stops the
  /// reading of a file at that line.
  template <class... A>
  int refuse(fmt::format_string<A...> format, A&&... a) const {
    put("% " + fmt::format(format, std::forward<A>(a)...));
    return CMD_WARNING;
  }
  /// Enters a node.
  int enter(int node) const {
    vty_->node = node;
    vty_->index = nullptr;
    return CMD_SUCCESS;
  }
  vty* raw() const { return vty_; }

 private:
  vty* vty_;
  std::span<const char* const> args_;
};

/// A decimal word that libosmovty has already found to be in its range.
inline uint64_t number(std::string_view text) {
  uint64_t v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

inline std::string_view on_off(bool on) { return on ? "on" : "off"; }

/// Returns CMD_SUCCESS or what Console::refuse() returned.
using Handler = std::function<int(const Console&)>;

/// A command and its help: `pattern` in libosmovty's grammar, `help` one line for each word.
void install_command(int node, std::string pattern, std::initializer_list<std::string_view> help, Handler handler);
/// A command that a configuration file gives and a console cannot, once the program runs: what takes its
/// configuration at start only. The line is marked with `mark` (mark_line()), when there is one.
void install_setting(int node, std::string pattern, std::initializer_list<std::string_view> help, std::string mark,
                     Handler handler);
/// From here on settings are refused, with a word of where to change them.
void freeze_settings();
/// A command of both the view and the enable node.
void install_show(std::string pattern, std::initializer_list<std::string_view> help, Handler handler);
/// A node with its prompt and the function that writes its configuration.
void install_node(int node, std::string prompt, int (*write)(vty*));

}  // namespace eir::appliance
