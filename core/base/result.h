// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace eir::base {

/// The room an error comes from. Names as the folders.
enum class Room : uint8_t { kBase, kIdentity, kLists, kStore, kMtp, kSccp, kTcap, kMap, kPeer, kS13 };

/// Why octets were refused. One vocabulary for every codec.
enum class Cause : uint8_t {
  kTruncated,       ///< the input ended inside an element
  kBadTag,          ///< an element other than the one the grammar asks for
  kBadLength,       ///< a length the grammar does not allow here
  kBadValue,        ///< a value outside its range
  kTrailing,        ///< octets after the end of the last element
  kTooDeep,         ///< nesting above the codec's bound
  kTooMany,         ///< more elements than the codec's bound
  kNoRoom,          ///< the output does not fit the caller's buffer
  kUnknown,         ///< a message or element type nobody defined
  kNotImplemented,  ///< defined, and not built yet
};

/// An error of a codec: where, why, and at which octet of its input. Never allocates.
struct Error {
  Room room;
  Cause cause;
  uint32_t offset = 0;  ///< octets from the start of the codec's input

  friend bool operator==(const Error&, const Error&) = default;
};

std::string_view to_string(Room room) noexcept;
std::string_view to_string(Cause cause) noexcept;

/// An error for a person: what was wrong, with its place ("lists.csv:7:imei", "eird.cfg:31").
/// For files, configuration and set-up; the answering path never makes one.
struct Problem {
  std::string where;  ///< may be empty
  std::string text;   ///< one sentence, no full stop

  /// "where: text", or the text alone.
  std::string message() const { return where.empty() ? text : where + ": " + text; }
};

/// Values or errors across rooms; no exception crosses a room.
template <class T, class E = Error>
using Result = tl::expected<T, E>;
template <class E>
using Unexpected = tl::unexpected<E>;

inline tl::unexpected<Error> fail(Room room, Cause cause, size_t offset) {
  return tl::unexpected<Error>(Error{room, cause, static_cast<uint32_t>(offset)});
}
inline tl::unexpected<Problem> problem(std::string where, std::string text) {
  return tl::unexpected<Problem>(Problem{std::move(where), std::move(text)});
}

}  // namespace eir::base
