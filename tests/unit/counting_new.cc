// SPDX-License-Identifier: GPL-3.0-or-later
// On its own, so that no compiler sees both ends of an allocation and finds them mismatched.
#include "tests/unit/counting_new.h"

#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<uint64_t> all{0};
std::atomic<uint64_t> server{0};

bool in_server_thread() {
  char name[16] = {};
  return pthread_getname_np(pthread_self(), name, sizeof name) == 0 && std::strncmp(name, "diameter/", 9) == 0;
}

}  // namespace

void* operator new(size_t size) {
  all.fetch_add(1, std::memory_order_relaxed);
  if (in_server_thread()) server.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size ? size : 1)) return p;
  std::abort();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace eir::test {

uint64_t allocations() { return all.load(); }
uint64_t server_allocations() { return server.load(); }

}  // namespace eir::test
