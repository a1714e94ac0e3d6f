// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>

#include "core/base/result.h"
#include "registry/stream.h"

/// What sites ask each other, and answer. Every question says what its asker is, every answer what its giver is.
namespace eir::registry {

/// A site as it stands.
struct SiteState {
  std::string name;
  uint32_t epoch = 0;
  bool active = false;
  uint64_t block = 0;  ///< the newest
  base::Hash head{};   ///< its hash
};

/// Numbers are fixed: they go over the line.
enum class Question : uint8_t {
  kState = 1,    ///< nothing but the answer's head
  kRecords = 2,  ///< "I have block N with hash H on my disk": what comes after it?
  kHash = 3,     ///< what is block N's hash with you?
  kCopy = 4,     ///< a copy of everything is wanted
  kPiece = 5,    ///< of a copy, from an offset on
};
struct Ask {
  SiteState site;
  Question what = Question::kState;
  uint64_t block = 0;                 ///< of kRecords and kHash; of kPiece: the copy
  base::Hash hash{};                  ///< of kRecords
  std::chrono::milliseconds wait{0};  ///< of kRecords: for so long when there is nothing yet; at most kWaitMax
  uint64_t offset = 0;                ///< of kPiece
};

enum class Reply : uint8_t {
  kState = 1,
  kRecords = 2,   ///< in their order; none: nothing came
  kDiverged = 3,  ///< that block is not here, or another one is
  kGone = 4,      ///< it is, but what came after it is no longer kept
  kHash = 5,      ///< `found` says whether there is such a block
  kCopy = 6,      ///< number, octets and newest block of a copy
  kPiece = 7,
  kRefused = 8,  ///< and why, in `data`
};
struct Answer {
  SiteState site;
  Reply what = Reply::kState;
  std::vector<StreamRecord> records;
  bool found = false;
  base::Hash hash{};  ///< of kHash; of kCopy: of its newest block
  uint64_t copy = 0, octets = 0, block = 0;
  std::string data;
};

inline constexpr std::chrono::milliseconds kWaitMax{10'000};
inline constexpr uint64_t kAnswerOctets = 4u << 20;  ///< of records: no more are added above it
inline constexpr uint64_t kPieceOctets = 1u << 20;
inline constexpr size_t kSiteNameMax = 64;

std::string encode(const Ask& ask);
std::string encode(const Answer& answer);
/// Nothing when the octets are none. Threads: pure.
std::optional<Ask> decode_ask(std::string_view octets);
std::optional<Answer> decode_answer(std::string_view octets);

/// How a question gets to another site: the port that TLS implements in sync/stream. Threads: one.
class StreamLink {
 public:
  virtual ~StreamLink() = default;
  /// Errors: the way there, or no answer in time. It can be used again then.
  virtual base::Result<std::string, base::Problem> exchange(std::string_view ask, std::chrono::milliseconds most) = 0;
};

}  // namespace eir::registry
