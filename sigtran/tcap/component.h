// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sigtran/tcap/ber.h"

namespace eir::sigtran::tcap {

using InvokeId = int8_t;

/// Reject problems as they stand on the wire, choice tag and value. ITU-T Q.773 §3.2, table 20.
struct Problem {
  uint8_t kind;
  uint8_t value;
  friend bool operator==(const Problem&, const Problem&) = default;
};
inline constexpr Problem kUnrecognizedComponent{0x80, 0};
inline constexpr Problem kMistypedComponent{0x80, 1};
inline constexpr Problem kBadlyStructuredComponent{0x80, 2};
inline constexpr Problem kDuplicateInvokeId{0x81, 0};
inline constexpr Problem kUnrecognizedOperation{0x81, 1};
inline constexpr Problem kMistypedParameter{0x81, 2};
inline constexpr Problem kUnrecognizedLinkedId{0x81, 5};
inline constexpr Problem kResultUnrecognizedInvokeId{0x82, 0};
inline constexpr Problem kErrorUnrecognizedInvokeId{0x83, 0};

/// A component as it came: an invoke, something to reject, or something to pass over.
struct Component {
  enum class Kind : uint8_t { kInvoke, kFaulty, kIgnored };
  Kind kind = Kind::kFaulty;
  Problem problem = kBadlyStructuredComponent;  ///< of a faulty one
  std::optional<InvokeId> id;                   ///< where it could be read; always there for an invoke
  /// A local operation code; none for a global one, or a number beyond 32 bits.
  std::optional<int32_t> operation;
  Octets parameter;  ///< all that follows the operation code, as it came
};

/// Walks over a component portion. We never invoke, so results and errors answer nothing of ours and are
/// faulty; a Reject is ignored. ITU-T Q.773 §3.2, Q.774 §3.2.2.2. Allocates: no.
class ComponentReader {
 public:
  explicit ComponentReader(Octets portion) : in_(portion) {}
  /// False at the end. After an element that is no BER at all nothing more can be read.
  bool next(Component& out) noexcept;

 private:
  BerReader in_;
};

/// A component we send. A value.
struct Reply {
  enum class Kind : uint8_t { kResult, kError, kReject };
  static constexpr size_t kParameterOctetsMax = 5;

  Kind kind = Kind::kReject;
  std::optional<InvokeId> id;                            ///< none only in a Reject
  uint8_t operation = 0;                                 ///< of a result
  uint8_t error = 0;                                     ///< local error code of an error
  Problem problem{};                                     ///< of a Reject
  std::array<uint8_t, kParameterOctetsMax> parameter{};  ///< whole elements, of a result
  uint8_t parameter_len = 0;

  static Reply make_reject(std::optional<InvokeId> id, Problem problem) {
    Reply r;
    r.id = id;
    r.problem = problem;
    return r;
  }
  static Reply make_error(InvokeId id, uint8_t error) {
    Reply r;
    r.kind = Kind::kError;
    r.id = id;
    r.error = error;
    return r;
  }
};

/// Octets write_reply() needs at most: a result.
inline constexpr size_t kReplyOctetsMax = 2 + 3 + 2 + 3 + Reply::kParameterOctetsMax;
void write_reply(BackWriter& w, const Reply& reply) noexcept;

}  // namespace eir::sigtran::tcap
