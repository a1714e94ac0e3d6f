// SPDX-License-Identifier: GPL-3.0-or-later
// LD_PRELOAD library for user-mode-linux on hosts whose processors have AMX.
//
// Debian 12's user-mode-linux saves its guests' vector state in an image of fixed size. A host with a larger
// one cuts what PTRACE_GETREGSET returns but refuses a short PTRACE_SETREGSET, and the guest's kernel panics with
// "ptrace set fp regs failed". This pads the short image with zeros, which mean "initial state": no tile register in
// use. On other hosts nothing changes.

#define _GNU_SOURCE
#include <stdarg.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kPeekFirst = 1, kPeekLast = 3, kGetRegSet = 0x4204, kSetRegSet = 0x4205, kXstate = 0x202 };

static unsigned char image[1 << 16] __attribute__((aligned(64)));
static size_t host_len;  // octets of the host's image; 0 until asked

static long host_ptrace(long request, long pid, void* address, void* data) {
  return syscall(SYS_ptrace, request, pid, address, data);
}

static long set_xstate(long pid, struct iovec* given) {
  struct iovec whole = {image, sizeof image};
  if (host_len == 0) {
    if (host_ptrace(kGetRegSet, pid, (void*)kXstate, &whole) < 0) return -1;
    host_len = whole.iov_len;
  }
  if (given->iov_len >= host_len) return host_ptrace(kSetRegSet, pid, (void*)kXstate, given);
  memcpy(image, given->iov_base, given->iov_len);
  memset(image + given->iov_len, 0, host_len - given->iov_len);
  whole.iov_len = host_len;
  return host_ptrace(kSetRegSet, pid, (void*)kXstate, &whole);
}

long ptrace(int request, ...) {
  va_list args;
  va_start(args, request);
  const long pid = va_arg(args, int);
  void* const address = va_arg(args, void*);
  void* const data = va_arg(args, void*);
  va_end(args);

  if (request >= kPeekFirst && request <= kPeekLast) {  // glibc's form returns the word itself
    long word = 0;
    const long rc = host_ptrace(request, pid, address, &word);
    return rc < 0 ? rc : word;
  }
  if (request == kSetRegSet && (long)address == kXstate) return set_xstate(pid, data);
  return host_ptrace(request, pid, address, data);
}
