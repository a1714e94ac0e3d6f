// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/versions.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/base/file.h"
#include "core/feed/manifest.h"

namespace eir::appliance::cdbd {
namespace {

namespace fs = std::filesystem;
using epp::Ns;
using epp::Reply;
using epp::ResultCode;
using lists::Version;

constexpr std::string_view kChangePrefix = "change-";

Reply with(epp::version::Manifest manifest) {
  Reply reply;
  epp::version::InfoData data;
  static_cast<epp::version::Manifest&>(data) = std::move(manifest);
  reply.data = std::move(data);
  return reply;
}

std::optional<store::Manifest> newest_of(registry::StoreReader& store, std::string_view list) {
  if (list == feed::kUrgent) {
    auto urgent = registry::urgent_version(store);
    return urgent ? std::optional(std::move(urgent->manifest)) : std::nullopt;
  }
  const auto row = store.newest_version();
  if (!row) return std::nullopt;
  auto m = feed::read_manifest(feed::kCentre,
                               {row->manifest, std::vector<uint8_t>(row->signature.begin(), row->signature.end())});
  return m ? std::optional(std::move(*m)) : std::nullopt;
}

std::string text_of(const std::vector<uint8_t>& octets) { return {octets.begin(), octets.end()}; }

}  // namespace

epp::version::Manifest manifest_of(const store::Manifest& m, std::optional<std::string> data) {
  epp::version::Manifest out;
  out.list = feed::kCentre;
  out.form = m.full() ? epp::version::Form::kFull : epp::version::Form::kDelta;
  if (!m.full()) out.from = epp::version::Point{m.base.epoch, m.base.number};
  out.to = {m.version.epoch, m.version.number};
  out.date = m.created_at;
  const auto counts = m.counts.array();
  for (size_t i = 0; i < counts.size(); ++i) {
    std::string of(lists::KindCounts::names()[i]);
    std::replace(of.begin(), of.end(), '_', '-');
    out.counts.push_back({std::move(of), counts[i]});
  }
  out.changes = m.places;
  out.digest = m.digests.total().hex();
  out.audit = base::hex(m.audit_head);
  out.proof = epp::version::Signed{{m.text}, {text_of(m.signature)}};
  if (data) out.data = epp::Binary{std::move(*data)};
  return out;
}

Versions::Versions(registry::Registry& registry, const base::Clock& clock, VersionsOptions options)
    : registry_(registry), options_(std::move(options)), publisher_(registry, clock, options_.directory) {
  std::error_code error;
  fs::create_directories(options_.directory, error);
  for (Line& line : lines_) line.thread = std::thread([this, &line] { work(line); });
}

Versions::~Versions() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  for (Line& line : lines_) {
    line.wake.notify_all();
    line.thread.join();
  }
}

void Versions::info(registry::Request rq, epp::version::Info asked, Done done) {
  counters_.asked.fetch_add(1, std::memory_order_relaxed);
  Line& line = lines_[asked.from || asked.list == feed::kUrgent ? 0 : 1];
  {
    const std::lock_guard lock(mutex_);
    if (line.waiting.size() < kWaitingMax && !stop_) {
      line.waiting.push_back({std::move(rq), std::move(asked), std::move(done)});
      done = nullptr;
    }
  }
  if (!done) return line.wake.notify_one();
  counters_.refused_busy.fetch_add(1, std::memory_order_relaxed);
  done(epp::refuse(ResultCode::kFailed, {epp::Text(epp::uri_of(Ns::kVersion)), "list", asked.list, "busy"}));
}

void Versions::work(Line& line) {
  for (;;) {
    std::unique_lock lock(mutex_);
    line.wake.wait(lock, [&] { return stop_ || !line.waiting.empty(); });
    if (line.waiting.empty()) return;
    Waiting next = std::move(line.waiting.front());
    line.waiting.pop_front();
    const bool stop = stop_;
    lock.unlock();
    next.done(stop ? epp::refuse(ResultCode::kFailed) : answer(next.rq, next.asked));
  }
}

Reply Versions::answer(const registry::Request& rq, const epp::version::Info& asked) {
  const bool urgent = asked.list == feed::kUrgent;
  if (!urgent && asked.list != feed::kCentre)
    return epp::refuse(ResultCode::kNoObject, {epp::Text(epp::uri_of(Ns::kVersion)), "list", asked.list, "unlisted"});
  const auto have = asked.from ? version_of(*asked.from) : Version{};
  const auto wanted = asked.to ? version_of(*asked.to) : Version{};
  const auto holding = asked.from && asked.from->manifest ? base::hash_from_hex(*asked.from->manifest) : std::nullopt;
  if (!have || !wanted) return epp::refuse(ResultCode::kRange);
  std::optional<registry::VersionAnswer> version;
  const registry::Outcome out =
      urgent ? publisher_.urgent(rq, *have, holding, version) : publisher_.answer(rq, *have, holding, *wanted, version);
  if (!out.ok()) {
    Reply reply = reply_of(out, Ns::kVersion, "list");
    for (epp::Offender& o : reply.offenders) o.content = asked.list;
    // Every node asks for a chain that is not begun, again and again.
    if (out.code != registry::Code::kNoObject)
      registry_.note(rq, {registry::Object::kVersion, registry::Verb::kInfo, asked.list, out.code, {}});
    if (out.code == registry::Code::kFailed) counters_.failures.fetch_add(1, std::memory_order_relaxed);
    return reply;
  }
  if (!version) return nothing_newer(asked);
  const bool within = version->file.empty() && version->manifest.places <= epp::kInlineChangesMax;
  if (within) {
    (urgent ? counters_.urgent : counters_.inline_changes).fetch_add(1, std::memory_order_relaxed);
    auto manifest = manifest_of(version->manifest, std::move(version->data));
    manifest.list = asked.list;
    return with(std::move(manifest));
  }
  auto file = options_.base_uri.empty() ? std::nullopt : file_of(*version);
  if (!file) {
    counters_.failures.fetch_add(1, std::memory_order_relaxed);
    return epp::refuse(ResultCode::kFailed);
  }
  auto manifest = manifest_of(version->manifest, std::nullopt);
  manifest.file = std::move(*file);
  return with(std::move(manifest));
}

Reply Versions::nothing_newer(const epp::version::Info& asked) {
  auto reader = registry_.reader();
  const auto m = reader ? newest_of(*reader, asked.list) : std::nullopt;
  if (!m) return epp::refuse(ResultCode::kFailed);
  counters_.none.fetch_add(1, std::memory_order_relaxed);
  auto out = manifest_of(*m, std::nullopt);
  out.list = asked.list;
  out.form = epp::version::Form::kNone;
  out.from.reset();
  out.proof.reset();
  return with(std::move(out));
}

std::optional<epp::FileReference> Versions::file_of(const registry::VersionAnswer& version) {
  const auto name =
      version.file.empty() ? write_change(version) : std::optional(fs::path(version.file).filename().string());
  if (!name) return std::nullopt;
  (version.file.empty() ? counters_.change_files : counters_.full_files).fetch_add(1, std::memory_order_relaxed);
  return epp::FileReference{fmt::format("{}/{}", options_.base_uri, *name), version.octets,
                            base::hex(version.manifest.data_sha256)};
}

/// One file for everybody who comes from the same version.
std::optional<std::string> Versions::write_change(const registry::VersionAnswer& version) {
  const store::Manifest& m = version.manifest;
  const std::string name =
      fmt::format("{}{}-{}-{:.16}", kChangePrefix, m.base.str(), m.version.str(), base::hex(m.data_sha256));
  const std::string path = fmt::format("{}/{}", options_.directory, name);
  const std::lock_guard lock(files_mutex_);
  std::error_code error;
  if (fs::file_size(path, error) == version.data.size() && !error) {
    fs::last_write_time(path, fs::file_time_type::clock::now(), error);
    return name;
  }
  base::NewFile file(path, base::hidden_name(path));
  file.put(version.data);
  if (!file.place()) return std::nullopt;
  tidy(name);
  return name;
}

void Versions::tidy(const std::string& keep) const {
  struct File {
    fs::path path;
    fs::file_time_type at;
    uint64_t octets;
  };
  std::vector<File> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name != keep && name.starts_with(kChangePrefix))
      files.push_back({entry.path(), entry.last_write_time(error), entry.file_size(error)});
  }
  std::sort(files.begin(), files.end(), [](const File& a, const File& b) { return a.at > b.at; });
  uint64_t octets = 0;
  for (size_t i = 0; i < files.size(); ++i) {
    octets += files[i].octets;
    if (i + 1 >= kChangeFilesMax || octets > kChangeOctetsMax) fs::remove(files[i].path, error);
  }
}

}  // namespace eir::appliance::cdbd
