// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/lists/entries.h"
#include "registry/words.h"

namespace eir::registry {

/// Gathers what one group of commands does to the lists. Threads: one.
class ChangeBuilder {
 public:
  struct Imei {
    lists::ListSet lists;  ///< none: no entry
    uint32_t terms = 0;
    friend bool operator==(const Imei&, const Imei&) = default;
  };
  void imei(uint64_t place, Imei before, Imei after) { imeis_.push_back({place, before, after}); }
  void entry(std::optional<EntryRow> before, std::optional<EntryRow> after) {
    entries_.push_back({std::move(before), std::move(after)});
  }
  bool empty() const { return imeis_.empty() && entries_.empty(); }
  void clear() {
    imeis_.clear();
    entries_.clear();
  }
  /// First state and last of every place that is not what it was; begins anew.
  lists::Change take(Words& words);

 private:
  struct ImeiEdit {
    uint64_t place;
    Imei before, after;
  };
  struct EntryEdit {
    std::optional<EntryRow> before, after;
  };
  std::vector<ImeiEdit> imeis_;
  std::vector<EntryEdit> entries_;
};

/// Changes that follow each other as one. Threads: pure.
lists::Change fold(const std::vector<const lists::Change*>& changes);

}  // namespace eir::registry
