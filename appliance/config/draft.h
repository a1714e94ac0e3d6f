// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "appliance/config/node_config.h"

namespace eir::appliance {

/// What the console's commands change. Reading a file and typing on the console fill the same draft;
/// only a commit, which validates it whole, makes it what runs. Threads: the SIGTRAN thread.
class Draft {
 public:
  NodeConfig& edit() {
    changed_ = true;
    return next_;
  }
  const NodeConfig& next() const { return next_; }
  const NodeConfig& running() const { return running_; }
  bool changed() const { return changed_; }

  /// `config` is what runs from now on; keeps what was typed since it was handed over.
  void committed(const NodeConfig& config) { running_ = config; }
  void discard() {
    next_ = running_;
    changed_ = false;
  }
  /// The draft was handed over for a commit, or came back refused.
  void set_changed(bool changed) { changed_ = changed; }

  /// Remembers that the line being read is about `where`, so that a later problem can name the line.
  void mark(const std::string& where) { lines_[where] = line_; }
  void set_line(unsigned line) { line_ = line; }
  /// The line marked for `where`, for the longest leading part of it that was marked, or 0.
  unsigned line_of(std::string where) const;

 private:
  NodeConfig next_;
  NodeConfig running_;
  bool changed_ = false;
  unsigned line_ = 0;
  std::map<std::string, unsigned> lines_;
};

/// The one draft of the process: libosmovty's commands are global, so is what they change.
Draft& draft();

/// Installs our configuration nodes (ctrl, metrics, sccp, diameter, eir) in libosmovty.
void install_config_nodes();

/// One for each node, in *_node.cc; called by install_config_nodes().
void install_sccp_node();
void install_diameter_node();
void install_eir_node();
void install_services_nodes();

}  // namespace eir::appliance
