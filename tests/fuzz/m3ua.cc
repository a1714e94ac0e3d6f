// SPDX-License-Identifier: GPL-3.0-or-later
// M3UA as the binding reads it: DATA, the check of management messages, SSNM.
#include <array>
#include <cstdlib>

#include "sigtran/mtp/m3ua.h"

using namespace eir;
using namespace eir::sigtran::mtp;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const base::Octets message(data, size);
  if (const auto decoded = m3ua::decode_data(message)) {
    if (decoded->user_data.size() > size) std::abort();
    static std::array<uint8_t, 70'000> buffer;
    base::ByteWriter out(buffer);
    if (!m3ua::encode_data(*decoded, out)) std::abort();
    const auto again = m3ua::decode_data(out.written());
    if (!again || again->opc != decoded->opc || again->dpc != decoded->dpc ||
        again->routing_context != decoded->routing_context || again->user_data.size() != decoded->user_data.size()) {
      std::abort();
    }
  }
  if (m3ua::check_management(message)) {
    if (const auto ssnm = m3ua::decode_ssnm(message); ssnm && ssnm->affected.size() / 4 > m3ua::kAffectedMax) {
      std::abort();
    }
  }
  return 0;
}
