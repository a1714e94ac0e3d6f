// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "appliance/config/node_config.h"
#include "core/decision/question.h"

namespace eir::appliance {

/// One answer, as it leaves the answering thread: fixed size, no pointers.
struct TransactionRecord {
  static constexpr size_t kPeerMax = 64;

  std::chrono::system_clock::time_point time;
  identity::Imei imei;
  identity::Imsi imsi;
  identity::Msisdn msisdn;
  identity::Digits calling_gt;
  lists::Version version;
  decision::Interface interface;
  decision::Status told;
  decision::Status judged;
  decision::Reason reason;
  uint8_t peer_len;
  std::array<char, kPeerMax> peer;  ///< longer names are cut
};

/// From one answering thread to the worker. A full queue refuses; nobody waits.
class TransactionQueue {
 public:
  static constexpr size_t kLenMax = 16'384;
  /// Threads: the answering thread. Allocates: no.
  bool push(const TransactionRecord& r) noexcept { return queue_.push(r); }
  /// Threads: the worker.
  bool pop(TransactionRecord& r) { return queue_.pop(r); }
  size_t depth() const { return queue_.read_available(); }

 private:
  boost::lockfree::spsc_queue<TransactionRecord, boost::lockfree::capacity<kLenMax>> queue_;
};

/// Writes records as CSV, rotating by size. Threads: the worker only. The columns are those of the
/// handbook's "Transaction log".
class TransactionLog {
 public:
  ~TransactionLog() { close(); }
  /// Takes a new configuration; an unchanged one changes nothing. On error nothing is written any more.
  base::Result<void, base::Problem> configure(const TransactionLogConfig& config);
  /// Whether such a log could be written; writes nothing and leaves no file that was not there.
  static base::Result<void, base::Problem> probe(const TransactionLogConfig& config);
  void write(const TransactionRecord& record);
  /// Hands what was written to the kernel; call after a batch.
  void flush();
  /// Records that the kernel has, and records that were lost because it refused them.
  uint64_t written() const { return written_; }
  uint64_t failed() const { return failed_; }

  static std::string header();
  /// One row without its newline.
  static std::string format(const TransactionRecord& record, bool mask_identities);

 private:
  base::Result<void, base::Problem> open();
  void rotate();
  void close();

  TransactionLogConfig config_;
  FILE* file_ = nullptr;
  uint64_t size_octets_ = 0;
  uint64_t unflushed_ = 0;  ///< records since the last flush
  uint64_t written_ = 0;
  uint64_t failed_ = 0;
};

}  // namespace eir::appliance
