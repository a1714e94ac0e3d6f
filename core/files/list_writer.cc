// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/list_writer.h"

#include <fmt/format.h>

#include <iterator>
#include <optional>

#include "core/files/text.h"

namespace eir::files {

using lists::EntryKind;
using lists::Terms;

ListWriter::ListWriter(const Layout& layout, Sink sink) : sink_(std::move(sink)) {
  buffer_.reserve(kBufferOctets + 4096);
  buffer_ = layout.header();
  buffer_ += '\n';
}

void ListWriter::end_row() {
  buffer_ += '\n';
  ++rows_;
  if (buffer_.size() < kBufferOctets) return;
  ok_ = ok_ && sink_(buffer_);
  buffer_.clear();
}

bool ListWriter::finish() {
  ok_ = ok_ && sink_(buffer_);
  buffer_.clear();
  return ok_;
}

void ListWriter::put_key(identity::ImeiKey key) {
  constexpr size_t kDigits = 14;
  char text[kDigits];
  uint64_t v = number(key);
  for (size_t i = kDigits; i-- > 0; v /= 10) text[i] = static_cast<char>('0' + v % 10);
  buffer_.append(text, kDigits);
}

/// RFC 4180: quoted where it must be.
void ListWriter::put_text(std::string_view text) {
  if (text.find_first_of(",\"") == std::string_view::npos) {
    buffer_ += text;
    return;
  }
  buffer_ += '"';
  for (const char c : text) buffer_.append(c == '"' ? 2 : 1, c);
  buffer_ += '"';
}

void ListWriter::put_terms(const Terms& t, bool next) {
  buffer_ += ',';
  put_text(t.reason);
  buffer_ += ',';
  if (t.from != base::UnixSeconds{}) buffer_ += date_text(t.from);
  buffer_ += ',';
  if (t.until != base::UnixSeconds{}) buffer_ += date_text(t.until);
  if (!next) return;
  buffer_ += ',';
  if (!t.next.empty()) buffer_ += t.next.str();
}

void ListWriter::row(const lists::ImeiEntry& e, const Terms& t) {
  put_key(e.key());
  (buffer_ += ',') += e.lists().str();
  buffer_ += ',';
  if (const auto svn = e.svn()) fmt::format_to(std::back_inserter(buffer_), "{:02}", *svn);
  put_terms(t, true);
  end_row();
}

void ListWriter::row(const lists::RangeEntry& e, const Terms& t) {
  if (e.tac()) {
    fmt::format_to(std::back_inserter(buffer_), "{:08}", identity::tac_of(e.from));
  } else {
    put_key(e.from);
    buffer_ += '-';
    put_key(e.to);
  }
  ((buffer_ += ',') += e.lists.str()) += ',';
  put_terms(t, true);
  end_row();
}

void ListWriter::row(const lists::SubscriberEntry& e, const Terms& t) {
  ((buffer_ += subscriber_text(e.who)) += ',') += e.lists.str();
  put_terms(t, true);
  end_row();
}

void ListWriter::row(const lists::PairEntry& e, const Terms& t) {
  put_key(e.imei);
  (((buffer_ += ',') += subscriber_text(e.who)) += ',') += e.lists.str();
  put_terms(t, true);
  end_row();
}

void ListWriter::row(const lists::LockEntry& e, const Terms& t) {
  (buffer_ += to_string(e.policy)) += ',';
  put_key(e.imei);
  (((buffer_ += ',') += e.imsi.str()) += ',') += e.msisdn.str();
  put_terms(t, false);
  end_row();
}

void ListWriter::row(const lists::MirrorEntry& e, const Terms&) {
  ((buffer_ += e.imsi.str()) += ',') += e.msisdn.str();
  end_row();
}

void ListWriter::row(const lists::ExceptionEntry& e, const Terms& t) {
  ((buffer_ += subscriber_text(e.who)) += ',') += to_string(e.ruling);
  put_terms(t, false);
  end_row();
}

void ListWriter::row(const lists::DeviceClassEntry& e, const Terms& t) {
  fmt::format_to(std::back_inserter(buffer_), "{:08}", e.tac);
  put_terms(t, false);
  end_row();
}

void ListWriter::row(identity::ImeiKey imei, base::UnixSeconds from, std::string_view reasons, std::string_view event) {
  put_key(imei);
  buffer_ += ',';
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(from));
  if (from != base::UnixSeconds{})
    fmt::format_to(std::back_inserter(buffer_), "{:04}{:02}{:02}", static_cast<int>(day.year()),
                   static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  buffer_ += ',';
  put_text(reasons);
  if (!event.empty()) (buffer_ += ',') += event;
  end_row();
}

uint64_t count_of(const lists::KindCounts& c, EntryKind kind) {
  switch (kind) {
    case EntryKind::kImei:
    case EntryKind::kRange: return c.imeis + c.svn_rules + c.tacs + c.ranges;
    case EntryKind::kSubscriber: return c.subscribers;
    case EntryKind::kPair: return c.pairs;
    case EntryKind::kLock: return c.locks;
    case EntryKind::kMirror: return c.mirror;
    case EntryKind::kException: return c.exceptions;
    case EntryKind::kDeviceClass: return c.device_classes;
  }
  return 0;
}

namespace {

base::Result<uint64_t, base::Problem> finished(ListWriter& out) {
  if (!out.finish()) return base::problem("", "what was written could not be taken whole");
  return out.rows();
}

template <class Entry>
void write_kind(const lists::Index& index, ListWriter& out, const Progress& progress) {
  constexpr uint64_t kProgressRows = 1 << 16;
  const uint64_t all = count_of(index.counts(), Entry::kKind);
  index.for_each<Entry>([&](const Entry& e, const Terms& t) {
    out.row(e, t);
    if (progress && out.rows() % kProgressRows == 0) progress({"writing", out.rows(), out.rows(), all});
  });
}

}  // namespace

base::Result<uint64_t, base::Problem> write_list(const lists::Index& index, EntryKind kind, const Sink& sink,
                                                 const Progress& progress) {
  ListWriter out(kind, sink);
  switch (kind) {
    case EntryKind::kImei:
    case EntryKind::kRange:
      write_kind<lists::RangeEntry>(index, out, progress);
      write_kind<lists::ImeiEntry>(index, out, progress);
      break;
    case EntryKind::kSubscriber: write_kind<lists::SubscriberEntry>(index, out, progress); break;
    case EntryKind::kPair: write_kind<lists::PairEntry>(index, out, progress); break;
    case EntryKind::kLock: write_kind<lists::LockEntry>(index, out, progress); break;
    case EntryKind::kMirror: write_kind<lists::MirrorEntry>(index, out, progress); break;
    case EntryKind::kException: write_kind<lists::ExceptionEntry>(index, out, progress); break;
    case EntryKind::kDeviceClass: write_kind<lists::DeviceClassEntry>(index, out, progress); break;
  }
  return finished(out);
}

namespace {

/// From when on, and why.
struct Blocked {
  base::UnixSeconds from;
  std::string_view reason;
  bool operator==(const Blocked&) const = default;
};

std::optional<Blocked> blocked(const lists::ImeiEntry& e, const Terms& t, base::UnixSeconds at) {
  if (e.svn()) return std::nullopt;
  const bool over = t.until != base::UnixSeconds{} && t.until <= at;
  if (!(over ? t.next : e.lists()).black()) return std::nullopt;
  return Blocked{over ? t.until : t.from, t.reason};
}

/// The devices of `index` that are blocked; f(const ImeiEntry&, const Blocked&).
template <class F>
void each_blocked(const lists::Index& index, base::UnixSeconds at, const ListWriter& out, const Progress& progress,
                  F&& f) {
  constexpr uint64_t kProgressEntries = 1 << 16;
  const uint64_t all = index.counts().imeis + index.counts().svn_rules;
  uint64_t done = 0;
  index.for_each<lists::ImeiEntry>([&](const lists::ImeiEntry& e, const Terms& t) {
    if (const auto b = blocked(e, t, at)) f(e, *b);
    if (progress && ++done % kProgressEntries == 0) progress({"writing", out.rows(), done, all});
  });
}

}  // namespace

base::Result<uint64_t, base::Problem> write_black_list(const lists::Index& index, base::UnixSeconds at,
                                                       const Sink& sink, const Progress& progress) {
  ListWriter out(Layout::of(LayoutKind::kBlackList, false), sink);
  each_blocked(index, at, out, progress,
               [&](const lists::ImeiEntry& e, const Blocked& b) { out.row(e.key(), b.from, b.reason, {}); });
  return finished(out);
}

base::Result<uint64_t, base::Problem> write_black_list_change(const lists::Index& from, const lists::Index& to,
                                                              base::UnixSeconds at, const Sink& sink,
                                                              const Progress& progress) {
  ListWriter out(Layout::of(LayoutKind::kBlackList), sink);
  lists::TermsPool pool;
  const auto other = [&](const lists::Index& index, const lists::ImeiEntry& e) {
    const auto found = index.find(e, pool);
    return found ? blocked(*found, pool.of(found->terms), at) : std::nullopt;
  };
  each_blocked(from, at, out, progress, [&](const lists::ImeiEntry& e, const Blocked&) {
    if (!other(to, e)) out.row(e.key(), {}, {}, "unblock");
  });
  each_blocked(to, at, out, progress, [&](const lists::ImeiEntry& e, const Blocked& b) {
    const auto before = other(from, e);
    if (before != b) out.row(e.key(), b.from, b.reason, before ? "changed" : "block");
  });
  return finished(out);
}

}  // namespace eir::files
