// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "appliance/config/node_config.h"
#include "appliance/vty/command.h"
#include "appliance/vty/config_file.h"

namespace eir::appliance {

/// The console's nodes of the node's own configuration.
enum VtyNode : int {
  kCtrlNode = kFirstNode,
  kSccpNode,
  kDiameterNode,
  kDiameterPeerNode,
  kEirNode,
  kMetricsNode,
};

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

  /// As mark_line().
  void mark(const std::string& where) { mark_line(where); }

 private:
  NodeConfig next_;
  NodeConfig running_;
  bool changed_ = false;
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
