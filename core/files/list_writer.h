// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/files/layout.h"
#include "core/files/progress.h"
#include "core/lists/index.h"

namespace eir::files {

/// Takes octets of a file; false when it can take no more.
using Sink = std::function<bool(std::string_view octets)>;

/// Writes entries of a kind as a list file, every optional column there: what read_list() makes of it is the same
/// entries. Devices and ranges share a layout. Threads: one. Allocates: one buffer.
class ListWriter {
 public:
  /// Writes the header.
  ListWriter(const Layout& layout, Sink sink);
  ListWriter(lists::EntryKind kind, Sink sink) : ListWriter(Layout::of_kind(kind), std::move(sink)) {}

  void row(const lists::ImeiEntry& e, const lists::Terms& terms);
  void row(const lists::RangeEntry& e, const lists::Terms& terms);
  void row(const lists::SubscriberEntry& e, const lists::Terms& terms);
  void row(const lists::PairEntry& e, const lists::Terms& terms);
  void row(const lists::LockEntry& e, const lists::Terms& terms);
  void row(const lists::MirrorEntry& e, const lists::Terms& terms);
  void row(const lists::ExceptionEntry& e, const lists::Terms& terms);
  void row(const lists::DeviceClassEntry& e, const lists::Terms& terms);
  /// Of a public black list; `event` empty: a whole one. An empty time is no block_date.
  void row(identity::ImeiKey imei, base::UnixSeconds from, std::string_view reasons, std::string_view event);

  /// Hands over what is left. False when the sink refused anything.
  bool finish();
  uint64_t rows() const { return rows_; }

 private:
  static constexpr size_t kBufferOctets = size_t{1} << 20;
  void end_row();
  void put_key(identity::ImeiKey key);
  void put_terms(const lists::Terms& terms, bool next);
  void put_text(std::string_view text);

  Sink sink_;
  std::string buffer_;
  uint64_t rows_ = 0;
  bool ok_ = true;
};

/// How many rows write_list() writes of a kind.
uint64_t count_of(const lists::KindCounts& counts, lists::EntryKind kind);

/// A source's entries of a kind, and with kImei its ranges too, written as they come: in no order. How many there
/// were. Errors: the sink refused.
base::Result<uint64_t, base::Problem> write_list(const lists::Index& index, lists::EntryKind kind, const Sink& sink,
                                                 const Progress& progress = {});

/// A source's public black list: the devices that are black at a time, or once their entry begins to hold, in no order.
/// It cannot say software versions, ranges, or what an entry becomes: these are left out. Returns and errors
/// as write_list().
base::Result<uint64_t, base::Problem> write_black_list(const lists::Index& index, base::UnixSeconds at,
                                                       const Sink& sink, const Progress& progress = {});
/// What makes the one of `to` out of the one of `from`, both at one time: block, changed (its date or reasons),
/// unblock.
base::Result<uint64_t, base::Problem> write_black_list_change(const lists::Index& from, const lists::Index& to,
                                                              base::UnixSeconds at, const Sink& sink,
                                                              const Progress& progress = {});

}  // namespace eir::files
