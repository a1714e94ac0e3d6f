// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/result.h"

namespace eir::base {

std::string_view to_string(Room room) noexcept {
  switch (room) {
    case Room::kBase: return "base";
    case Room::kIdentity: return "identity";
    case Room::kLists: return "lists";
    case Room::kStore: return "store";
    case Room::kMtp: return "mtp";
    case Room::kSccp: return "sccp";
    case Room::kTcap: return "tcap";
    case Room::kMap: return "map";
    case Room::kPeer: return "peer";
    case Room::kS13: return "s13";
  }
  return "?";
}

std::string_view to_string(Cause cause) noexcept {
  switch (cause) {
    case Cause::kTruncated: return "truncated";
    case Cause::kBadTag: return "bad-tag";
    case Cause::kBadLength: return "bad-length";
    case Cause::kBadValue: return "bad-value";
    case Cause::kTrailing: return "trailing";
    case Cause::kTooDeep: return "too-deep";
    case Cause::kTooMany: return "too-many";
    case Cause::kNoRoom: return "no-room";
    case Cause::kUnknown: return "unknown";
    case Cause::kNotImplemented: return "not-implemented";
  }
  return "?";
}

}  // namespace eir::base
