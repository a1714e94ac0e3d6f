// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <tuple>

#include "core/lists/imei_table.h"
#include "core/lists/lock_table.h"
#include "core/lists/range_table.h"
#include "core/lists/sieve.h"
#include "core/lists/subscriber_tables.h"
#include "core/lists/terms_table.h"

namespace eir::lists {

/// Views of one layer's tables of every kind: of a snapshot or of an overlay. Whoever holds them keeps the
/// memory. Every table may be empty. Threads: immutable. Allocates: no.
struct Tables {
  ImeiTable imeis;
  RangeTable ranges;
  KeyedTable<SubscriberEntry> subscribers;
  PairTable pairs;
  LockTable locks;
  MirrorTable mirror;
  KeyedTable<ExceptionEntry> exceptions;
  KeyedTable<DeviceClassEntry> device_classes;
  TermsTable terms;
  Sieves sieves;

  /// The table of a kind of entry: hides(place), find(place, out), for_each(f(entry, gone)).
  template <class Entry>
  const auto& of() const {
    if constexpr (Entry::kKind == EntryKind::kImei)
      return imeis;
    else if constexpr (Entry::kKind == EntryKind::kRange)
      return ranges;
    else if constexpr (Entry::kKind == EntryKind::kSubscriber)
      return subscribers;
    else if constexpr (Entry::kKind == EntryKind::kPair)
      return pairs;
    else if constexpr (Entry::kKind == EntryKind::kLock)
      return locks;
    else if constexpr (Entry::kKind == EntryKind::kMirror)
      return mirror;
    else if constexpr (Entry::kKind == EntryKind::kException)
      return exceptions;
    else
      return device_classes;
  }
};

}  // namespace eir::lists
