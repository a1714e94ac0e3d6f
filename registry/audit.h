// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/store.h"

/// Who asked what when, and what it changed: records packed into blocks, one block for each commit of the store, each
/// block naming the one before by its hash.
///
///     hash = SHA-256 over: "turnstile-audit 1" | number 8 | at 8 (milliseconds since 1970) | records 4 | previous 32 |
///            body
///     body: records, each: type 1 | length 4 | what follows
namespace eir::registry {

/// Numbers are fixed.
enum class RecordType : uint8_t {
  kCommand = 1,
  kImei = 2,    ///< an IMEI that a command changed, or tried to
  kEntry = 3,   ///< an entry of another kind
  kWord = 4,    ///< a dictionary's new word, which later records name by its number
  kEvent = 5,   ///< what no user asked for: a version was made, a message was dropped
  kResume = 6,  ///< what follows was done for an earlier command: a job
  kItem = 7,    ///< an item of a job that is more than names: what it asked, its outcome; after what it changed
};

struct CommandRecord {
  uint64_t sequence = 0;  ///< from 1, without a gap
  int64_t at_ms = 0;
  UserId user = 0;
  std::string user_name;
  Role role{};
  std::string address;
  std::string cl_trid, sv_trid;
  bool missing = false;   ///< no clTRID was given
  bool repeated = false;  ///< the user had used it before
  std::string verb, object, asked;
  Code code{};
  Why why{};
  std::string refused;  ///< names, at most kAskedMax octets
};

struct ImeiRecord {
  uint64_t place = 0;
  Code code = Code::kDone;
  lists::ListSet lists_before, lists_after;
  uint32_t terms_before = 0, terms_after = 0;
  uint32_t device_before = 0, device_after = 0;
};

struct EntryRecord {
  std::optional<EntryRow> before, after;
};

/// One record of any type, for whoever reads.
struct AuditRecord {
  RecordType type{};
  uint64_t sequence = 0;  ///< of the command it belongs to
  CommandRecord command;
  ImeiRecord imei;
  EntryRecord entry;
  Dictionary dictionary{};
  uint32_t word = 0;
  std::string text;  ///< of a word, of an event, of an item
};

base::Hash hash_of(const BlockRow& block);
/// Nothing when the body is no row of records.
std::optional<std::vector<AuditRecord>> records_of(const BlockRow& block);
/// What a transaction identifier is found by: a hash, but that those which count up lie side by side, kTridRun of them,
/// so that the index changes in one place where many are put on record. Below 2^63, as SQL wants it.
inline constexpr uint64_t kTridRun = 64;
uint64_t trid_key(std::string_view trid);
/// The setting of a store whose identifiers are all found so. In others there may be some of before, found by the hash.
inline constexpr std::string_view kTridsByKey = "audit.trids-by-key";
uint64_t trid_hash(std::string_view trid);

/// The block that is being written. Threads: one.
class AuditBlock {
 public:
  void add(const CommandRecord& record);
  void add(const ImeiRecord& record);
  void add(const EntryRecord& record);
  void add_word(Dictionary dictionary, uint32_t id, std::string_view body);
  void add_event(std::string_view text);
  void add_item(std::string_view text);
  void resume(uint64_t sequence);
  /// Takes over all of another's records.
  void append(AuditBlock& other);
  bool empty() const { return records_ == 0; }
  /// The block after `previous`, whose number and hash it goes on from; begins anew.
  BlockRow finish(uint64_t number, const base::Hash& previous, int64_t at_ms);
  void clear();

 private:
  class Record;
  std::string body_;
  uint32_t records_ = 0;
};

/// What looking for tampering found.
struct AuditReport {
  bool whole = true;
  std::string fault;    ///< one sentence: the first thing that is wrong, and where
  uint64_t blocks = 0;  ///< that hang together from the first on
  uint64_t records = 0;
  uint64_t commands = 0;
  base::Hash head{};     ///< of the last of them
  uint64_t anchors = 0;  ///< that were looked for
  uint64_t anchors_found = 0;
  uint64_t anchored = 0;      ///< the newest block an anchor names: nothing up to it can have been cut off
  uint64_t after_anchor = 0;  ///< blocks after it, which only the chain itself proves
  uint64_t records_after = 0;
  uint64_t site_blocks = 0;  ///< of the site's own chain, that hang together from the first on
  uint64_t site_records = 0;
  uint64_t site_commands = 0;
};

/// Walks the whole chain: every hash, every number, every command's sequence. With anchors (audit heads out of version
/// manifests, as nodes keep them) also that each of them stands in it: one that does not means that blocks were cut
/// off, or written anew. Then the chain of what this site alone was asked, in the same way: no anchor names it.
AuditReport verify_audit(StoreReader& store, const std::vector<base::Hash>& anchors);

/// The audit heads in a text: manifests, or lines that hold nothing else. Heads of zeros, which stand in manifests
/// made before the first block, are left out.
std::vector<base::Hash> anchors_in(std::string_view text);

/// The commands with that clTRID or svTRID, newest first, with what they changed.
inline constexpr size_t kFoundMax = 100;
std::vector<AuditRecord> find_commands(StoreReader& store, std::string_view trid, std::optional<UserId> user);

/// The same in the chain of what this site alone was asked while it followed, oldest first, for several identifiers in
/// one walk: that chain has no index.
std::vector<AuditRecord> find_site_commands(StoreReader& store, const std::vector<std::string>& trids);

}  // namespace eir::registry
