// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eir::sync::epp {

/// The namespaces we speak; each has a schema in config/schemas.
enum class Ns : uint8_t { kEpp, kImei, kLock, kVersion, kProposal, kJob, kSite };
inline constexpr unsigned kNamespaces = 7;
inline constexpr std::array<std::string_view, kNamespaces> kNamespaceUris = {
    "urn:ietf:params:xml:ns:epp-1.0",     "urn:ietf:params:xml:ns:imei-1.0",     "urn:ietf:params:xml:ns:lock-1.0",
    "urn:ietf:params:xml:ns:version-1.0", "urn:ietf:params:xml:ns:proposal-1.0", "urn:ietf:params:xml:ns:job-1.0",
    "urn:ietf:params:xml:ns:site-1.0"};
/// The prefixes we write; EPP's own is the default namespace.
inline constexpr std::array<std::string_view, kNamespaces> kPrefixes = {"",         "imei", "lock", "version",
                                                                        "proposal", "job",  "site"};

constexpr std::string_view uri_of(Ns ns) { return kNamespaceUris[static_cast<size_t>(ns)]; }
constexpr std::string_view prefix_of(Ns ns) { return kPrefixes[static_cast<size_t>(ns)]; }
constexpr std::optional<Ns> ns_from(std::string_view uri) {
  for (size_t i = 0; i < kNamespaces; ++i)
    if (kNamespaceUris[i] == uri) return static_cast<Ns>(i);
  return std::nullopt;
}

/// An element's qualified name.
struct Tag {
  Ns ns;
  std::string_view name;
  friend constexpr bool operator==(const Tag&, const Tag&) = default;
};

/// A set of namespaces: what a client asked for at login.
class NsSet {
 public:
  constexpr void add(Ns ns) { bits_ = static_cast<uint8_t>(bits_ | 1u << static_cast<unsigned>(ns)); }
  constexpr bool has(Ns ns) const { return bits_ & 1u << static_cast<unsigned>(ns); }
  friend constexpr bool operator==(NsSet, NsSet) = default;

 private:
  uint8_t bits_ = 0;
};

}  // namespace eir::sync::epp
