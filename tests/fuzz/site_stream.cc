// SPDX-License-Identifier: GPL-3.0-or-later
// What another site of the centre sends: questions, answers, and the record of what it committed. The first octet says
// which.
#include <cstdlib>
#include <memory>
#include <string_view>

#include "registry/sqlite_store.h"
#include "registry/stream_messages.h"
#include "tests/unit/temp_directory.h"

namespace {

using namespace eir::registry;

void require(bool good) {
  if (!good) std::abort();
}

/// What was read is written as what is read as the same.
template <class Message, class Decode>
void comes_back(const Message& message, Decode decode) {
  const std::string once = encode(message);
  const auto again = decode(once);
  require(again && encode(*again) == once);
}

/// Operations on a store that keeps none of them.
void repeat(std::string_view operations) {
  static const eir::test::TempDirectory directory;
  static SqliteStore store(SqliteOptions{directory.path(), 16});
  static const std::unique_ptr<StoreWriter> writer = std::move(*store.writer());
  require(writer->begin());
  Replayed seen;
  replay(operations, 1, *writer, seen);
  writer->rollback();
  require(!writer->newest_version());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1) return 0;
  const std::string_view octets(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      if (const auto ask = decode_ask(octets)) comes_back(*ask, decode_ask);
      break;
    case 1:
      if (const auto answer = decode_answer(octets)) comes_back(*answer, decode_answer);
      break;
    default: repeat(octets);
  }
  return 0;
}
