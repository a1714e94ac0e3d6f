// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <mutex>

#include "registry/registry.h"

namespace eir::registry {

/// What a node gets that asks how to come from the version it holds to a newer one.
struct VersionAnswer {
  store::Manifest manifest;  ///< signed; full(): everything
  std::string data;          ///< of a change: core/store/codec.h
  std::string file;          ///< of a full version: a file in the publisher's directory, else empty
  uint64_t octets = 0;
};

/// Puts versions together for those who follow: one merged change, or everything, whichever is smaller. What it put
/// together is signed like any version, names the version before by the manifest that the node holds, and is on record.
/// Threads: any; full versions are made one at a time.
class Publisher {
 public:
  static constexpr size_t kFullKept = 2;                   ///< files of full versions in the directory
  static constexpr std::chrono::seconds kFullGoodFor{60};  ///< a full version not older is given again
  static constexpr uint64_t kMergedPlacesMax = 4'000'000;  ///< of all the versions merged; more: full

  /// `registry` and `clock` outlive it. The directory is made when missing.
  Publisher(Registry& registry, const base::Clock& clock, std::string directory)
      : registry_(registry), clock_(clock), directory_(std::move(directory)) {}

  /// From `have` ((0, 0): nothing) to the newest, or to `wanted` where a change can lead there. Without `have`: a full
  /// version after `wanted`, or `wanted` when that is the newest; (0, 0): any that is not old. `holding`: the SHA-256
  /// of the manifest the node holds for `have`. kDone without an answer when it holds the newest,
  /// or one that this site has yet to come to.
  Outcome answer(const Request& rq, lists::Version have, const std::optional<base::Hash>& holding,
                 lists::Version wanted, std::optional<VersionAnswer>& out);
  /// As answer(), and never everything: kDone without an answer, too, when no change leads there. For who is told
  /// without having asked.
  Outcome change_for(const Request& rq, lists::Version have, const base::Hash& holding, lists::Version wanted,
                     std::optional<VersionAnswer>& out);
  /// The newest of the urgent chain (urgent.h), which follows what the node holds of it. kDone without an answer when
  /// it holds that, or a later one; kNoObject when there is none.
  Outcome urgent(const Request& rq, lists::Version have, const std::optional<base::Hash>& holding,
                 std::optional<VersionAnswer>& out);

 private:
  Outcome record(const Request& rq, lists::Version have, std::optional<VersionAnswer>& out);
  std::optional<VersionAnswer> change(StoreReader& store, lists::Version have, const std::optional<base::Hash>& holding,
                                      lists::Version to);
  std::optional<VersionAnswer> full(const std::optional<base::Hash>& holding, lists::Version at_least);
  bool write_full(StoreReader& store, store::Manifest& manifest, std::string& path);
  void tidy() const;

  Registry& registry_;
  const base::Clock& clock_;
  const std::string directory_;
  std::mutex full_mutex_;
  std::optional<VersionAnswer> newest_full_;
};

/// Reads a version's whole state out of a reader that holds it. False: the store failed.
bool read_state(StoreReader& store, lists::Entries& entries, lists::TermsPool& terms);

}  // namespace eir::registry
