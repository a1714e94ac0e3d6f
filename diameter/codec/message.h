// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "diameter/codec/avp.h"
#include "diameter/codec/dictionary.h"

struct msg;  // libfdproto's

namespace eir::diameter::codec {

inline constexpr unsigned kGroupDepthMax = 8;  ///< groups within groups; deeper is 5004
inline constexpr unsigned kAvpsMax = 1024;     ///< AVPs of a message, groups' included; more is 5012

/// Why a request is refused: the Result-Code, and the AVPs that Failed-AVP shall hold (RFC 6733 §7.5),
/// padded; none for most protocol errors.
struct Complaint {
  ResultCode code = ResultCode::kUnableToComply;
  std::vector<uint8_t> failed;
};

/// Version 5011; 3008 for the E bit, and for the P bit where the command is not `proxiable`: RFC 6733 §§3, 7.1.
/// Reserved bits are ignored, §3. For requests. Nothing when the header is good.
std::optional<ResultCode> header_fault(const Header& header, bool proxiable) noexcept;

/// A request parsed with libfdproto and found to follow its command's grammar: every mandatory AVP known
/// (5001), nothing missing (5005) or too often (5009), every length right (5014), no reserved bit (3009).
/// The slow path. Threads: a value; parse() from any thread. Allocates: yes.
class ParsedRequest {
 public:
  /// REQUIRES: message holds a whole message, its header good, its command one of the dictionary's.
  static base::Result<ParsedRequest, Complaint> parse(Octets message);

  /// The data of the first AVP of that name, at top level or within the group of that name.
  std::optional<Octets> find(AvpId id) const;
  std::optional<Octets> find_in(AvpId group, AvpId id) const;
  std::optional<uint32_t> find_u32(AvpId id) const;

 private:
  struct Free {
    void operator()(msg* m) const;
  };
  explicit ParsedRequest(msg* m) : msg_(m) {}
  std::unique_ptr<msg, Free> msg_;
};

/// Builds an answer with libfdproto. The slow path. Errors stick: finish() tells. Allocates: yes.
class AnswerBuilder {
 public:
  /// Takes identifiers, command, application and P bit from the request; `error` sets the E bit.
  AnswerBuilder(const Header& request, bool error);
  /// REQUIRES: the dictionary knows the AVP, with that type.
  AnswerBuilder& octets(AvpId id, Octets data, std::optional<uint8_t> flags = std::nullopt);
  AnswerBuilder& text(AvpId id, std::string_view data) { return octets(id, octets_of(data)); }
  AnswerBuilder& u32(AvpId id, uint32_t value);
  /// What follows goes into a group, until leave().
  AnswerBuilder& enter(AvpId group);
  AnswerBuilder& leave();
  /// Every Proxy-Info of the request, in order and untouched. RFC 6733 §6.7.2.
  AnswerBuilder& proxy_info(Octets request);
  /// The octets, or nothing when libfdproto failed somewhere.
  std::optional<std::vector<uint8_t>> finish();

 private:
  struct Free {
    void operator()(msg* m) const;
  };
  void* add(AvpId id, const AvpDef*& def);
  std::unique_ptr<msg, Free> msg_;
  void* parent_ = nullptr;
  bool ok_ = true;
};

/// The AVP as Failed-AVP wants it when it is missing: RFC 6733 §7.1.5 (5005), of minimum length, zeros.
std::vector<uint8_t> example_of(AvpId id);

}  // namespace eir::diameter::codec
