// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/segments.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>

#include "appliance/cdbd/mapping.h"
#include "core/base/sha256.h"
#include "core/decision/question.h"
#include "sync/sightings/segment.h"
#include "sync/transfer/incoming.h"

namespace eir::appliance::cdbd {
namespace {

namespace fs = std::filesystem;
namespace segment = sync::sightings;
using registry::Code;
using registry::Outcome;
using registry::Why;
using sync::transfer::Area;
using sync::transfer::Refusal;

constexpr std::chrono::minutes kTidyEvery{10};

base::Unexpected<Outcome> refused(Code code, Why why, std::string name) {
  return base::Unexpected<Outcome>(registry::refuse(code, why, std::move(name)));
}

registry::Sighting sighting_of(const segment::seen::Sighting& s) {
  registry::Sighting out;
  out.imei = s.imei;
  if (s.svn != segment::seen::Sighting::kNoSvn) out.svn = s.svn;
  out.imsi = s.imsi;
  out.msisdn = s.msisdn;
  out.interface = decision::to_string(s.interface);
  out.serving = s.node_text();
  out.network = s.visited.str();
  out.first = std::min(s.first, s.last);
  out.last = s.last;
  return out;
}

/// "NODE.SEQUENCE.seen", as nodes name them.
bool is_segment_name(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos || !segment::is_node(name.substr(0, dot))) return false;
  uint64_t sequence = 0;
  const char* const end = name.data() + name.size();
  const auto [at, error] = std::from_chars(name.data() + dot + 1, end, sequence);
  return error == std::errc() && segment::segment_name(name.substr(0, dot), sequence) == name;
}

}  // namespace

std::optional<registry::User> user_of(const registry::Registry& registry, const epp::Certificate& certificate) {
  if (certificate.fingerprint.empty()) return std::nullopt;
  const auto users = registry.users();
  for (const auto& [name, user] : *users)
    if (user.enabled && user.certificate == certificate.fingerprint) return user;
  return std::nullopt;
}

base::Result<std::unique_ptr<Segments>, base::Problem> Segments::open(registry::Registry& registry,
                                                                      const base::Clock& clock,
                                                                      SegmentsOptions options) {
  std::error_code error;
  fs::create_directories(options.directory, error);
  if (error) return base::problem(options.directory, fmt::format("cannot be made: {}", error.message()));
  if (::access(options.directory.c_str(), W_OK | X_OK) != 0)
    return base::problem(options.directory, "cannot be written");
  for (const auto& entry : fs::directory_iterator(options.directory, error))
    if (entry.is_directory(error)) sync::transfer::remove_leftovers(entry.path());
  return std::unique_ptr<Segments>(new Segments(registry, clock, std::move(options)));
}

Segments::Segments(registry::Registry& registry, const base::Clock& clock, SegmentsOptions options)
    : registry_(registry), clock_(clock), options_(std::move(options)), thread_([this] { work(); }) {}

Segments::~Segments() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
  for (Waiting& w : waiting_) w.done(registry::refuse(Code::kFailed, Why::kBusy, w.job.filing));
}

bool Segments::concerns(const epp::job::Create& job) {
  for (const epp::job::Item& item : job.items)
    if (std::holds_alternative<epp::job::Sightings>(item.work)) return true;
  return false;
}

void Segments::file(registry::Request rq, epp::job::Create job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() < kJobsWaitingMax && !stop_) {
      waiting_.push_back({std::move(rq), std::move(job), std::move(done)});
      wake_.notify_one();
      return;
    }
  }
  ++counters_.refused_busy;
  done(registry::refuse(Code::kFailed, Why::kBusy, job.filing));
}

void Segments::work() {
  for (;;) {
    tidy();
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, kTidyEvery, [this] { return stop_ || !waiting_.empty(); });
    if (stop_) return;
    if (waiting_.empty()) continue;
    Waiting next = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    file(next);
  }
}

std::string Segments::folder(registry::UserId user) const { return fmt::format("{}/u{}", options_.directory, user); }

base::Result<registry::FileSightings, Outcome> Segments::read(registry::UserId user, const epp::job::Sightings& item) {
  // Whatever stands before it in the address: a segment has one name.
  const std::string name = segment::segment_name(item.node, item.sequence);
  if (!segment::is_node(item.node) || !item.file.uri.ends_with("/" + name))
    return refused(Code::kValueSyntax, Why::kForm, name);
  if (item.rows > registry::kSightingsBatchMax || item.file.octets > segment::kSegmentOctetsMax)
    return refused(Code::kRange, Why::kTooMany, name);
  std::ifstream in(fmt::format("{}/{}", folder(user), name), std::ios::binary);
  std::vector<uint8_t> octets(item.file.octets + 1);
  if (in) in.read(reinterpret_cast<char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  if (!in.is_open() || in.bad()) {
    ++counters_.no_file;
    return refused(Code::kNoObject, Why::kUnlisted, name);
  }
  const auto got = static_cast<uint64_t>(in.gcount());
  octets.resize(got);
  if (got != item.file.octets || base::hex(base::Sha256::of(octets)) != item.file.sha256)
    return refused(Code::kPolicyOfValue, Why::kForm, name);
  const auto decoded = segment::decode(octets);
  if (!decoded || decoded->head.node != item.node || decoded->head.sequence != item.sequence ||
      decoded->rows.size() != item.rows)
    return refused(Code::kPolicyOfValue, Why::kForm, name);
  registry::FileSightings out{item.node, item.sequence, {}};
  out.sightings.reserve(decoded->rows.size());
  for (const auto& s : decoded->rows) out.sightings.push_back(sighting_of(s));
  counters_.octets += got;
  return out;
}

void Segments::file(Waiting& w) {
  registry::FileJob job{w.job.filing, {}};
  std::vector<std::string> files;
  uint64_t rows = 0;
  Outcome wrong;
  for (const epp::job::Item& item : w.job.items) {
    const auto* sightings = std::get_if<epp::job::Sightings>(&item.work);
    if (!sightings) {
      // One item as a job by itself, so that there is one mapping.
      auto made = command_of(epp::ObjectCommand(epp::job::Create{w.job.filing, {item}}));
      auto* other = made ? std::get_if<registry::FileJob>(&*made) : nullptr;
      if (!other) wrong = registry::refuse(Code::kValueSyntax, Why::kForm, w.job.filing);
      if (other) job.items.push_back(std::move(other->items.front()));
    } else if ((rows += sightings->rows) > registry::kSightingsBatchMax) {
      wrong = registry::refuse(Code::kRange, Why::kTooMany, w.job.filing);
    } else if (auto batch = read(w.rq.user, *sightings); !batch) {
      wrong = batch.error();
    } else {
      job.items.push_back(std::move(*batch));
      files.push_back(
          fmt::format("{}/{}", folder(w.rq.user), segment::segment_name(sightings->node, sightings->sequence)));
    }
    if (!wrong.ok()) {
      ++counters_.refused;
      registry_.note(w.rq, {registry::Object::kJob, registry::Verb::kCreate, w.job.filing, wrong.code, {}});
      return w.done(wrong);
    }
  }
  const Outcome out = registry_.execute(w.rq, std::move(job));
  // Filed before, perhaps by a node that did not hear our answer: then the file came once more.
  if (out.ok() || out.code == Code::kExists)
    for (const std::string& file : files) ::unlink(file.c_str());
  if (out.ok()) {
    ++counters_.jobs;
    counters_.rows += rows;
  }
  w.done(out);
}

Area Segments::area() {
  Area area;
  area.path = "sightings";
  area.accept = [this](std::string_view name, const epp::Certificate& c) { return place(name, c); };
  return area;
}

base::Result<Area::Place, Refusal> Segments::place(std::string_view name, const epp::Certificate& certificate) {
  using Refused = base::Unexpected<Refusal>;
  const auto user = user_of(registry_, certificate);
  if (!user ||
      registry::reach(user->role, registry::Object::kSighting, registry::Verb::kCreate) == registry::Reach::kNone)
    return Refused(Refusal{403, "not allowed"});
  if (!is_segment_name(name)) return Refused(Refusal{404, "no segment is called so"});
  Area::Place place{folder(user->id), segment::kSegmentOctetsMax};
  std::error_code error;
  fs::create_directories(place.directory, error);
  uint64_t octets = 0;
  unsigned files = 0;
  for (const auto& entry : fs::directory_iterator(place.directory, error)) {
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (gone) continue;
    ++files;
    octets += size;
  }
  if (error) return Refused(Refusal{507, "cannot be kept here now"});
  if (files >= options_.user_files_max || octets >= options_.user_octets_max)
    return Refused(Refusal{507, "too many files wait for their jobs"});
  return place;
}

void Segments::tidy() {
  if (clock_.monotonic() < tidy_at_) return;
  tidy_at_ = clock_.monotonic() + kTidyEvery;
  const auto oldest = std::chrono::system_clock::to_time_t(clock_.wall() - options_.kept);
  std::error_code error;
  for (const auto& of_user : fs::directory_iterator(options_.directory, error))
    for (const auto& entry : fs::directory_iterator(of_user.path(), error)) {
      struct stat st {};
      if (::stat(entry.path().c_str(), &st) != 0 || st.st_mtime >= oldest) continue;
      if (::unlink(entry.path().c_str()) == 0) ++counters_.left;
    }
}

}  // namespace eir::appliance::cdbd
