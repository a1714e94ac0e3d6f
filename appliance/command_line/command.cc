// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/command_line/command.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace eir::appliance {

Option* Option::required() {
  option_->required();
  return this;
}

Option* Option::show_default() {
  option_->capture_default_str();
  return this;
}

Option* Option::show_default(const std::string& text) {
  option_->default_str(text);
  return this;
}

Option* Option::within(int64_t min, int64_t max) {
  option_->check(CLI::Range(min, max));
  return this;
}

Option* Option::one_of(std::vector<std::string> values) {
  option_->check(CLI::IsMember(std::move(values)));
  return this;
}

Option* Option::check(std::function<std::string(const std::string&)> fault) {
  option_->check(std::move(fault));
  return this;
}

Command::Command(const std::string& name, const std::string& about, const std::string& version)
    : program_(std::make_unique<CLI::App>(about, name)), app_(program_.get()) {
  app_->set_version_flag("--version", version);
}

Command::Command(CLI::App& app) : app_(&app) {}

Command::~Command() = default;

Command* Command::add_command(const std::string& name, const std::string& about) {
  commands_.emplace_back(new Command(*app_->add_subcommand(name, about)));
  return commands_.back().get();
}

template <class T>
Option* Command::add(const std::string& names, T& value, const std::string& about) {
  return &options_.emplace_back(*app_->add_option(names, value, about));
}

Option* Command::add_option(const std::string& names, std::string& value, const std::string& about) {
  return add(names, value, about);
}
Option* Command::add_option(const std::string& names, std::vector<std::string>& values, const std::string& about) {
  return add(names, values, about);
}
Option* Command::add_option(const std::string& names, int& value, const std::string& about) {
  return add(names, value, about);
}
Option* Command::add_option(const std::string& names, unsigned& value, const std::string& about) {
  return add(names, value, about);
}
Option* Command::add_option(const std::string& names, uint64_t& value, const std::string& about) {
  return add(names, value, about);
}

Option* Command::add_flag(const std::string& names, bool& value, const std::string& about) {
  return &options_.emplace_back(*app_->add_flag(names, value, about));
}

Command* Command::require_command() {
  app_->require_subcommand(1);
  return this;
}

Command* Command::footer(const std::string& text) {
  app_->footer(text);
  return this;
}

Command* Command::callback(std::function<void()> run) {
  app_->callback(std::move(run));
  return this;
}

int Command::run(int argc, const char* const* argv, int wrong) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app_->exit(e) == 0 ? 0 : wrong;
  } catch (const std::exception& e) {
    // Output that cannot be written, or no memory.
    std::fprintf(stderr, "%s: %s\n", app_->get_name().c_str(), e.what());
    return wrong;
  }
  return 0;
}

}  // namespace eir::appliance
