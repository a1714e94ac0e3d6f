// SPDX-License-Identifier: GPL-3.0-or-later
// The layouts of every kind: what each column takes and refuses.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/files/list_file.h"
#include "core/files/text.h"

namespace eir::files {
namespace {

std::vector<std::string> bad_of(const ListFile& list) {
  std::vector<std::string> out;
  for (const BadLine& b : list.bad)
    out.push_back(std::to_string(b.line) + ":" + std::string(b.column) + ":" + std::string(code_name(b.code)));
  return out;
}

/// "key=lists[ reason][ from..until[ next]]" of whatever kind.
class Text {
 public:
  explicit Text(const ListFile& list) : list_(list) {}
  std::vector<std::string> all() {
    lists::Entries::for_each(list_.entries, [&](const auto& entries) {
      for (const auto& e : entries) out_.push_back(text(e) + terms(e.terms));
    });
    for (const auto& e : list_.gone.imeis) out_.push_back("-" + text(e));
    return out_;
  }

 private:
  std::string terms(lists::TermsId id) const {
    const lists::Terms& t = list_.terms.of(id);
    std::string s = t.reason.empty() ? "" : " " + std::string(t.reason);
    if (t.timed())
      s += " " + (t.from.time_since_epoch().count() ? date_text(t.from) : "") + ".." +
           (t.until.time_since_epoch().count() ? date_text(t.until) : "");
    return s + (t.next.empty() ? "" : " " + t.next.str());
  }
  static std::string text(const lists::ImeiEntry& e) { return to_string(e.key()) + "=" + e.lists().str(); }
  static std::string text(const lists::RangeEntry& e) { return to_string(e.from) + "=" + e.lists.str(); }
  static std::string text(const lists::SubscriberEntry& e) { return subscriber_text(e.who) + "=" + e.lists.str(); }
  static std::string text(const lists::PairEntry& e) {
    return to_string(e.imei) + "+" + subscriber_text(e.who) + "=" + e.lists.str();
  }
  static std::string text(const lists::LockEntry& e) {
    return std::string(to_string(e.policy)) + " " + to_string(e.imei) + "+" + e.imsi.str() + "/" + e.msisdn.str();
  }
  static std::string text(const lists::MirrorEntry& e) { return e.imsi.str() + "/" + e.msisdn.str(); }
  static std::string text(const lists::ExceptionEntry& e) {
    return subscriber_text(e.who) + "=" + std::string(to_string(e.ruling));
  }
  static std::string text(const lists::DeviceClassEntry& e) { return std::to_string(e.tac); }

  const ListFile& list_;
  std::vector<std::string> out_;
};

struct Row {
  const char* what;
  std::string text;
  std::vector<std::string> taken;
  std::vector<std::string> bad = {};
  uint64_t repeats = 0;
};

void expect(std::span<const Row> rows) {
  for (const Row& row : rows) {
    const auto list = read_list(row.text, "t.csv");
    ASSERT_TRUE(list) << row.what << ": " << list.error().message();
    EXPECT_EQ(Text(*list).all(), row.taken) << row.what;
    EXPECT_EQ(bad_of(*list), row.bad) << row.what;
    EXPECT_EQ(list->repeats, row.repeats) << row.what;
    EXPECT_EQ(list->entries.size() + list->gone.size() + list->repeats + list->lines_bad, list->rows) << row.what;
  }
}

const std::string kImei = "35809101685355";

TEST(Kinds, Validity) {
  const std::string head = "imei,list,valid_from,valid_until,next\n" + kImei + ",grey,";
  const Row rows[] = {
      {"none", head + ",,\n", {kImei + "=grey"}},
      {"from", head + "2026-01-31,,\n", {kImei + "=grey 2026-01-31.."}},
      {"basic form", head + "20260131,,\n", {kImei + "=grey 2026-01-31.."}},
      {"with a time", head + "2026-01-31T23:59:58Z,,\n", {kImei + "=grey 2026-01-31T23:59:58Z.."}},
      {"until", head + ",2026-02-28,\n", {kImei + "=grey ..2026-02-28"}},
      {"next", head + "2026-01-31,2026-02-28,black\n", {kImei + "=grey 2026-01-31..2026-02-28 black"}},
      {"next, several", head + ",2026-02-28,black+grey\n", {kImei + "=grey ..2026-02-28 grey+black"}},
      {"leap day", head + "2028-02-29,,\n", {kImei + "=grey 2028-02-29.."}},
      {"no such day", head + "2026-02-29,,\n", {}, {"2:valid_from:date-form"}},
      {"no such month", head + ",2026-13-01,\n", {}, {"2:valid_until:date-form"}},
      {"year too low", head + "1970-01-01,,\n", {}, {"2:valid_from:date-form"}},
      {"year too high", head + "2100-01-01,,\n", {}, {"2:valid_from:date-form"}},
      {"no zone", head + "2026-01-31T23:59:58,,\n", {}, {"2:valid_from:date-form"}},
      {"another zone", head + "2026-01-31T23:59:58+01:00,,\n", {}, {"2:valid_from:date-form"}},
      {"24 hours", head + "2026-01-31T24:00:00Z,,\n", {}, {"2:valid_from:date-form"}},
      {"letters", head + "2026-0a-31,,\n", {}, {"2:valid_from:date-form"}},
      {"the other order of a date", head + "31.01.2026,,\n", {}, {"2:valid_from:date-form"}},
      {"ends as it begins", head + "2026-01-31,2026-01-31,\n", {}, {"2:valid_until:date-order"}},
      {"ends before", head + "2026-01-31,2026-01-30,\n", {}, {"2:valid_until:date-order"}},
      {"next without end", head + "2026-01-31,,black\n", {}, {"2:next:next-without-until"}},
      {"next is no list", head + ",2026-01-31,off\n", {}, {"2:next:list-name"}},
      {"other dates contradict",
       head + "2026-01-31,,\n" + kImei + ",grey,2026-02-01,,\n",
       {kImei + "=grey 2026-01-31.."},
       {"3:imei:contradiction"}},
      {"the same dates in another form repeat",
       head + "2026-01-31,,\n" + kImei + ",grey,20260131,,\n",
       {kImei + "=grey 2026-01-31.."},
       {},
       1},
  };
  expect(rows);
}

TEST(Kinds, SubscribersAndPairs) {
  const std::string head = "subscriber,list,reason\n";
  const std::string pair = "imei,subscriber,list\n";
  const Row rows[] = {
      {"IMSI, MSISDN, prefixes",
       head + "imsi:255011234567890,black,why\nimsi:25501*,grey,\nmsisdn:380441234567,white,\nmsisdn:380*,grey,\n",
       {"imsi:255011234567890=black why", "imsi:25501*=grey", "msisdn:380441234567=white", "msisdn:380*=grey"}},
      {"the whole and the prefix of the same digits are two",
       head + "imsi:25501,black,\nimsi:25501*,grey,\n",
       {"imsi:25501=black", "imsi:25501*=grey"}},
      {"no kind", head + "25501,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"another kind", head + "tel:25501,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"a plus", head + "msisdn:+38044,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"no digits", head + "imsi:,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"a star alone", head + "imsi:*,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"16 digits", head + "imsi:1234567890123456,black,\n", {}, {"2:subscriber:subscriber-form"}},
      {"no list", head + "imsi:25501*,,\n", {}, {"2:list:list-name"}},
      {"repeat and contradiction",
       head + "imsi:25501*,black,\nimsi:25501*,black,\nimsi:25501*,grey,\n",
       {"imsi:25501*=black"},
       {"4:subscriber:contradiction"},
       1},
      {"pairs",
       pair + kImei + ",imsi:255011234567890,white\n358091016853555,msisdn:380441234567,black\n",
       {kImei + "+imsi:255011234567890=white", kImei + "+msisdn:380441234567=black"}},
      {"a pair with a prefix", pair + kImei + ",imsi:25501*,white\n", {}, {"2:subscriber:subscriber-form"}},
      {"a pair with a TAC", pair + "35809101,imsi:25501,white\n", {}, {"2:imei:imei-form"}},
      {"a pair with an IMEISV", pair + "3580910168535507,imsi:25501,white\n", {}, {"2:imei:imei-form"}},
      {"a pair with a wrong check digit", pair + "358091016853550,imsi:25501,white\n", {}, {"2:imei:check-digit"}},
      {"a pair with zeros", pair + "00000000000000,imsi:25501,white\n", {}, {"2:imei:imei-zero"}},
      {"contradicting pair",
       pair + kImei + ",imsi:25501,white\n" + kImei + ",imsi:25501,black\n",
       {kImei + "+imsi:25501=white"},
       {"3:imei:contradiction"}},
  };
  expect(rows);
}

TEST(Kinds, LocksMirrorExceptionsAndClasses) {
  const std::string lock = "policy,imei,imsi,msisdn\n";
  const std::string timed = "policy,imei,imsi,msisdn,reason,valid_from,valid_until\n";
  const std::string exception = "subscriber,ruling\n";
  const std::string device = "tac,class\n";
  const Row rows[] = {
      {"policies and identities",
       lock + "mutual," + kImei + ",255011,380441\ndevice," + kImei + ",255011,\nsubscriber," + kImei + ",,380441\n",
       {"mutual " + kImei + "+255011/380441", "device " + kImei + "+255011/", "subscriber " + kImei + "+/380441"}},
      {"with terms",
       timed + "mutual," + kImei + ",255011,,contract 7,2026-01-01,2027-01-01\n",
       {"mutual " + kImei + "+255011/ contract 7 2026-01-01..2027-01-01"}},
      {"another policy", lock + "both," + kImei + ",255011,\n", {}, {"2:policy:policy-name"}},
      {"nobody", lock + "mutual," + kImei + ",,\n", {}, {"2:imsi:lock-subscriber"}},
      {"no device", lock + "mutual,,255011,\n", {}, {"2:imei:imei-form"}},
      {"bad IMSI", lock + "mutual," + kImei + ",2550a1,\n", {}, {"2:imsi:imsi-form"}},
      {"long IMSI", lock + "mutual," + kImei + ",1234567890123456,\n", {}, {"2:imsi:imsi-form"}},
      {"bad MSISDN", lock + "mutual," + kImei + ",,+380\n", {}, {"2:msisdn:msisdn-form"}},
      {"a lock repeats",
       lock + "mutual," + kImei + ",1,2\nmutual," + kImei + ",1,2\n",
       {"mutual " + kImei + "+1/2"},
       {},
       1},
      {"a lock's reason contradicts",
       timed + "mutual," + kImei + ",1,,a,,\nmutual," + kImei + ",1,,b,,\n",
       {"mutual " + kImei + "+1/ a"},
       {"3:imei:contradiction"}},
      {"mirror", "imsi,msisdn\n255011,380441\n255012,380441\n", {"255011/380441", "255012/380441"}},
      {"mirror without MSISDN", "imsi,msisdn\n255011,\n", {}, {"2:msisdn:msisdn-form"}},
      {"mirror without IMSI", "imsi,msisdn\n,380441\n", {}, {"2:imsi:imsi-form"}},
      {"mirror contradicts",
       "imsi,msisdn\n255011,380441\n255011,380442\n",
       {"255011/380441"},
       {"3:imsi:contradiction"}},
      {"exceptions",
       exception + "imsi:25501*,go-on\nimsi:255011,white\nmsisdn:38*,unknown\nmsisdn:39*,black\nmsisdn:37*,grey\n",
       {"imsi:255011=white", "imsi:25501*=go-on", "msisdn:37*=grey", "msisdn:38*=unknown", "msisdn:39*=black"}},
      {"another ruling", exception + "imsi:25501*,list\n", {}, {"2:ruling:ruling-name"}},
      {"contradicting ruling",
       exception + "imsi:25501*,white\nimsi:25501*,black\n",
       {"imsi:25501*=white"},
       {"3:subscriber:contradiction"}},
      {"device classes", device + "35809101,phone\n00000000,meter\n", {"0 meter", "35809101 phone"}},
      {"class with dates",
       "tac,class,valid_from,valid_until\n35809101,phone,2026-01-01,\n",
       {"35809101 phone 2026-01-01.."}},
      {"TAC of 7", device + "3580910,phone\n", {}, {"2:tac:tac-form"}},
      {"TAC of letters", device + "3580910a,phone\n", {}, {"2:tac:tac-form"}},
      {"no class", device + "35809101,\n", {}, {"2:class:class-empty"}},
      {"long class", device + "35809101," + std::string(65, 'c') + "\n", {}, {"2:class:reason-length"}},
      {"control character in a class", device + "35809101,a\tb\n", {}, {"2:class:reason-text"}},
      {"two classes", device + "35809101,phone\n35809101,meter\n", {"35809101 phone"}, {"3:tac:contradiction"}},
  };
  expect(rows);
}

TEST(Kinds, PublicBlackLists) {
  const std::string head = "imei,block_date,reasons\n";
  const std::string delta = "imei,block_date,reasons,event\n";
  const std::string k64(64, 'r');
  const Row rows[] = {
      {"a record", head + kImei + ",20260131,Stolen|Duplicate\n", {kImei + "=black Stolen|Duplicate 2026-01-31.."}},
      {"its day counts, not its hour", head + kImei + ",2026-01-31T17:00:00Z,\n", {kImei + "=black 2026-01-31.."}},
      {"no date", head + kImei + ",,\n", {kImei + "=black"}},
      {"long reasons are cut", head + kImei + ",," + k64 + "more\n", {kImei + "=black " + k64}},
      {"cut between characters",
       head + kImei + ",," + std::string(63, 'r') + "\xC3\xB6\n",
       {kImei + "=black " + std::string(63, 'r')}},
      {"bad date", head + kImei + ",31/01/2026,\n", {}, {"2:block_date:date-form"}},
      {"bad text", head + kImei + ",,\xFF\n", {}, {"2:reasons:reason-text"}},
      {"a TAC is no record", head + "35809101,,\n", {}, {"2:imei:imei-form"}},
      {"events",
       delta + kImei + ",20260131,why,block\n35809101685356,20260131,why,unblock\n",
       {kImei + "=black why 2026-01-31..", "-35809101685356=none"}},
      {"other spellings",
       "imei,block_date,reasons,change_type\n35809101685351,,,blocked\n35809101685352,,,new\n35809101685353,,,added\n"
       "35809101685354,,,changed\n35809101685355,,,unblocked\n35809101685356,,,removed\n",
       {"35809101685351=black", "35809101685352=black", "35809101685353=black", "35809101685354=black",
        "-35809101685355=none", "-35809101685356=none"}},
      {"another event", delta + kImei + ",,,Block\n", {}, {"2:event:event-name"}},
      {"no event", delta + kImei + ",,,\n", {}, {"2:event:event-name"}},
      {"both at once",
       delta + kImei + ",,,block\n" + kImei + ",,,unblock\n",
       {kImei + "=black"},
       {"3:imei:contradiction"}},
      {"the same unblock twice",
       delta + kImei + ",,,unblock\n" + kImei + ",,,removed\n",
       {"-" + kImei + "=none"},
       {},
       1},
  };
  expect(rows);
}

TEST(Kinds, LocksThatAreTooManyOfOneAreRefused) {
  constexpr uint64_t kMax = lists::kLocksOfOneMax;
  std::string text = "policy,imei,imsi,msisdn\n";
  // Backwards, so that the lines' order and not the places' decides; and another device's between them.
  for (uint64_t n = kMax + 2; n > 0; --n) text += fmt::format("mutual,35809101685355,{:015},\n", 255010000000000 + n);
  text += "mutual,35809101685356,255010000000001,\n";
  for (uint64_t n = 0; n <= kMax; ++n) text += fmt::format("device,{:014},,380501112233\n", 35809102000000 + n);
  const auto list = read_list(text, "t.csv");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->entries.locks.size(), kMax + 1 + kMax);
  EXPECT_EQ(bad_of(*list), (std::vector<std::string>{fmt::format("{}:imei:lock-crowd", kMax + 2),
                                                     fmt::format("{}:imei:lock-crowd", kMax + 3),
                                                     fmt::format("{}:msisdn:lock-crowd", kMax + 5 + kMax)}));
  EXPECT_EQ(list->bad.front().text, "35809101685355 would have more than 4096 locks");
}

TEST(Kinds, RangesNestedTooDeepAreRefused) {
  std::string text = "imei,list\n";
  for (int i = 0; i < 40; ++i) text += fmt::format("35809101{:06}-35809101{:06},grey\n", i, 999999 - i);
  const auto list = read_list(text, "t.csv");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->entries.ranges.size(), 32u);
  ASSERT_EQ(list->bad.size(), 8u);
  EXPECT_EQ(bad_of(*list).front(), "34:imei:range-depth");
}

}  // namespace
}  // namespace eir::files
