// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "core/lists/entries.h"
#include "core/lists/view.h"

namespace eir::store {

/// What becomes of a version that is about to be served.
struct Judgement {
  bool hold = false;    ///< it waits for the operator, and so do those after it
  uint64_t turned = 0;  ///< devices seen that it would turn black or unknown; kept with the version
  std::string why;      ///< one sentence, of a hold
};

/// Asked before a version is committed as served, whatever the cause: a change, a full version, a local
/// import, a rollback, an unpin. Implemented by core/guard. Not asked for the urgent chain, nor when nothing
/// was served before, nor when what is served of that source cannot be read. Threads: the writer's.
struct Judge {
  virtual ~Judge() = default;
  /// Both views are of all sources together. `change` is what differs between them; null: anything may.
  virtual Judgement judge(const lists::View& served_now, const lists::View& would_serve,
                          const lists::Change* change) = 0;
};

}  // namespace eir::store
