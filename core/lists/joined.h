// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <vector>

#include "core/lists/index.h"

namespace eir::lists {

inline constexpr size_t kSourcesMax = 8;

/// Several sources' lists as one, joined when asked:
/// - an IMEI, a pair: the union of the sources' lists; a rule for the software version replaces what any source
///   has for the IMEI;
/// - ranges: the narrowest of all sources; of one place the union. Ranges of two sources may overlap;
/// - subscribers, exceptions: the longest match of all sources; of the same length the union, and the strictest
///   ruling (strictness());
/// - locks: those of all sources; the mirror: what the sources do not contradict; a TAC's class: the first source's
///   that knows one.
/// The note is that of what is stricter. Threads: immutable. Allocates: not when asked.
class Joined final : public View {
 public:
  /// REQUIRES: 1 to kSourcesMax sources, none null.
  Joined(std::vector<std::shared_ptr<const Index>> sources, Version version);

  Hit individual(identity::ImeiKey key, const identity::Svn* svn, base::UnixSeconds at) const noexcept override;
  Hit range(identity::ImeiKey key, base::UnixSeconds at) const noexcept override;
  Hit subscriber(SubscriberKey::Type type, identity::Digits digits, base::UnixSeconds at) const noexcept override;
  Hit pair(identity::ImeiKey key, SubscriberKey who, base::UnixSeconds at) const noexcept override;
  ExceptionHit exception(SubscriberKey::Type type, identity::Digits digits,
                         base::UnixSeconds at) const noexcept override;
  bool has_locks() const noexcept override { return has_locks_; }
  void device_locks(identity::ImeiKey key, base::UnixSeconds at, LockVisitor& visitor) const noexcept override;
  void subscriber_locks(identity::Imsi imsi, identity::Msisdn msisdn, base::UnixSeconds at,
                        LockVisitor& visitor) const noexcept override;
  identity::Msisdn msisdn_of(identity::Imsi imsi) const noexcept override;
  identity::Imsi imsi_of(identity::Msisdn msisdn) const noexcept override;
  std::string_view device_class(uint32_t tac, base::UnixSeconds at) const noexcept override;
  void look(std::span<const Sought> sought, std::span<Look> out) const noexcept override;
  Version version() const noexcept override { return version_; }

  const std::vector<std::shared_ptr<const Index>>& sources() const { return sources_; }

 private:
  const std::vector<std::shared_ptr<const Index>> sources_;
  const Version version_;
  bool has_locks_ = false;
};

}  // namespace eir::lists
