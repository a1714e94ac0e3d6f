// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/feed/feed.h"

namespace eir::feed {

/// A feed that is a directory, on a share or brought by any tool that copies files:
///
///     manifests/centre-1.57        the manifest's text, and
///     manifests/centre-1.57.sig    the signature over it, 64 octets
///     data/centre-1.57             what changes, or everything (data.h)
///     repair-wanted-centre         written by the node: "have 1.56" and "why gap"
///
/// Files are put there under a temporary name that begins with a dot and renamed, the manifest's text last: what has
/// its name is whole.
class DirectoryFeed final : public Feed {
 public:
  explicit DirectoryFeed(std::string directory) : directory_(std::move(directory)) {}

  std::string name() const override { return directory_; }
  base::Result<std::vector<lists::Version>, base::Problem> offered(std::string_view source) override;
  base::Result<SignedManifest, base::Problem> manifest(std::string_view source, lists::Version version) override;
  base::Result<void, base::Problem> data(std::string_view source, lists::Version version, const Take& take) override;
  base::Result<void, base::Problem> ask_repair(std::string_view source, const RepairRequest& request) override;
  base::Result<void, base::Problem> repaired(std::string_view source) override;

  std::string manifest_path(std::string_view source, lists::Version version) const;
  std::string signature_path(std::string_view source, lists::Version version) const;
  std::string data_path(std::string_view source, lists::Version version) const;
  std::string repair_path(std::string_view source) const;
  /// What a node asks for; for whoever publishes. Nothing when it asks for nothing.
  std::optional<RepairRequest> repair_wanted(std::string_view source) const;
  /// Makes the directories that are missing.
  base::Result<void, base::Problem> prepare() const;

 private:
  const std::string directory_;
};

}  // namespace eir::feed
