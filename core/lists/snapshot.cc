// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/snapshot.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/lists/snapshot_format.h"

namespace eir::lists {
namespace {

using base::Problem;
using base::problem;
using snapshot_format::Header;
using snapshot_format::SectionRow;

base::Result<Header, Problem> read_header(std::span<const uint8_t> image, const std::string& name) {
  Header h;
  if (image.size() < sizeof h) return problem(name, "shorter than a snapshot's header");
  std::memcpy(&h, image.data(), sizeof h);
  if (h.magic != snapshot_format::kMagic) return problem(name, "no snapshot: the first octets are others");
  if (h.format < snapshot_format::kOldestFormat || h.format > snapshot_format::kFormat)
    return problem(name, fmt::format("snapshot format {}, this program reads {} to {}", h.format,
                                     snapshot_format::kOldestFormat, snapshot_format::kFormat));
  if (h.checksum != checksum(image.first(offsetof(Header, checksum))))
    return problem(name, "the header's checksum is wrong");
  if (h.header_octets != sizeof h || h.section_count > h.sections.size())
    return problem(name, "the header's lengths are wrong");
  if (h.file_octets != image.size())
    return problem(name, fmt::format("{} octets long instead of {}", image.size(), h.file_octets));
  return h;
}

}  // namespace

base::Result<void, Problem> Snapshot::read(std::span<const uint8_t> image, const std::string& name) {
  const auto header = read_header(image, name);
  if (!header) return tl::unexpected(header.error());
  const Header& h = *header;
  RangesOfFormat3 older;
  for (size_t i = 0; i < h.section_count; ++i) {
    const SectionRow& row = h.sections[i];
    if (row.offset % snapshot_format::kAlign || row.offset > image.size() || row.octets > image.size() - row.offset ||
        snapshot_format::aligned(row.octets) > image.size() - row.offset)
      return problem(name, fmt::format("section {} reaches outside the file", row.kind));
    if (checksum(image.subspan(row.offset, snapshot_format::aligned(row.octets))) != row.checksum)
      return problem(name, fmt::format("the checksum of section {} is wrong", row.kind));
    if (!snapshot_format::place(row, image, tables_, older))
      return problem(name, fmt::format("section {} is not of this format", row.kind));
  }
  if (!older.starts.empty()) {
    auto converted = older.convert(tables_.ranges);
    if (!converted) return problem(name, converted.error().message());
    converted_ = std::move(*converted);
  }
  if (!snapshot_format::well_shaped(tables_)) return problem(name, "the tables do not fit together");
  info_.version = {h.epoch, h.number, h.local};
  info_.counts = KindCounts::from_array(h.counts);
  info_.digest = {h.digest_high, h.digest_low};
  info_.created_at = base::UnixSeconds(std::chrono::seconds(h.created_at));
  info_.octets = image.size();
  return {};
}

base::Result<std::shared_ptr<const Snapshot>, Problem> Snapshot::open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return problem(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  struct stat st {};
  if (fstat(fd, &st) != 0 || st.st_size < static_cast<off_t>(sizeof(Header))) {
    ::close(fd);
    return problem(path, "shorter than a snapshot's header");
  }
  const auto len = static_cast<size_t>(st.st_size);
  void* map = mmap(nullptr, len, PROT_READ, MAP_SHARED, fd, 0);
  const int error = errno;
  ::close(fd);
  if (map == MAP_FAILED) return problem(path, fmt::format("cannot be mapped: {}", std::strerror(error)));
  std::shared_ptr<Snapshot> snapshot(new Snapshot);
  snapshot->map_ = map;
  snapshot->map_len_ = len;
  want_huge_pages(map, len);
  // What cannot be read would end the process when it is proven. Where this is not known (before Linux 5.14), it does.
  if (madvise(map, len, MADV_POPULATE_READ) != 0 && (errno == EFAULT || errno == EHWPOISON))
    return problem(path, fmt::format("cannot be read: {}", std::strerror(errno)));
  if (auto read = snapshot->read({static_cast<const uint8_t*>(map), len}, path); !read)
    return tl::unexpected(read.error());
  const auto converted = snapshot->converted_.octets();
  snapshot->info_.locked = mlock(map, len) == 0 && mlock(converted.data(), converted.size()) == 0;
  return snapshot;
}

Snapshot::~Snapshot() {
  if (map_) munmap(map_, map_len_);
}

}  // namespace eir::lists
