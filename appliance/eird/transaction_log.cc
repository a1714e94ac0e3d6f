// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/transaction_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/result.h"

namespace eir::appliance {
namespace {

/// RFC 4180: an Origin-Host may hold a comma or a quote; control characters never reach the file.
std::string quoted(std::string_view text) {
  std::string out;
  bool quote = false;
  for (const char c : text) {
    quote |= c == ',' || c == '"';
    if (c == '"') out += '"';
    out += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  return quote ? '"' + out + '"' : out;
}

}  // namespace

std::string TransactionLog::header() {
  return "time,interface,peer,imei,sv,imsi,msisdn,calling_gt,answer,decision,reason,list_version";
}

std::string TransactionLog::format(const TransactionRecord& r, bool mask_identities) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(r.time);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(r.time - seconds).count();
  const auto svn = r.imei.svn();
  const auto digits = [&](identity::Digits d) { return mask_identities ? identity::masked(d) : d.str(); };
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z,{},{},{},{},{},{},{},{},{},{},{}", seconds, ms,
                     to_string(r.interface), quoted({r.peer.data(), r.peer_len}),
                     mask_identities ? identity::masked(r.imei) : std::string(r.imei.text()),
                     svn ? fmt::format("{:02}", *svn) : "", digits(r.imsi), digits(r.msisdn), r.calling_gt.str(),
                     to_string(r.told), to_string(r.judged), to_string(r.reason), r.version.str());
}

base::Result<void, base::Problem> TransactionLog::configure(const TransactionLogConfig& config) {
  if (config == config_ && (file_ || config.path.empty())) return {};
  if (config.path != config_.path) close();
  config_ = config;
  return open();
}

base::Result<void, base::Problem> TransactionLog::open() {
  if (config_.path.empty() || file_) return {};
  file_ = std::fopen(config_.path.c_str(), "ae");
  if (!file_) return base::problem(config_.path, std::strerror(errno));
  std::fseek(file_, 0, SEEK_END);
  size_octets_ = static_cast<uint64_t>(std::ftell(file_));
  if (size_octets_ == 0) size_octets_ += static_cast<uint64_t>(std::fprintf(file_, "%s\n", header().c_str()));
  std::fflush(file_);
  return {};
}

base::Result<void, base::Problem> TransactionLog::probe(const TransactionLogConfig& config) {
  if (config.path.empty()) return {};
  const bool there = access(config.path.c_str(), F_OK) == 0;
  FILE* file = std::fopen(config.path.c_str(), "ae");
  if (!file) return base::problem(config.path, std::strerror(errno));
  std::fclose(file);
  if (!there) std::remove(config.path.c_str());
  return {};
}

void TransactionLog::write(const TransactionRecord& record) {
  if (config_.path.empty()) return;
  if (!file_ && !open()) {
    ++failed_;
    return;
  }
  const std::string row = format(record, config_.mask_identities) + '\n';
  std::fwrite(row.data(), 1, row.size(), file_);  // an error stays with the stream until flush()
  size_octets_ += row.size();
  ++unflushed_;
  if (size_octets_ >= config_.rotate_octets) rotate();
}

void TransactionLog::flush() {
  if (!file_ || unflushed_ == 0) return;
  const bool lost = std::fflush(file_) != 0 || std::ferror(file_);
  std::clearerr(file_);
  (lost ? failed_ : written_) += unflushed_;
  unflushed_ = 0;
}

void TransactionLog::rotate() {
  close();
  for (unsigned i = config_.keep; i > 1; --i)
    std::rename(fmt::format("{}.{}", config_.path, i - 1).c_str(), fmt::format("{}.{}", config_.path, i).c_str());
  if (config_.keep > 0)
    std::rename(config_.path.c_str(), fmt::format("{}.1", config_.path).c_str());
  else
    std::remove(config_.path.c_str());
  if (!open()) ++failed_;
}

void TransactionLog::close() {
  flush();
  if (file_) std::fclose(file_);
  file_ = nullptr;
  size_octets_ = 0;
}

}  // namespace eir::appliance
