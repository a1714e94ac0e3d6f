// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "sigtran/sccp/back_writer.h"

namespace eir::sigtran::tcap {

using base::Octets;
using sccp::BackWriter;

/// Nesting of indefinite lengths we follow to find their end.
inline constexpr unsigned kNestingMax = 16;

/// One element: identifier, length, contents. ITU-T X.690 §8.1.
struct Tlv {
  uint32_t tag = 0;  ///< identifier octets as one number, class and form included: 0x30, 0x6B, 0x5F81
  Octets value;      ///< contents, without end-of-contents octets
};

/// Reads elements one after another, in the tolerant form the networks need: long and indefinite
/// lengths where short ones would do. What it hands out never reaches past its own end.
/// Threads: a value. Allocates: no.
class BerReader {
 public:
  BerReader() = default;
  explicit BerReader(Octets data) : in_(data) {}

  bool empty() const { return in_.empty(); }
  Octets rest() const { return in_.rest(); }
  /// Only zeros are left, or nothing: the filling some put behind the last element.
  bool only_zeros_left() const;

  /// The next element. Errors: kTruncated, kBadTag for an identifier above four octets, kBadLength for
  /// an indefinite primitive or a reserved form, kTooDeep above kNestingMax. Nothing moves then.
  base::Result<Tlv> next() noexcept {
    // Nearly every element has one identifier octet and a short length.
    const Octets all = in_.rest();
    constexpr uint8_t kTagFollows = 0x1F;
    constexpr size_t kShortMax = 0x7F;
    if (all.size() < 2 || (all[0] & kTagFollows) == kTagFollows || all[1] > kShortMax || all[1] > all.size() - 2)
      return next_of_any_form();
    in_.skip(size_t{2} + all[1]);
    return Tlv{all[0], all.subspan(2, all[1])};
  }
  /// The next element, which must have this tag. Errors also: kBadTag.
  base::Result<Tlv> next(uint32_t tag) noexcept;

 private:
  base::Result<Tlv> next_of_any_form() noexcept;
  base::ByteReader in_;
};

/// Contents of an INTEGER or ENUMERATED of at most four octets, ITU-T X.690 §8.3; not necessarily in the
/// shortest form. False for no octet or more than four.
bool read_integer(Octets value, int32_t& out) noexcept;

/// Puts identifier and length in front of all that was written since the writer's size was `mark`.
void wrap(BackWriter& w, size_t mark, uint8_t tag) noexcept;
/// A whole primitive element.
void put(BackWriter& w, uint8_t tag, Octets value) noexcept;
/// A whole primitive element of one octet.
void put(BackWriter& w, uint8_t tag, uint8_t value) noexcept;

}  // namespace eir::sigtran::tcap
