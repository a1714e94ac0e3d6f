// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/list_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/lists/range_table.h"

namespace eir::files {
namespace {

using lists::RangeEntry;

constexpr std::array<std::string_view, kLineCodes> kCodeNames = {
    "field-count",        "quote",           "line-too-long",  "imei-form",     "check-digit",     "imei-zero",
    "range-order",        "range-overlap",   "range-repeated", "list-name",     "svn-form",        "svn-conflict",
    "svn-on-range",       "reason-length",   "reason-text",    "contradiction", "date-form",       "date-order",
    "next-without-until", "subscriber-form", "imsi-form",      "msisdn-form",   "lock-subscriber", "policy-name",
    "ruling-name",        "tac-form",        "class-empty",    "event-name",    "range-depth",     "lock-crowd"};

/// The part that a line of all is in; there is one at least.
size_t part_of(const ListFile& list, uint32_t line) {
  const auto after = std::upper_bound(list.parts.begin(), list.parts.end(), line,
                                      [](uint32_t l, const ListFile::Part& p) { return l <= p.line_base; });
  return after == list.parts.begin() ? 0 : static_cast<size_t>(after - list.parts.begin()) - 1;
}

/// The column that names what has too many locks, and its name.
std::pair<std::string_view, std::string> crowded(const lists::LockCrowd& c) {
  switch (c.of) {
    case lists::LockName::kImsi: return {"imsi", "IMSI " + c.refused.imsi.str()};
    case lists::LockName::kMsisdn: return {"msisdn", "MSISDN " + c.refused.msisdn.str()};
    case lists::LockName::kDevice: break;
  }
  return {"imei", to_string(c.refused.imei)};
}

void put_quoted(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

}  // namespace

std::string_view code_name(LineCode code) noexcept { return kCodeNames[static_cast<size_t>(code)]; }

void ListFile::refuse(uint32_t line, std::string_view column, LineCode code, std::string text) {
  ++lines_bad;
  if (bad.size() >= kBadLinesKept) return;
  const size_t part = part_of(*this, line);
  const uint32_t base = parts.empty() ? 0 : parts[part].line_base;
  bad.push_back({static_cast<uint32_t>(part), line - base, column, code, std::move(text)});
}

std::string ListFile::place(uint32_t line) const {
  if (parts.size() < 2) return fmt::format("line {}", line);
  const Part& part = parts[part_of(*this, line)];
  return fmt::format("line {} of {}", line - part.line_base, part.name);
}

void refuse_range(ListFile& list, const lists::RangeConflict& c, const std::string& with) {
  const auto name = [](const RangeEntry& r) { return to_string(r.from) + "-" + to_string(r.to); };
  if (c.deep)
    return list.refuse(c.refused.line, "imei", LineCode::kRangeDepth,
                       fmt::format("with {} ranges would nest more than {} deep at {}", name(c.refused),
                                   lists::kRangeDepthMax, name(c.with)));
  list.refuse(c.refused.line, "imei", c.same ? LineCode::kRangeRepeated : LineCode::kRangeOverlap,
              c.same ? fmt::format("{} stands in {} already", name(c.refused), with)
                     : fmt::format("{} overlaps partly with {} ({})", name(c.refused), name(c.with), with));
}

void refuse_locks(ListFile& list, std::vector<lists::LockCrowd> crowds) {
  if (crowds.empty()) return;
  for (const lists::LockCrowd& c : crowds) {
    const auto [column, who] = crowded(c);
    list.refuse(c.refused.line, column, LineCode::kLockCrowd,
                fmt::format("{} would have more than {} locks", who, lists::kLocksOfOneMax));
  }
  const auto before = [](const auto& a, const auto& b) { return a.refused.place() < b.refused.place(); };
  std::sort(crowds.begin(), crowds.end(), before);
  std::erase_if(list.entries.locks, [&](const lists::LockEntry& e) {
    return std::binary_search(crowds.begin(), crowds.end(), lists::LockCrowd{e, {}}, before);
  });
}

std::string bad_line_report(const ListFile& list) {
  const bool several = list.parts.size() > 1;
  std::string out = several ? "file,line,column,code,text\n" : "line,column,code,text\n";
  for (const BadLine& b : list.bad) {
    if (several) {
      put_quoted(out, list.parts[b.file].name);
      out += ',';
    }
    out += fmt::format("{},{},{},", b.line, b.column, code_name(b.code));
    put_quoted(out, b.text);
    out += '\n';
  }
  if (list.lines_bad > list.bad.size())
    out +=
        fmt::format("{},,more,\"{} more lines were refused\"\n", several ? "," : "", list.lines_bad - list.bad.size());
  return out;
}

}  // namespace eir::files
