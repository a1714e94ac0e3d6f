// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sync/sightings/segment.h"

namespace eir::sync::sightings {

/// A segment that stands in the spool.
struct Spooled {
  uint64_t sequence = 0;
  uint32_t rows = 0;
  uint64_t octets = 0;
  std::string path;
};

/// Where a crash may come between two steps; for tests.
enum class Step : uint8_t {
  kSegmentPlaced,  ///< it has its name: it is made
  kPut,            ///< its file is at the centre
  kFiled,          ///< the centre has taken it
  kNoted,          ///< that is noted here
  kRemoved,        ///< the segment is removed
  kJournalRemoved,
};

/// The directory in which segments wait, and what must be remembered of them:
///
///     NODE.SEQUENCE.seen      a segment; made once, never changed
///     NODE.SEQUENCE.refused   one that the centre refused, set aside
///     state                   what need not be sent any more, and how far the journals are taken
///
/// A segment says itself which octets of the journals it stands for, so giving it its name is the one step that makes
/// it and moves the journals' positions. A first sequence is the time in microseconds: one that was used is not used
/// again, even when the whole directory was lost. Everything is synced to the disk. Threads: one.
class Spool {
 public:
  using Hook = std::function<void(Step)>;
  using Positions = std::map<std::string, uint64_t>;

  Spool(std::string directory, std::string node, Hook hook);

  /// Reads what stands there, removes what a crash left. Makes the directory. Segments set aside are tried again.
  /// Errors: it cannot be used; problems() has what could be, and was not right.
  base::Result<void, base::Problem> open(uint64_t first_sequence);

  /// Makes the next segment of records that follow on positions(). Errors: no room.
  base::Result<void, base::Problem> make(base::Octets records, uint32_t rows, const Positions& ends);
  /// In the order of their sequences.
  const std::vector<Spooled>& waiting() const { return waiting_; }
  const std::vector<Spooled>& set_aside() const { return aside_; }
  uint64_t octets() const { return octets_; }
  /// How far segments stand for the journals.
  const Positions& positions() const { return positions_; }

  /// The first waiting one has arrived. Errors: that cannot be noted; it will be sent again.
  base::Result<void, base::Problem> taken();
  /// The first waiting one is refused, whatever is done.
  base::Result<void, base::Problem> put_aside();
  /// Those set aside wait again.
  void try_again();
  /// Gives up the oldest of all. Errors: that cannot be noted.
  base::Result<void, base::Problem> drop_oldest();
  uint64_t dropped() const { return dropped_; }  ///< segments, ever
  uint64_t dropped_rows() const { return dropped_rows_; }
  /// Journal files that are gone need no position any more.
  void forget(const std::function<bool(const std::string& file)>& gone);
  /// Positions that all segments before the first waiting one stand for: what the centre has, or nobody will.
  Positions settled() const;
  const std::vector<base::Problem>& problems() const { return problems_; }

 private:
  std::string path_of(uint64_t sequence, bool refused) const;
  base::Result<void, base::Problem> read_state();
  base::Result<void, base::Problem> write_state();
  void load(const std::string& file);
  void sort();
  void settle(uint64_t sequence);
  base::Result<void, base::Problem> remove(std::vector<Spooled>& from);
  void at(Step step) const {
    if (hook_) hook_(step);
  }

  const std::string directory_, node_;
  const Hook hook_;
  uint64_t next_ = 0, done_ = 0;
  uint64_t octets_ = 0, dropped_ = 0, dropped_rows_ = 0;
  std::vector<Spooled> waiting_, aside_;
  std::map<uint64_t, std::vector<Cover>> covers_;  ///< of those that wait
  Positions positions_;
  Positions settled_;
  std::vector<base::Problem> problems_;
};

}  // namespace eir::sync::sightings
