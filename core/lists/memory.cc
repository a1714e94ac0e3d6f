// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/memory.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <cerrno>
#include <utility>

namespace eir::lists {

void want_huge_pages(void* map, size_t octets) noexcept {
  constexpr size_t kHugePage = size_t{2} << 20;
  if (octets >= kHugePage) (void)madvise(map, octets, MADV_HUGEPAGE);
}

base::Result<Memory, base::Problem> Memory::of(size_t octets) {
  Memory memory;
  if (octets == 0) return memory;
  const auto none = base::problem("", fmt::format("no memory for tables of {} octets", octets));
  void* map = mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (map == MAP_FAILED) return none;
  memory.octets_ = {static_cast<uint8_t*>(map), octets};
  want_huge_pages(map, octets);
  // At once and for writing: a page that is read first is the zero page, and each that then takes its place interrupts
  // all threads. Before Linux 5.14 it is so.
  if (madvise(map, octets, MADV_POPULATE_WRITE) != 0 && errno == ENOMEM) return none;
  return memory;
}

Memory::Memory(Memory&& o) noexcept : octets_(std::exchange(o.octets_, {})) {}

Memory& Memory::operator=(Memory&& o) noexcept {
  std::swap(octets_, o.octets_);
  return *this;
}

Memory::~Memory() {
  if (!octets_.empty()) munmap(octets_.data(), octets_.size());
}

}  // namespace eir::lists
