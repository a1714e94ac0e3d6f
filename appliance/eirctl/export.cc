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
  std::string since;
  std::string kind;
  std::string output;
  std::string directory;
  bool quiet = false;
};

/// What one file holds; devices and ranges share one.
constexpr std::array<EntryKind, 7> kKinds = {EntryKind::kImei,       EntryKind::kSubscriber, EntryKind::kPair,
                                             EntryKind::kLock,       EntryKind::kMirror,     EntryKind::kException,
                                             EntryKind::kDeviceClass};

/// A public black list, which is of devices as well.
constexpr std::string_view kBlackList = "black-list";

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

base::Result<std::shared_ptr<const lists::Index>, Problem> state_of(const std::string& option, const std::string& text,
                                                                    const std::string& source,
                                                                    const store::Reader& reader) {
  const auto version = lists::Version::parse(text);
  if (!version) return base::problem(option, fmt::format("'{}' is not like 1.57", text));
  return reader.state(source, *version);
}

base::Result<std::shared_ptr<const lists::Index>, Problem> state_of(const Options& o, const std::string& source,
                                                                    const store::Reader& reader) {
  if (!o.version.empty()) return state_of("--version", o.version, source, reader);
  if (auto served = reader.source(source)) return served;
  return base::problem(o.replica, fmt::format("nothing is served of source {}", source));
}

using Write = std::function<base::Result<uint64_t, Problem>(const files::Sink&)>;

base::Result<uint64_t, Problem> write_file(const Write& write, const std::string& path) {
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
  const auto rows = write(take);
  if (!rows) return base::problem(path, fmt::format("cannot be written: {}", std::strerror(why)));
  if (file)
    if (auto ok = file->place(); !ok) return tl::unexpected(ok.error());
  return *rows;
}

void run(const Options& o, Context& context) {
  if (o.kind.empty() == o.directory.empty())
    return fail(context, {"", "either one --kind, or a --directory for a file of each kind"});
  if (!o.since.empty() && o.kind != kBlackList)
    return fail(context, {"--since", fmt::format("is of --kind {} alone", kBlackList)});
  const auto reader = store::Reader::open(o.replica);
  const auto source = source_of(o, reader->status());
  if (!source) return fail(context, source.error());
  const auto state = state_of(o, *source, *reader);
  if (!state) return fail(context, state.error());
  ProgressLine line(!o.quiet && !context.json && isatty(STDERR_FILENO));
  const auto progress = line.progress();
  Json files = Json::array();
  const auto write = [&](std::string_view kind, const Write& rows_to) {
    const std::string path =
        o.kind.empty() ? fmt::format("{}/{}.csv", o.directory, kind) : (o.output.empty() ? "-" : o.output);
    const auto rows = write_file(rows_to, path);
    line.clear();
    if (!rows) return fail(context, rows.error()), false;
    files.push_back({{"file", path}, {"kind", kind}, {"rows", *rows}});
    return true;
  };
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  if (o.kind == kBlackList && o.since.empty()) {
    const auto rows_to = [&](const files::Sink& sink) { return files::write_black_list(**state, now, sink, progress); };
    if (!write(o.kind, rows_to)) return;
  } else if (o.kind == kBlackList) {
    const auto since = state_of("--since", o.since, *source, *reader);
    if (!since) return fail(context, since.error());
    const auto rows_to = [&](const files::Sink& sink) {
      return files::write_black_list_change(**since, **state, now, sink, progress);
    };
    if (!write(o.kind, rows_to)) return;
  } else {
    for (const EntryKind kind : kKinds) {
      if (!o.kind.empty() && kind != *kind_of(o.kind)) continue;
      if (o.kind.empty() && files::count_of((*state)->counts(), kind) == 0) continue;
      const auto rows_to = [&](const files::Sink& sink) { return files::write_list(**state, kind, sink, progress); };
      if (!write(to_string(kind), rows_to)) return;
    }
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
  c->add_option("--kind", o->kind,
                "imei (with ranges), subscriber, pair, lock, mirror, exception or device-class; or black-list: the "
                "devices that are black, as public black lists are laid out")
      ->check(
          [](const std::string& name) { return kind_of(name) || name == kBlackList ? "" : "no such kind: " + name; });
  c->add_option("--since", o->since, "With --kind black-list: only what changed it since that stored version");
  c->add_option("--output", o->output, "Write the kind here; else to standard output");
  c->add_option("--directory", o->directory, "Write every kind that there is to a file of its own in here");
  c->add_flag("--quiet", o->quiet, "Show no progress");
  add_json(*c, context);
  c->footer(
      "What is written can be imported again, and is the same then; a public black list says less: no software\n"
      "versions, no ranges, no end of an entry. With --json, what was written is told on stderr.\n"
      "Exit status: 0 all written, 2 nothing or not all.\n\n"
      "Examples:\n"
      "  eirctl export --replica /var/lib/turnstile/replica --kind imei > devices.csv\n"
      "  eirctl export --replica /var/lib/turnstile/replica --source centre --version 1.57 --directory /tmp/lists\n"
      "  eirctl export --replica /var/lib/turnstile/replica --source centre --kind black-list --since 1.50 > "
      "delta.csv");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
