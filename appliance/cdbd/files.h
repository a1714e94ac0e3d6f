// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "appliance/cdbd/segments.h"
#include "registry/registry.h"
#include "sync/transfer/server.h"

namespace eir::appliance::cdbd {

/// The node `files` of the configuration.
struct FilesConfig {
  std::vector<epp::Endpoint> listeners;  ///< none: versions go out only as large as a frame, and no sightings come
  std::string base_uri;                  ///< as nodes reach it: "https://HOST:PORT", no slash at the end
  std::string versions = "/var/lib/turnstile/cdbd/versions";    ///< files of versions, made here
  std::string sightings = "/var/lib/turnstile/cdbd/sightings";  ///< segments that nodes put
  unsigned threads = 2;
  friend bool operator==(const FilesConfig&, const FilesConfig&) = default;
};
/// What is wrong with it, `where` being "files WORD"; nothing is opened.
std::vector<base::Problem> validate(const FilesConfig& config);
/// Installs the node `files` under number `node`: `listen A.B.C.D PORT`, `uri`, `versions`, `sightings`, `threads`.
/// What it changes is what `edited` gives.
void install_files_node(int node, std::function<FilesConfig&()> edited);

/// The files of versions for users that may ask for a version, from the directory that cdbd::Versions writes to.
/// Threads: any. The registry outlives what is returned.
sync::transfer::Area versions_area(const registry::Registry& registry, std::string directory);

/// The centre's files: /versions/ and /sightings/ over HTTPS, for users by their certificates.
/// Threads: start() and stop() the loop's; all else any. The registry and the clock outlive it; the desk goes before
/// it.
class Files {
 public:
  /// Errors: a directory cannot be used.
  static base::Result<std::unique_ptr<Files>, base::Problem> open(registry::Registry& registry,
                                                                  const base::Clock& clock, FilesConfig config);
  /// For Desk::take_sightings().
  Segments& segments() { return *segments_; }
  /// Listens; without listeners it does nothing.
  base::Result<void, epp::Problems> start(const epp::TlsConfig& tls);
  void stop() { server_.stop(); }
  base::Result<void, epp::Problems> renew_certificates();
  /// The server's, and what became of segments.
  void counters(const epp::SampleVisitor& visit) const;
  std::vector<epp::Endpoint> endpoints() const { return server_.endpoints(); }

 private:
  Files(registry::Registry& registry, FilesConfig config) : registry_(registry), config_(std::move(config)) {}

  registry::Registry& registry_;
  const FilesConfig config_;
  std::unique_ptr<Segments> segments_;
  sync::transfer::Server server_;
};

}  // namespace eir::appliance::cdbd
