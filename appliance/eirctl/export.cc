// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "appliance/eirctl/command.h"
#include "appliance/eirctl/progress_line.h"
#include "core/base/file.h"
#include "core/files/list_writer.h"
#include "core/store/reader.h"

namespace eir::appliance::eirctl {
namespace {

using base::Problem;
using lists::EntryKind;

struct Options {
  std::string replica;
  std::string source;
  std::string version;
  std::string kind;
  std::string output;
  std::string directory;
  bool quiet = false;
};

/// What one file holds; devices and ranges share one.
constexpr std::array<EntryKind, 7> kKinds = {EntryKind::kImei,       EntryKind::kSubscriber, EntryKind::kPair,
                                             EntryKind::kLock,       EntryKind::kMirror,     EntryKind::kException,
                                             EntryKind::kDeviceClass};

std::optional<EntryKind> kind_of(std::string_view name) {
  for (const EntryKind k : kKinds)
    if (to_string(k) == name) return k;
  return std::nullopt;
}

/// The only source, when none is named.
base::Result<std::string, Problem> source_of(const Options& o, const store::ReplicaStatus& status) {
  if (!o.source.empty()) return o.source;
  if (status.sources.size() == 1) return status.sources[0].name;
  std::string names;
  for (const auto& s : status.sources) (names += names.empty() ? "" : ", ") += s.name;
  return base::problem(o.replica, names.empty() ? "holds no lists" : "say which with --source: " + names);
}

base::Result<std::shared_ptr<const lists::Index>, Problem> state_of(const Options& o, const std::string& source,
                                                                    const store::Reader& reader) {
  if (!o.version.empty()) {
    const auto version = lists::Version::parse(o.version);
    if (!version) return base::problem("--version", fmt::format("'{}' is not like 1.57", o.version));
    return reader.state(source, *version);
  }
  if (auto served = reader.source(source)) return served;
  return base::problem(o.replica, fmt::format("nothing is served of source {}", source));
}

base::Result<uint64_t, Problem> write_file(const lists::Index& state, EntryKind kind, const std::string& path,
                                           const files::Progress& progress) {
  std::optional<base::NewFile> file;
  if (path != "-") file.emplace(path, path + ".tmp");
  if (file && file->error())
    return base::problem(path, fmt::format("cannot be made: {}", std::strerror(file->error())));
  int why = 0;
  const auto take = [&](std::string_view octets) {
    const bool taken = file ? file->put(octets) : base::write_all(STDOUT_FILENO, base::as_octets(octets));
    if (!taken && why == 0) why = file ? file->error() : errno;
    return taken;
  };
  const auto rows = files::write_list(state, kind, take, progress);
  if (!rows) return base::problem(path, fmt::format("cannot be written: {}", std::strerror(why)));
  if (file)
    if (auto ok = file->place(); !ok) return tl::unexpected(ok.error());
  return *rows;
}

void run(const Options& o, Context& context) {
  if (o.kind.empty() == o.directory.empty())
    return fail(context, {"", "either one --kind, or a --directory for a file of each kind"});
  const auto reader = store::Reader::open(o.replica);
  const auto source = source_of(o, reader->status());
  if (!source) return fail(context, source.error());
  const auto state = state_of(o, *source, *reader);
  if (!state) return fail(context, state.error());
  ProgressLine line(!o.quiet && !context.json && isatty(STDERR_FILENO));
  const auto progress = line.progress();
  Json files = Json::array();
  for (const EntryKind kind : kKinds) {
    if (!o.kind.empty() && kind != *kind_of(o.kind)) continue;
    if (o.kind.empty() && files::count_of((*state)->counts(), kind) == 0) continue;
    const std::string path =
        o.kind.empty() ? fmt::format("{}/{}.csv", o.directory, to_string(kind)) : (o.output.empty() ? "-" : o.output);
    const auto rows = write_file(**state, kind, path, progress);
    line.clear();
    if (!rows) return fail(context, rows.error());
    files.push_back({{"file", path}, {"kind", to_string(kind)}, {"rows", *rows}});
  }
  if (context.json) {
    fmt::print(stderr, "{}\n",
               one_line({{"source", *source}, {"version", (*state)->version().str()}, {"files", files}}));
    return;
  }
  for (const Json& f : files)
    fmt::print(stderr, "{}: {} rows of version {} of source {}\n", f["file"].get<std::string>(),
               grouped(f["rows"].get<uint64_t>()), (*state)->version().str(), *source);
}

}  // namespace

void add_export(Command& app, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = app.add_command("export", "Write the entries of a source as list files");
  c->add_option("--replica", o->replica, "Replica directory")->required();
  c->add_option("--source", o->source, "Whose lists; may be left out when there is one source only");
  c->add_option("--version", o->version, "A stored version of it, like 1.57; else the one served");
  c->add_option("--kind", o->kind, "imei (with ranges), subscriber, pair, lock, mirror, exception or device-class")
      ->check([](const std::string& name) { return kind_of(name) ? "" : "no such kind: " + name; });
  c->add_option("--output", o->output, "Write the kind here; else to standard output");
  c->add_option("--directory", o->directory, "Write every kind that there is to a file of its own in here");
  c->add_flag("--quiet", o->quiet, "Show no progress");
  add_json(*c, context);
  c->footer(
      "What is written can be imported again, and is the same then. With --json, what was written is told on stderr.\n"
      "Exit status: 0 all written, 2 nothing or not all.\n\n"
      "Examples:\n"
      "  eirctl export --replica /var/lib/turnstile/replica --kind imei > devices.csv\n"
      "  eirctl export --replica /var/lib/turnstile/replica --source centre --version 1.57 --directory /tmp/lists");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
