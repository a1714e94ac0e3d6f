// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

/// What a command line program of many commands is made of. CLI11 does the work behind it, compiled once: its headers
/// cost every file that includes them ten seconds.
namespace eir::appliance {

/// Of one command, with its value or values. Threads: one. Allocates: yes.
class Option {
 public:
  explicit Option(CLI::Option& option) : option_(&option) {}

  Option* required();
  /// Says in --help what the value is when it is not given: what it holds now, or `text`.
  Option* show_default();
  Option* show_default(const std::string& text);
  /// Both ends are in it.
  Option* within(int64_t min, int64_t max);
  Option* one_of(std::vector<std::string> values);
  /// `fault`: what is wrong with a value; empty: nothing is.
  Option* check(std::function<std::string(const std::string&)> fault);

 private:
  CLI::Option* option_;
};

/// A program, or one of its commands. What it gives away lives as long as it does; values that are bound outlive it.
/// Threads: one. Allocates: yes.
class Command {
 public:
  /// A program, with --version.
  Command(const std::string& name, const std::string& about, const std::string& version);
  ~Command();
  Command(const Command&) = delete;
  Command& operator=(const Command&) = delete;

  Command* add_command(const std::string& name, const std::string& about);
  /// "-c,--config": an option; "file": what stands without a name. A list takes all that is left.
  Option* add_option(const std::string& names, std::string& value, const std::string& about = {});
  Option* add_option(const std::string& names, std::vector<std::string>& values, const std::string& about = {});
  Option* add_option(const std::string& names, int& value, const std::string& about = {});
  Option* add_option(const std::string& names, unsigned& value, const std::string& about = {});
  Option* add_option(const std::string& names, uint64_t& value, const std::string& about = {});
  Option* add_flag(const std::string& names, bool& value, const std::string& about);
  /// One of its commands must be given.
  Command* require_command();
  Command* footer(const std::string& text);
  /// Called when the line is this command's.
  Command* callback(std::function<void()> run);

  /// Reads the line and runs its command. Gives 0, also for --help and --version; `wrong` after saying why on stderr,
  /// for a line that cannot be understood, or when a command throws.
  int run(int argc, const char* const* argv, int wrong);

 private:
  explicit Command(CLI::App& app);
  template <class T>
  Option* add(const std::string& names, T& value, const std::string& about);

  std::unique_ptr<CLI::App> program_;  ///< of the program alone
  CLI::App* app_;
  std::deque<std::unique_ptr<Command>> commands_;
  std::deque<Option> options_;
};

}  // namespace eir::appliance
