// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/base/clock.h"
#include "core/feed/directory_feed.h"
#include "core/feed/signature.h"
#include "core/feed/state.h"
#include "core/store/manifest.h"

/// The centre's side of a directory feed: for tests, demonstrations, and a centre that publishes by files.
namespace eir::feed {

/// A chain's newest version, and the state after it.
struct Head {
  store::Manifest manifest;  ///< version {0, 0}: nothing was published yet
  State state;
};

/// Puts a chain together from what stands in the directory: the newest full version and the changes after it.
/// Errors: files that are missing or damaged; signatures are not looked at. Allocates: the whole state.
base::Result<Head, base::Problem> read_head(DirectoryFeed& feed, std::string_view source);

struct PublishOptions {
  bool full = false;       ///< a full version; else a change, or a full one when it is the first
  bool new_epoch = false;  ///< begins the next epoch, which is always a full version
  base::Hash audit_head{};
  base::UnixSeconds now{};
};

/// Publishes a state as the version after `head`, which becomes it. Returns its manifest. Errors: nothing would
/// change (and it is not asked to be full); the directory cannot be written.
base::Result<store::Manifest, base::Problem> publish(DirectoryFeed& feed, std::string_view source,
                                                     const SigningKey& key, Head& head, State next,
                                                     const PublishOptions& options);

}  // namespace eir::feed
