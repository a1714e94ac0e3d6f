// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "diameter/codec/codes.h"

struct dictionary;   // libfdproto's
struct dict_object;  // libfdproto's

namespace eir::diameter::codec {

/// The basic data formats of RFC 6733 §4.2 as far as a length can be judged by them. kOctets also stands
/// for groups that are not ours to look into (Proxy-Info §6.7.2, Failed-AVP §7.5, Supported-Features).
enum class AvpType : uint8_t { kOctets, kUnsigned32, kUnsigned64, kGrouped };

struct AvpDef {
  AvpId id;
  const char* name;
  AvpType type;
  uint8_t flags;  ///< that we send
  dict_object* object = nullptr;
};

/// What this node knows of Diameter: RFC 6733's base protocol and 3GPP TS 29.272's S13, from a table of
/// our own, loaded into libfdproto. Made once, never changed, never freed. Threads: any.
class Dictionary {
 public:
  /// Null when libfdproto could not make it (out of memory).
  static const Dictionary* instance() noexcept;

  /// Null for an AVP we do not know.
  const AvpDef* find(AvpId id) const noexcept;
  dictionary* raw() const { return dict_; }

 private:
  Dictionary() = default;
  bool load();
  dictionary* dict_ = nullptr;
};

}  // namespace eir::diameter::codec
