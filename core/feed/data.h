// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/lists/entries.h"

/// A version's data as a file, encoded as the store keeps it (core/store/codec.h): of a change, the change; of a full
/// version a row of blocks, kind after kind, so that neither side needs more memory than the entries and one block.
namespace eir::feed {

enum class DataForm : uint8_t { kChange, kFull };

/// Takes octets; false when they cannot be kept.
using Sink = std::function<bool(std::span<const uint8_t>)>;

/// False when the sink failed. Threads: pure. Allocates: the encoded change, or a block.
bool write_change(const lists::Change& change, const Sink& sink);
bool write_full(const lists::Entries& entries, const lists::TermsPool& terms, const Sink& sink);

/// Reads data as it comes, in pieces of any length. Threads: one. Allocates: the entries, and a change's octets or one
/// block.
class DataReader {
 public:
  /// `places`: what the manifest says; more is refused before it is kept.
  DataReader(DataForm form, uint64_t places);

  /// False: the octets are not such data, and nothing more is taken; why() says what was wrong.
  bool take(std::span<const uint8_t> octets);
  /// Whether all was there, to the last octet.
  bool finish();
  const std::string& why() const { return why_; }
  /// What was read; `before` is empty of a full version. REQUIRES: finish() said true.
  lists::Change& change() { return change_; }

 private:
  bool fail(std::string why);
  bool blocks();

  const DataForm form_;
  const uint64_t places_;
  const uint64_t octets_max_;     ///< of a change
  std::vector<uint8_t> pending_;  ///< a change so far; the block that has not come whole
  std::string why_;
  lists::Change change_;
};

}  // namespace eir::feed
