// SPDX-License-Identifier: GPL-3.0-or-later
// What is served otherwise without anything new: rollback, unpin, release, refuse. And the judge's questions.
#include <fmt/format.h>

#include "core/store/writer_impl.h"

namespace eir::store {

using base::Problem;
using base::problem;
using lists::Version;

base::Result<Judgement, Problem> Writer::Impl::judge(const SourceRow& source, const Loaded& would_serve,
                                                     const lists::Change* change) {
  if (!judge_ || source.name == kUrgent) return Judgement{};
  auto states = served_states();
  if (!states) return tl::unexpected(states.error());
  const auto now_served = joined(*states);
  Loaded& own = (*states)[source.name];
  // Of a source whose served state cannot be had nothing can be compared.
  if (!now_served || (!own.lists && source.served != Version{})) return Judgement{};
  if (own.version() != source.served) change = nullptr;
  own = would_serve;
  const auto then = joined(*states);
  if (!then) return Judgement{};
  return judge_->judge(*now_served, *then, change);
}

base::Result<Version, Problem> Writer::Impl::next_after(std::string_view source, Version version) {
  Statement s(db_,
              "SELECT epoch, number FROM versions WHERE source=? AND (epoch, number) > (?, ?)"
              " ORDER BY epoch, number LIMIT 1");
  s.bind(source).bind(int64_t{version.epoch}).bind(static_cast<int64_t>(version.number));
  if (s.step()) return Version{static_cast<uint32_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1))};
  if (!s.ok()) return failed();
  return problem(directory_, fmt::format("there is no version of {} after {}", source, version.str()));
}

base::Result<Swapped, Problem> Writer::Impl::rollback(std::string_view source, Version version, const std::string& note,
                                                      bool despite_guard) {
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  row->pinned = true;
  row->note = note;
  return swap(std::move(*row), version, "rollback", note, !despite_guard);
}

base::Result<Swapped, Problem> Writer::Impl::unpin(std::string_view source, const std::string& note) {
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  if (!row->pinned) return problem(directory_, fmt::format("{} is not pinned", source));
  row->pinned = false;
  row->note.clear();
  Version to = row->newest;
  if (row->held_from != Version{}) {
    Statement s(db_,
                "SELECT epoch, number FROM versions WHERE source=? AND (epoch, number) < (?, ?)"
                " ORDER BY epoch DESC, number DESC LIMIT 1");
    s.bind(source).bind(int64_t{row->held_from.epoch}).bind(static_cast<int64_t>(row->held_from.number));
    if (!s.step()) return s.ok() ? problem(directory_, "what was served before the hold is gone") : failed();
    to = {static_cast<uint32_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1))};
  }
  return swap(std::move(*row), to, "unpin", note, true);
}

base::Result<Swapped, Problem> Writer::Impl::release(std::string_view source, const std::string& note) {
  if (source == kPolicy) {
    int64_t held = 0;
    if (!db_.number("SELECT coalesce(max(number), 0) FROM policies WHERE held", held)) return failed();
    if (held == 0) return problem(directory_, "no policy is held");
    const Version version{0, static_cast<uint64_t>(held)};
    if (!db_.exec("BEGIN IMMEDIATE")) return failed();
    if (!db_.exec("UPDATE policies SET held=0 WHERE held") ||
        !write_served(db_, {std::string(kPolicy), version, now(), "release", note, 0}) || !db_.exec("COMMIT")) {
      auto error = failed();
      db_.exec("ROLLBACK");
      return error;
    }
    ring(directory_);
    return Swapped{{}, version, false, {}};
  }
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  if (row->held_from == Version{}) return problem(directory_, fmt::format("nothing of {} is held", source));
  row->held_from = {};
  if (!row->pinned) row->note.clear();
  const Version to = row->pinned ? row->served : row->newest;
  return swap(std::move(*row), to, "release", note, false);
}

base::Result<Swapped, Problem> Writer::Impl::refuse(std::string_view source, const std::string& note) {
  if (source == kPolicy) {
    if (!db_.exec("DELETE FROM policies WHERE held")) return failed();
    ring(directory_);
    return Swapped{};
  }
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  if (row->held_from == Version{}) return problem(directory_, fmt::format("nothing of {} is held", source));
  row->held_from = {};
  if (!row->pinned) row->note.clear();
  const Version served = row->served;
  return swap(std::move(*row), served, "refuse", note, false);
}

base::Result<uint64_t, Problem> Writer::Impl::turned_since(base::UnixSeconds since) {
  Statement s(db_, "SELECT at, cause, turned FROM served ORDER BY id DESC");
  uint64_t turned = 0;
  while (s.step() && s.integer(0) >= since.time_since_epoch().count() && s.text(1) != "release")
    turned += static_cast<uint64_t>(s.integer(2));
  if (!s.ok()) return failed();
  return turned;
}

}  // namespace eir::store
