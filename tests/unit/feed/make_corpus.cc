// SPDX-License-Identifier: GPL-3.0-or-later
// Writes the seeds of the fuzz target "feed": feed_make_corpus tests/fuzz/corpus/feed

#include "core/feed/data.h"
#include "tests/unit/feed/states.h"

int main(int argc, char** argv) {
  using namespace eir;
  if (argc != 2) return 1;
  std::filesystem::create_directories(argv[1]);
  std::mt19937 random(5);
  int number = 0;
  const auto write = [&](char kind, const std::string& octets) {
    std::ofstream(std::string(argv[1]) + "/seed" + std::to_string(number++), std::ios::binary) << kind << octets;
  };
  for (const unsigned size : {0U, 1U, 3U, 10U}) {
    const feed::State from = feed::random_state(random, size), to = feed::random_state(random, size);
    const lists::Change change = feed::difference(from, to);
    const auto data = [&](char kind, size_t places, char piece, const std::function<bool(const feed::Sink&)>& encode) {
      std::string octets{static_cast<char>(places), piece};
      encode([&](std::span<const uint8_t> o) {
        octets.append(o.begin(), o.end());
        return true;
      });
      write(kind, octets);
    };
    data(1, change.places(), 0, [&](const feed::Sink& s) { return feed::write_change(change, s); });
    data(2, to.entries.size(), 9, [&](const feed::Sink& s) { return feed::write_full(to.entries, to.terms, s); });
    store::Manifest m;
    m.version = {1 + size, 7};
    if (size % 2) m.base = {1 + size, 6};
    m.counts = to.entries.counts();
    m.digests = feed::digests(to);
    m.places = change.places();
    write(0, store::manifest_text("centre", m));
  }
  return 0;
}
