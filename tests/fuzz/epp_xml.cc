// SPDX-License-Identifier: GPL-3.0-or-later
// A peer's XML through screen, parser, schema and mapping. What is taken is written and taken again as the
// same; what is refused has an answer that is valid.

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "sync/epp/codec.h"

namespace {

using namespace eir::sync::epp;

constexpr size_t kInputMax = 65536;

void require(bool good) {
  if (!good) std::abort();
}

template <class T>
void comes_back(Codec& codec, const T& value) {
  const std::string once = codec.write(value);
  const auto frame = codec.read(once);
  require(frame && std::holds_alternative<T>(*frame));
  require(codec.write(std::get<T>(*frame)) == once);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const Messages messages = *Messages::load(EIR_SOURCE_DIR "/config/messages");
  static const std::unique_ptr<Codec> held = std::move(*Codec::make(EIR_SOURCE_DIR "/config/schemas", messages));
  Codec& codec = *held;
  if (size > kInputMax) return 0;
  const auto frame = codec.read({reinterpret_cast<const char*>(data), size});
  if (!frame) {
    Reply reply = refuse(frame.error().code);
    reply.offenders = frame.error().offenders;
    reply.cl_trid = frame.error().cl_trid;
    reply.sv_trid = "TST-1";
    reply.language = size % 2 ? "en" : "uk";
    const std::string xml = codec.write(reply);
    require(codec.counters().output_invalid.get() == 0);
    const auto read = codec.read(xml);
    require(read && std::get<Reply>(*read).code == reply.code);
  } else if (const auto* command = std::get_if<Command>(&*frame)) {
    comes_back(codec, *command);
  }
  return 0;
}
