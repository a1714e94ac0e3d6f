// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/result.h"

namespace eir::lists {

/// Asks for huge pages for mapped memory: tables are read at random places, and a page table entry that is not at
/// hand costs as much as the memory itself. For files it holds where the file system keeps them in huge pages (XFS;
/// ext4 since Linux 6.16); elsewhere nothing changes. REQUIRES: whole mapping.
void want_huge_pages(void* map, size_t octets) noexcept;

/// Zeroed memory of its own, at the beginning of a page, in huge pages where it is large, all of it there before it is
/// touched. Threads: one owner.
class Memory {
 public:
  Memory() = default;
  /// Errors: there is not as much.
  static base::Result<Memory, base::Problem> of(size_t octets);
  Memory(Memory&& o) noexcept;
  Memory& operator=(Memory&& o) noexcept;
  ~Memory();

  std::span<uint8_t> octets() const { return octets_; }

 private:
  std::span<uint8_t> octets_;
};

}  // namespace eir::lists
