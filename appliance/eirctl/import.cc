// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "appliance/eirctl/command.h"
#include "appliance/eirctl/guarded.h"
#include "appliance/eirctl/progress_line.h"

namespace eir::appliance::eirctl {
namespace {

using std::chrono::steady_clock;

struct Options {
  std::string replica;
  std::vector<std::string> paths;
  std::string source = "local";
  std::string report;
  bool merge = false;
  bool quiet = false;
  GuardOptions guard;
};

/// Opened before anything is published, so that an unusable path costs nothing.
base::Result<std::ofstream, base::Problem> open_report(const std::string& path) {
  std::ofstream out;
  if (path.empty()) return out;
  out.open(path, std::ios::binary | std::ios::trunc);
  if (!out) return base::problem(path, "the report cannot be written");
  return out;
}

Json result_json(const files::ListFile& list, const store::ImportResult& result, double seconds) {
  Json j = {{"published", result.published}, {"rows", list.rows},         {"taken", list.rows - list.lines_bad},
            {"repeated", list.repeats},      {"refused", list.lines_bad}, {"seconds", seconds}};
  j["version"] = result.published ? version_json(result.version) : Json(nullptr);
  j["held"] = result.held ? Json(result.judgement.why) : Json(nullptr);
  return j;
}

/// "imeis 2, locks 1".
std::string counts_text(const lists::KindCounts& counts) {
  std::string text;
  const auto numbers = counts.array();
  for (size_t i = 0; i < numbers.size(); ++i)
    if (numbers[i])
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", lists::KindCounts::names()[i], grouped(numbers[i]));
  return text.empty() ? "nothing" : text;
}

void print_result(const Options& o, const files::ListFile& list, const store::ImportResult& result, double seconds) {
  constexpr size_t kBadShown = 20;
  for (size_t i = 0; i < std::min(kBadShown, list.bad.size()); ++i) {
    const files::BadLine& b = list.bad[i];
    fmt::print(stderr, "{}:{}: {}{}{} [{}]\n", list.parts[b.file].name, b.line, b.column, b.column.empty() ? "" : ": ",
               b.text, code_name(b.code));
  }
  if (list.lines_bad > kBadShown)
    fmt::print(stderr, "... and {} more{}\n", grouped(list.lines_bad - kBadShown),
               o.report.empty() ? "; --report FILE writes them all" : "");
  fmt::print("{} rows: {} taken, {} of them repeats, {} refused, in {:.1f} s\n", grouped(list.rows),
             grouped(list.rows - list.lines_bad), grouped(list.repeats), grouped(list.lines_bad), seconds);
  if (!result.published) {
    fmt::print("nothing changed: no new version\n");
    return;
  }
  const auto& v = result.version;
  fmt::print("published version {} ({} of source {}): {} entries, digest {}\n", v.version.str(),
             v.full ? "full version" : "change", v.source, grouped(v.counts.total()), v.digest.hex());
  fmt::print("it holds {}\n", counts_text(v.counts));
  if (result.held)
    fmt::print(
        "the guard holds it: {0}\nsee it with 'eirctl replica preview --replica {1} --source {2}', serve it with"
        " 'eirctl replica release --replica {1} --source {2}'\n",
        result.judgement.why, o.replica, v.source);
}

/// The files' names, for the record.
std::string origin_of(const std::vector<std::string>& paths) {
  constexpr size_t kNamed = 3;
  std::string names;
  for (size_t i = 0; i < std::min(paths.size(), kNamed); ++i)
    (names += i ? ", " : "") += std::filesystem::path(paths[i]).filename().string();
  if (paths.size() > kNamed) names += fmt::format(" and {} more", paths.size() - kNamed);
  return names;
}

void run(const Options& o, Context& context) {
  const auto began = steady_clock::now();
  auto report = open_report(o.report);
  if (!report) return fail(context, report.error());
  auto writer = open_guarded(o.replica, "eirctl import " + o.paths.front(), o.guard);
  if (!writer) return fail(context, writer.error());
  ProgressLine line(!o.quiet && !context.json && isatty(STDERR_FILENO));
  const auto progress = line.progress();
  auto list = files::read_list_files(o.paths, progress);
  if (!list) {
    line.clear();
    return fail(context, list.error());
  }
  const auto result = (**writer)->import(*list, {o.source, o.merge, origin_of(o.paths)}, progress);
  line.clear();
  if (report->is_open()) *report << files::bad_line_report(*list) << std::flush;
  if (report->bad()) fmt::print(stderr, "eirctl: {}: the report could not be written whole\n", o.report);
  if (!result) return fail(context, result.error());
  const double seconds = std::chrono::duration<double>(steady_clock::now() - began).count();
  if (context.json) {
    fmt::print("{}\n", one_line(result_json(*list, *result, seconds)));
  } else {
    print_result(o, *list, *result, seconds);
  }
  context.exit = list->lines_bad || result->held ? kSomeRefused : kOk;
}

}  // namespace

void add_import(Command& app, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = app.add_command("import", "Publish list files as a new version of the replica");
  c->add_option("--replica", o->replica, "Replica directory; made when it is missing")->required();
  c->add_option("file", o->paths, "List files of any kind; several become one version")->required();
  c->add_flag("--merge", o->merge, "Apply on top of the source's lists; else they are replaced whole");
  c->add_option("--source", o->source, "Whose lists these are")->show_default();
  c->add_option("--report", o->report, "Write every refused line to this CSV: line,column,code,text");
  c->add_flag("--quiet", o->quiet, "Show no progress");
  add_guard(*c, o->guard);
  add_json(*c, context);
  c->footer(
      "Exit status: 0 all lines taken, 1 some refused or the guard holds the version, 2 nothing published.\n\n"
      "Examples:\n"
      "  eirctl import --replica /var/lib/turnstile/replica lists.csv\n"
      "  eirctl import --replica /var/lib/turnstile/replica --merge --report refused.csv today.csv\n"
      "  eirctl import --replica /var/lib/turnstile/replica --source shared-blacklist black.csv\n"
      "  eirctl import --replica /var/lib/turnstile/replica devices.csv locks.csv subscribers.csv\n"
      "  zcat black.csv.gz | eirctl import --replica /var/lib/turnstile/replica --source shared-blacklist /dev/stdin");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
