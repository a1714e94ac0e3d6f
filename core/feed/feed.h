// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/store/version_info.h"

namespace eir::feed {

using store::kCentre;
using store::kUrgent;

/// Bounds of what is taken from outside.
inline constexpr size_t kOfferedMax = 100'000;  ///< versions of one chain that are looked at
inline constexpr size_t kManifestOctetsMax = 16'384;
inline constexpr uint64_t kDataOctetsMax = uint64_t{64} << 30;

/// A manifest as it came: nothing is proven yet.
struct SignedManifest {
  std::string text;
  std::vector<uint8_t> signature;
};

/// What a node asks the centre for when its chain is broken: one full version.
struct RepairRequest {
  lists::Version have;  ///< the newest version it holds; {0, 0}: none
  std::string why;      ///< the refusal's name
};

/// Where versions come from: the port that everything which brings them implements. Threads: one at a time; calls may
/// wait for a disk or a network. Allocates: yes.
class Feed {
 public:
  /// Takes the next octets; false stops the fetch.
  using Take = std::function<bool(std::span<const uint8_t>)>;

  virtual ~Feed() = default;
  /// For messages: a directory, an address.
  virtual std::string name() const = 0;
  /// The versions of a chain that can be had, ascending; the newest kOfferedMax of them. Errors: the feed cannot be
  /// reached.
  virtual base::Result<std::vector<lists::Version>, base::Problem> offered(std::string_view source) = 0;
  /// Errors: not there (any more), over kManifestOctetsMax.
  virtual base::Result<SignedManifest, base::Problem> manifest(std::string_view source, lists::Version version) = 0;
  /// Hands over a version's data piece by piece, at most kDataOctetsMax. Errors: not there, cannot be read; not when
  /// `take` stopped it.
  virtual base::Result<void, base::Problem> data(std::string_view source, lists::Version version, const Take& take) = 0;
  /// Asks for a full version; asking again while one is asked for is harmless.
  virtual base::Result<void, base::Problem> ask_repair(std::string_view source, const RepairRequest& request) = 0;
  /// Takes that back: the chain is whole again.
  virtual base::Result<void, base::Problem> repaired(std::string_view source) = 0;
  /// Whether what is offered now was put together for this node alone, because its chain is broken or its manifest is
  /// not known where it asked. Then it is tried although a version of the same number was refused, and handed over
  /// although one of that number is held.
  virtual bool renews() const { return false; }
};

}  // namespace eir::feed
