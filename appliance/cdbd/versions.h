// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "appliance/cdbd/mapping.h"
#include "registry/publisher.h"
#include "sync/epp/registry.h"

namespace eir::appliance::cdbd {

struct VersionsOptions {
  std::string directory;  ///< of the files; made when missing
  std::string base_uri;  ///< under which they are fetched: "https://HOST:PORT/versions", no slash at the end; empty: by
                         ///< nobody, and whoever would need a file is answered 2400
};

struct VersionsCounters {
  std::atomic<uint64_t> asked{0};
  std::atomic<uint64_t> none{0}, inline_changes{0}, change_files{0}, full_files{0}, urgent{0};  ///< what was answered
  std::atomic<uint64_t> refused_busy{0}, failures{0};
};

/// A version as a frame has it. `data`: the octets, where they go within it.
epp::version::Manifest manifest_of(const store::Manifest& manifest, std::optional<std::string> data);

/// Answers `info` of `version`: what leads a node from the version it holds to the newest. The data of a change of at
/// most kInlineChangesMax entries goes within the frame, everything else into a file of `directory`, whose name is
/// [A-Za-z0-9.-]+ and is asked for under the base URI. Files of changes are kept while they are few and small; an older
/// one that is still fetched lives until it is closed.
///
/// Making a version takes up to seconds, and it is on record before it is given; so it is done by two threads of its
/// own, one for who asks for everything of the lists, one for the others.
/// Threads: any. The registry and the clock outlive it, and it whoever asks.
class Versions {
 public:
  static constexpr size_t kWaitingMax = 256;  ///< of each thread; those after are answered 2400 and counted
  static constexpr size_t kChangeFilesMax = 64;
  static constexpr uint64_t kChangeOctetsMax = uint64_t{4} << 30;
  using Done = epp::Registry::Done;

  Versions(registry::Registry& registry, const base::Clock& clock, VersionsOptions options);
  /// Answers what waits with 2400.
  ~Versions();
  Versions(const Versions&) = delete;
  Versions& operator=(const Versions&) = delete;

  /// `done` is called once, by a thread of its own, or at once when too many wait.
  /// Answers: 1000 with a form of `none` (the asker holds the newest, `to` says which that is), `delta` or `full`; 2303
  /// of a list that is not one of the centre's two, or before there is any version; 2306 when the asker's epoch is
  /// above this site's; 2201, 2400.
  void info(registry::Request rq, epp::version::Info asked, Done done);
  /// The one that puts versions together, for pushes.
  registry::Publisher& publisher() { return publisher_; }
  const VersionsCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    registry::Request rq;
    epp::version::Info asked;
    Done done;
  };
  struct Line {
    std::deque<Waiting> waiting;
    std::condition_variable wake;
    std::thread thread;
  };
  void work(Line& line);
  epp::Reply answer(const registry::Request& rq, const epp::version::Info& asked);
  epp::Reply nothing_newer(const epp::version::Info& asked);
  std::optional<epp::FileReference> file_of(const registry::VersionAnswer& version);
  std::optional<std::string> write_change(const registry::VersionAnswer& version);
  void tidy(const std::string& keep) const;

  registry::Registry& registry_;
  const VersionsOptions options_;
  registry::Publisher publisher_;
  VersionsCounters counters_;
  std::mutex files_mutex_;  ///< one writes and tidies at a time
  std::mutex mutex_;
  bool stop_ = false;
  std::array<Line, 2> lines_;  ///< changes, full versions
};

}  // namespace eir::appliance::cdbd
