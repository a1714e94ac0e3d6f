// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/stream_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <random>

namespace eir::registry {
namespace {

void refuse_with(Answer& out, std::string why) {
  out.what = Reply::kRefused;
  out.data = std::move(why);
}

}  // namespace

SiteState state_of(const Registry& registry, const std::string& name) {
  const Registry::Status status = registry.status();
  return {name, status.epoch, status.active, status.block, status.audit_head};
}

StreamSource::StreamSource(Registry& registry, std::string name, std::string directory, const base::Clock& clock)
    : registry_(registry), name_(std::move(name)), directory_(std::move(directory)), clock_(clock) {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
  std::filesystem::create_directories(directory_, error);
}

StreamSource::~StreamSource() {
  std::error_code error;
  std::filesystem::remove_all(directory_, error);
}

std::string StreamSource::path_of(uint64_t copy) const { return fmt::format("{}/copy-{}.db", directory_, copy); }

std::string StreamSource::handle(const std::string& asker, std::string_view octets) {
  const auto ask = decode_ask(octets);
  Answer out;
  if (!ask) {
    refuse_with(out, "no question that is known here");
  } else {
    const Registry::Status status = registry_.status();
    if (ask->site.epoch > std::max(status.epoch, status.heard_epoch) ||
        (status.active && ask->site.epoch > status.epoch))
      (void)registry_.step_down(ask->site.epoch, fmt::format("site {} asked, which is of epoch {}: this site follows",
                                                             asker, ask->site.epoch));
    switch (ask->what) {
      case Question::kState: out.what = Reply::kState; break;
      case Question::kRecords: records(*ask, out); break;
      case Question::kHash: {
        out.what = Reply::kHash;
        auto store = registry_.reader();
        const auto block = store ? store->block(ask->block) : std::nullopt;
        out.found = block.has_value();
        if (block) out.hash = block->hash;
        if (!store || !store->ok()) refuse_with(out, "the store cannot be read");
        break;
      }
      case Question::kCopy: copy(*ask, out); break;
      case Question::kPiece: piece(*ask, out); break;
    }
  }
  out.site = state_of(registry_, name_);
  return encode(out);
}

bool StreamSource::collect(StoreReader& store, uint64_t from, Answer& out) const {
  uint64_t octets = 0, next = from + 1;
  bool hole = false;
  store.stream(next, [&](uint64_t number, std::string_view operations) {
    auto block = number == next ? store.block(number) : std::nullopt;
    hole = !block;
    if (hole) return false;
    octets += block->body.size() + operations.size();
    out.records.push_back({std::move(*block), std::string(operations)});
    ++next;
    return octets < kAnswerOctets;
  });
  return !hole;
}

void StreamSource::records(const Ask& ask, Answer& out) {
  out.what = Reply::kRecords;
  for (const bool again : {true, false}) {
    auto store = registry_.reader();
    if (!store) return refuse_with(out, "the store cannot be read");
    store->hold();
    const auto newest = store->newest_block();
    const auto have = ask.block > 0 ? store->block(ask.block) : std::nullopt;
    if (ask.block > 0 && (!have || have->hash != ask.hash)) {
      out.what = Reply::kDiverged;
    } else {
      const bool whole = collect(*store, ask.block, out);
      if (out.records.empty() && (!whole || (newest && newest->number > ask.block))) out.what = Reply::kGone;
    }
    store->release();
    if (!store->ok()) return refuse_with(out, "the store cannot be read");
    // Its disk has that block, and here it is the same one.
    if (again && out.what != Reply::kDiverged) registry_.acknowledge(ask.block);
    if (out.what != Reply::kRecords || !out.records.empty() || !again || ask.wait.count() == 0) return;
    if (!registry_.wait_for_block(ask.block, ask.wait)) return;
  }
}

void StreamSource::copy(const Ask& ask, Answer& out) {
  const std::lock_guard lock(copy_mutex_);
  // One that leads the asker no further is of no use to it.
  if (copy_ == 0 || clock_.monotonic() - copied_at_ > kCopyKept || newest_copy_.block <= ask.site.block) {
    std::error_code error;
    if (copy_ != 0) std::filesystem::remove(path_of(copy_), error);
    copy_ = 0;
    // A number that no earlier process gave: whoever fetches pieces of another copy is told so.
    std::random_device random;
    const uint64_t number = (uint64_t{random()} << 31 | random()) + 1;
    Answer made;
    auto store = registry_.reader();
    if (!store) return refuse_with(out, "the store cannot be read");
    store->hold();
    const auto newest = store->newest_block();
    const bool good = store->copy_to(path_of(number));
    store->release();
    if (!good || !newest) return refuse_with(out, "no copy can be made here");
    made.block = newest->number;
    made.hash = newest->hash;
    made.octets = std::filesystem::file_size(path_of(number), error);
    if (error) return refuse_with(out, "the copy is not there");
    made.what = Reply::kCopy;
    made.copy = copy_ = number;
    copied_at_ = clock_.monotonic();
    newest_copy_ = std::move(made);
    copies_made_.fetch_add(1, std::memory_order_relaxed);
  }
  out = newest_copy_;
}

void StreamSource::piece(const Ask& ask, Answer& out) {
  out.what = Reply::kPiece;
  const int fd = ::open(path_of(ask.block).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refuse_with(out, "there is no such copy");
  out.data.resize(kPieceOctets);
  const ssize_t n = ::pread(fd, out.data.data(), out.data.size(), static_cast<off_t>(ask.offset));
  ::close(fd);
  if (n < 0) return refuse_with(out, "the copy cannot be read");
  out.data.resize(static_cast<size_t>(n));
}

}  // namespace eir::registry
