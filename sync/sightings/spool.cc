// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/spool.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "sync/transfer/incoming.h"

namespace eir::sync::sightings {
namespace {

namespace fs = std::filesystem;
using base::problem;
using Done = base::Result<void, base::Problem>;

constexpr std::string_view kStateName = "state";
constexpr std::string_view kStateTitle = "turnstile sightings 1";
constexpr std::string_view kSuffix = ".seen", kRefusedSuffix = ".refused";

Done write_whole(const std::string& directory, std::string_view name, base::Octets octets) {
  auto file = transfer::Incoming::create(directory, name);
  if (!file) return tl::unexpected(file.error());
  if (!file->put({reinterpret_cast<const char*>(octets.data()), octets.size()}))
    return problem(directory, fmt::format("cannot be written: {}", std::strerror(errno)));
  if (auto placed = file->place(); !placed) return tl::unexpected(placed.error());
  return {};
}

/// What covers say, over what is known: only what follows on it without a gap.
void extend(Spool::Positions& positions, const std::vector<Cover>& covers) {
  for (const Cover& c : covers)
    if (uint64_t& at = positions[c.file]; c.from <= at) at = std::max(at, c.to);
}

}  // namespace

Spool::Spool(std::string directory, std::string node, Hook hook)
    : directory_(std::move(directory)), node_(std::move(node)), hook_(std::move(hook)) {}

std::string Spool::path_of(uint64_t sequence, bool refused) const {
  return fmt::format("{}/{}.{}{}", directory_, node_, sequence, refused ? kRefusedSuffix : kSuffix);
}

Done Spool::read_state() {
  const std::string path = fmt::format("{}/{}", directory_, kStateName);
  std::ifstream in(path, std::ios::binary);
  if (!in) return {};
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const size_t last = text.rfind("check ");
  std::string_view body = text;
  body = body.substr(0, std::min(last, text.size()));
  if (last == std::string::npos ||
      text.substr(last) != fmt::format("check {:08x}\n", seen::crc32(base::as_octets(body))) ||
      !body.starts_with(kStateTitle))
    return problem(path,
                   "is damaged; without it the journals are read again from their beginning: remove it to do that");
  std::istringstream lines{std::string(body)};
  std::string word, line;
  std::getline(lines, line);
  while (lines >> word) {
    if (word == "next") lines >> next_;
    if (word == "done") lines >> done_;
    if (word == "dropped") lines >> dropped_ >> dropped_rows_;
    if (word == "file") {
      std::string name;
      uint64_t at = 0;
      lines >> name >> at;
      settled_[name] = at;
    }
  }
  return {};
}

Done Spool::write_state() {
  std::string text =
      fmt::format("{}\nnext {}\ndone {}\ndropped {} {}\n", kStateTitle, next_, done_, dropped_, dropped_rows_);
  for (const auto& [file, at] : settled_) text += fmt::format("file {} {}\n", file, at);
  text += fmt::format("check {:08x}\n", seen::crc32(base::as_octets(text)));
  return write_whole(directory_, kStateName, base::as_octets(text));
}

void Spool::load(const std::string& file) {
  const fs::path path(file);
  const std::string name = path.filename();
  const bool refused = name.ends_with(kRefusedSuffix);
  if (!name.starts_with(node_ + ".") || (!refused && !name.ends_with(kSuffix))) return;
  const size_t begin = node_.size() + 1;
  const size_t end = name.size() - (refused ? kRefusedSuffix : kSuffix).size();
  uint64_t sequence = 0;
  const auto [at, error] = std::from_chars(name.data() + begin, name.data() + std::max(begin, end), sequence);
  if (error != std::errc() || at != name.data() + end) return;
  next_ = std::max(next_, sequence + 1);
  if (!refused && sequence <= done_) {  // arrived, or given up, before a crash
    ::unlink(file.c_str());
    return;
  }
  std::ifstream in(file, std::ios::binary);
  std::vector<uint8_t> front(kHeadOctetsMax + 64);
  in.read(reinterpret_cast<char*>(front.data()), static_cast<std::streamsize>(front.size()));
  const auto head = decode_head(base::Octets(front).first(static_cast<size_t>(in.gcount())));
  if (!head || head->node != node_ || head->sequence != sequence) {
    problems_.push_back({file, head ? "is called by another name than its own" : head.error().text});
    fs::rename(path, fs::path(file + ".bad"));
    return;
  }
  std::error_code none;
  waiting_.push_back({sequence, head->rows, fs::file_size(path, none), file});
  octets_ += waiting_.back().octets;
  covers_[sequence] = head->covers;
}

void Spool::sort() {
  std::sort(waiting_.begin(), waiting_.end(),
            [](const Spooled& a, const Spooled& b) { return a.sequence < b.sequence; });
}

Done Spool::open(uint64_t first_sequence) {
  std::error_code error;
  fs::create_directories(directory_, error);
  if (error) return problem(directory_, fmt::format("cannot be made: {}", error.message()));
  transfer::remove_leftovers(directory_);
  if (auto ok = read_state(); !ok) return ok;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(directory_, error)) files.push_back(entry.path());
  if (error) return problem(directory_, fmt::format("cannot be read: {}", error.message()));
  for (const std::string& file : files) load(file);
  if (next_ == 0) next_ = first_sequence;
  sort();
  positions_ = settled_;
  for (const auto& [sequence, covers] : covers_) extend(positions_, covers);
  return write_state();
}

Done Spool::make(base::Octets records, uint32_t rows, const Positions& ends) {
  Head head;
  head.node = node_;
  head.sequence = next_;
  head.rows = rows;
  for (const auto& [file, end] : ends) {
    const auto at = positions_.find(file);
    head.covers.push_back({file, at == positions_.end() ? 0 : at->second, end});
  }
  const auto octets = encode(head, records);
  if (auto ok = write_whole(directory_, segment_name(node_, next_), octets); !ok) return ok;
  at(Step::kSegmentPlaced);
  waiting_.push_back({next_, rows, octets.size(), path_of(next_, false)});
  octets_ += octets.size();
  extend(positions_, head.covers);
  covers_[next_] = std::move(head.covers);
  ++next_;
  return {};
}

/// Nothing more is to come of a segment, and of the journals up to where it goes.
void Spool::settle(uint64_t sequence) {
  done_ = std::max(done_, sequence);
  const auto it = covers_.find(sequence);
  if (it == covers_.end()) return;
  extend(settled_, it->second);
  covers_.erase(it);
}

/// Notes that the first of them is settled, then removes it.
Done Spool::remove(std::vector<Spooled>& from) {
  const Spooled first = from.front();
  settle(first.sequence);
  octets_ -= std::min(octets_, first.octets);
  from.erase(from.begin());
  if (auto ok = write_state(); !ok) return ok;
  at(Step::kNoted);
  ::unlink(first.path.c_str());
  at(Step::kRemoved);
  return {};
}

Done Spool::taken() { return remove(waiting_); }

Done Spool::put_aside() {
  Spooled first = waiting_.front();
  const std::string path = path_of(first.sequence, true);
  if (::rename(first.path.c_str(), path.c_str()) != 0 || !base::sync_directory(directory_))
    return problem(first.path, fmt::format("cannot be set aside: {}", std::strerror(errno)));
  settle(first.sequence);
  waiting_.erase(waiting_.begin());
  first.path = path;
  aside_.push_back(std::move(first));
  return write_state();
}

void Spool::try_again() {
  // They keep their names until they arrive: `done` has passed them.
  waiting_.insert(waiting_.end(), aside_.begin(), aside_.end());
  aside_.clear();
  sort();
}

Done Spool::drop_oldest() {
  const bool of_aside = !aside_.empty() && (waiting_.empty() || aside_.front().sequence < waiting_.front().sequence);
  auto& from = of_aside ? aside_ : waiting_;
  if (from.empty()) return {};
  ++dropped_;
  dropped_rows_ += from.front().rows;
  return remove(from);
}

void Spool::forget(const std::function<bool(const std::string&)>& gone) {
  std::erase_if(settled_, [&](const auto& p) { return gone(p.first); });
  std::erase_if(positions_, [&](const auto& p) { return gone(p.first); });
}

Spool::Positions Spool::settled() const { return settled_; }

}  // namespace eir::sync::sightings
