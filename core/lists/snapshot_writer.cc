// SPDX-License-Identifier: GPL-3.0-or-later
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/lists/index.h"
#include "core/lists/layer_builder.h"
#include "core/lists/snapshot.h"
#include "core/lists/sources.h"

namespace eir::lists {
namespace {

using base::Problem;
using snapshot_format::aligned;
using snapshot_format::Header;

/// A new file of its whole length, mapped.
class MappedFile {
 public:
  explicit MappedFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {}
  ~MappedFile() {
    unmap();
    if (fd_ >= 0) ::close(fd_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  base::Result<std::span<uint8_t>, Problem> allocate(size_t octets) {
    unmap();
    // Every block is there before it is written to: a full disk is an error here, not a signal later.
    if (fd_ < 0 || ftruncate(fd_, 0) != 0) return failed(errno);
    if (const int error = posix_fallocate(fd_, 0, static_cast<off_t>(octets)); error != 0) return failed(error);
    void* map = mmap(nullptr, octets, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (map == MAP_FAILED) return failed(errno);
    want_huge_pages(map, octets);
    map_ = {static_cast<uint8_t*>(map), octets};
    return map_;
  }
  base::Result<void, Problem> sync() {
    if (msync(map_.data(), map_.size(), MS_SYNC) != 0 || fsync(fd_) != 0) return failed(errno);
    return {};
  }

 private:
  tl::unexpected<Problem> failed(int error) const {
    return base::problem(path_, fmt::format("cannot be written: {}", std::strerror(error)));
  }
  void unmap() {
    if (!map_.empty()) munmap(map_.data(), map_.size());
    map_ = {};
  }
  const std::string path_;
  const int fd_;
  std::span<uint8_t> map_;
};

/// Puts header and checksums to tables that were built behind them.
void seal(BuiltLayer& layer, SnapshotInfo info) {
  Header h;
  h.header_octets = sizeof h;
  h.file_octets = layer.image.size();
  for (auto& row : layer.rows) {
    row.checksum = checksum(layer.image.subspan(row.offset, aligned(row.octets)));
    h.sections[h.section_count++] = row;
  }
  h.epoch = info.version.epoch;
  h.number = info.version.number;
  h.local = info.version.local;
  h.created_at = info.created_at.time_since_epoch().count();
  h.digest_high = info.digest.high;
  h.digest_low = info.digest.low;
  h.counts = layer.counts.array();
  h.checksum = checksum({reinterpret_cast<const uint8_t*>(&h), offsetof(Header, checksum)});
  std::memcpy(layer.image.data(), &h, sizeof h);
}

template <class Source>
base::Result<uint64_t, Problem> write(const std::string& path, Source& source, const SnapshotInfo& info) {
  MappedFile file(path);
  auto layer = LayerBuilder(source, sizeof(Header)).build([&](size_t octets) { return file.allocate(octets); });
  if (!layer) return tl::unexpected(layer.error());
  seal(*layer, info);
  if (const auto done = file.sync(); !done) return tl::unexpected(done.error());
  return layer->image.size();
}

Memory image_of(const Entries& entries, const TermsPool& pool, const SnapshotInfo& info) {
  Memory image;
  EntriesSource source{entries, pool};
  auto layer =
      LayerBuilder(source, sizeof(Header)).build([&](size_t octets) -> base::Result<std::span<uint8_t>, Problem> {
        auto memory = Memory::of(octets);
        if (!memory) return tl::unexpected(memory.error());
        image = std::move(*memory);
        return image.octets();
      });
  if (!layer) return {};
  seal(*layer, info);
  return image;
}

}  // namespace

base::Result<uint64_t, Problem> write_snapshot(const std::string& path, const Entries& entries, const TermsPool& pool,
                                               const SnapshotInfo& info) {
  EntriesSource source{entries, pool};
  return write(path, source, info);
}

base::Result<uint64_t, Problem> write_snapshot(const std::string& path, const Index& index, const SnapshotInfo& info) {
  LayersSource<false> source(index.layers());
  return write(path, source, info);
}

std::shared_ptr<const Snapshot> Snapshot::of(Entries entries, const TermsPool& pool, Version version) {
  Entries::for_each(entries, [](auto& v) {
    std::sort(v.begin(), v.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
  });
  SnapshotInfo info;
  info.version = version;
  std::shared_ptr<Snapshot> snapshot(new Snapshot);
  snapshot->held_ = image_of(entries, pool, info);
  return snapshot->read(snapshot->held_.octets(), "snapshot in memory") ? snapshot : nullptr;
}

}  // namespace eir::lists
