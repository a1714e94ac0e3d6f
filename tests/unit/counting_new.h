// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

/// Programs that link counting_new.cc count every operator new.
namespace eir::test {

uint64_t allocations();         ///< of all threads
uint64_t server_allocations();  ///< of the threads a peer::Server names "diameter/N"

}  // namespace eir::test
