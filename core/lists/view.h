// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/identity/imei.h"
#include "core/lists/list_set.h"

namespace eir::lists {

/// What the lists hold on one key.
struct Hit {
  bool present = false;   ///< an entry stands there (a lock alone is none)
  ListSet lists;          ///< where it is listed
  bool svn_rule = false;  ///< the lists are those of a rule for this software version
  bool tac = false;       ///< a range that is one whole TAC
  std::string_view note;  ///< the entry's reason text, at most 64 octets; lives as long as the view
};

/// The lists as an answering thread sees them: one proven version, snapshot and overlay as one.
///
/// Immutable while anyone can see it, apart from the overlay, whose entries change one whole entry at a
/// time. Threads: any number of readers, no lock. Allocates: no. Touches no file: the snapshot is mapped
/// and populated. What the tests, the daemon and eirctl all read through.
class View {
 public:
  virtual ~View() = default;
  /// The individual IMEI. With `svn`, a rule for that software version replaces the entry's lists; an
  /// entry that exists for other software versions only is not present.
  virtual Hit individual(identity::ImeiKey key, const identity::Svn* svn) const noexcept = 0;
  /// The innermost range or TAC that holds the key.
  virtual Hit range(identity::ImeiKey key) const noexcept = 0;
  /// Asks the memory for what individual() will read; harmless at any time.
  virtual void prefetch(identity::ImeiKey key) const noexcept = 0;
  /// The last version wholly applied.
  virtual Version version() const noexcept = 0;
};

}  // namespace eir::lists
