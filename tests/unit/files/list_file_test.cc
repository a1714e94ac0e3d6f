// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/list_file.h"

#include <gtest/gtest.h>

namespace eir::files {
namespace {

using identity::number;

/// A bad line as "line:column:code".
std::vector<std::string> bad_of(const ListFile& list) {
  std::vector<std::string> out;
  for (const BadLine& b : list.bad)
    out.push_back(std::to_string(b.line) + ":" + std::string(b.column) + ":" + std::string(code_name(b.code)));
  return out;
}

/// What was taken: "key[/svn]=lists(reason)" and "from-to=lists(reason)".
std::vector<std::string> taken_of(const ListFile& list) {
  std::vector<std::string> out;
  const auto tail = [&](lists::ListSet set, lists::TermsId r) {
    return "=" + set.str() + (r ? "(" + std::string(list.terms.reason(r)) + ")" : "");
  };
  for (const auto& e : list.entries.imeis)
    out.push_back(to_string(e.key()) + (e.svn() ? "/" + std::to_string(*e.svn()) : "") + tail(e.lists(), e.terms));
  for (const auto& r : list.entries.ranges)
    out.push_back(to_string(r.from) + "-" + to_string(r.to) + tail(r.lists, r.terms));
  return out;
}

struct Row {
  const char* what;
  std::string text;
  std::vector<std::string> taken;
  std::vector<std::string> bad = {};
  uint64_t repeats = 0;
};

const std::string kHead = "imei,list,svn,reason\n";

TEST(ListFile, LinesTakenAndRefused) {
  const std::string k64(64, 'r'), k65(65, 'r');
  const Row rows[] = {
      {"14 digits", kHead + "35809101685355,white,,\n", {"35809101685355=white"}},
      {"15 digits with the check digit", kHead + "358091016853555,white,,\n", {"35809101685355=white"}},
      {"15 digits, wrong check digit", kHead + "358091016853550,white,,\n", {}, {"2:imei:check-digit"}},
      {"16 digits hold for that version", kHead + "3580910168535507,black,,\n", {"35809101685355/7=black"}},
      {"16 digits and the same svn", kHead + "3580910168535507,black,07,\n", {"35809101685355/7=black"}},
      {"16 digits and another svn", kHead + "3580910168535507,black,08,\n", {}, {"2:svn:svn-conflict"}},
      {"svn 00 and 99",
       kHead + "35809101685355,black,00,\n35809101685355,grey,99,\n",
       {"35809101685355/0=black", "35809101685355/99=grey"}},
      {"svn of one digit", kHead + "35809101685355,black,7,\n", {}, {"2:svn:svn-form"}},
      {"svn of three digits", kHead + "35809101685355,black,007,\n", {}, {"2:svn:svn-form"}},
      {"svn no number", kHead + "35809101685355,black,a1,\n", {}, {"2:svn:svn-form"}},
      {"TAC", kHead + "35809101,grey,,type\n", {"35809101000000-35809101999999=grey(type)"}},
      {"TAC with svn", kHead + "35809101,grey,01,\n", {}, {"2:svn:svn-on-range"}},
      {"range", kHead + "35809101000001-35809101000009,black,,\n", {"35809101000001-35809101000009=black"}},
      {"range of one", kHead + "35809101000001-35809101000001,black,,\n", {"35809101000001-35809101000001=black"}},
      {"range backwards", kHead + "35809101000009-35809101000001,black,,\n", {}, {"2:imei:range-order"}},
      {"range of 15 digits", kHead + "358091010000019-358091010000027,black,,\n", {}, {"2:imei:imei-form"}},
      {"range with a letter", kHead + "35809101000001-3580910100000x,black,,\n", {}, {"2:imei:imei-form"}},
      {"range without end", kHead + "35809101000001-,black,,\n", {}, {"2:imei:imei-form"}},
      {"7 digits", kHead + "3580910,white,,\n", {}, {"2:imei:imei-form"}},
      {"9 digits", kHead + "358091016,white,,\n", {}, {"2:imei:imei-form"}},
      {"13 digits", kHead + "3580910168535,white,,\n", {}, {"2:imei:imei-form"}},
      {"17 digits", kHead + "35809101685355070,white,,\n", {}, {"2:imei:imei-form"}},
      {"empty imei", kHead + ",white,,\n", {}, {"2:imei:imei-form"}},
      {"letters", kHead + "3580910168535a,white,,\n", {}, {"2:imei:imei-form"}},
      {"a sign", kHead + "+3580910168535,white,,\n", {}, {"2:imei:imei-form"}},
      {"a space before", kHead + " 35809101685355,white,,\n", {}, {"2:imei:imei-form"}},
      {"zeros",
       kHead + "00000000000000,white,,\n0000000000000000,white,,\n",
       {},
       {"2:imei:imei-zero", "3:imei:imei-zero"}},
      {"a TAC of zeros is a range", kHead + "00000000,black,,\n", {"00000000000000-00000000999999=black"}},
      {"several lists", kHead + "35809101685355,black+white+grey,,\n", {"35809101685355=white+grey+black"}},
      {"no list", kHead + "35809101685355,,,\n", {}, {"2:list:list-name"}},
      {"another list", kHead + "35809101685355,red,,\n", {}, {"2:list:list-name"}},
      {"capital list", kHead + "35809101685355,White,,\n", {}, {"2:list:list-name"}},
      {"list twice", kHead + "35809101685355,white+white,,\n", {}, {"2:list:list-name"}},
      {"a plus too much", kHead + "35809101685355,white+,,\n", {}, {"2:list:list-name"}},
      {"64 octets of reason", kHead + "35809101685355,white,," + k64 + "\n", {"35809101685355=white(" + k64 + ")"}},
      {"65 octets of reason", kHead + "35809101685355,white,," + k65 + "\n", {}, {"2:reason:reason-length"}},
      {"UTF-8 reason",
       kHead + "35809101685355,white,,gestohlen in K\xC3\xB6ln\n",
       {"35809101685355=white(gestohlen in K\xC3\xB6ln)"}},
      {"Latin-1 reason", kHead + "35809101685355,white,,K\xF6ln\n", {}, {"2:reason:reason-text"}},
      {"overlong UTF-8", kHead + "35809101685355,white,,\xC0\xAF\n", {}, {"2:reason:reason-text"}},
      {"surrogate in UTF-8", kHead + "35809101685355,white,,\xED\xA0\x80\n", {}, {"2:reason:reason-text"}},
      {"cut UTF-8", kHead + "35809101685355,white,,\xE2\x82\n", {}, {"2:reason:reason-text"}},
      {"control character", kHead + "35809101685355,white,,a\x1B[31m\n", {}, {"2:reason:reason-text"}},
      {"quoted line end in the reason",
       kHead + "35809101685355,white,,\"a\nb\"\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2:reason:reason-text"}},
      {"quoted fields",
       kHead + "\"35809101685355\",\"white\",\"\",\"a, \"\"b\"\"\"\n",
       {"35809101685355=white(a, \"b\")"}},
      {"quote in a plain field",
       kHead + "35809101685355,white,,a\"b\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2::quote"}},
      {"text after a quote",
       kHead + "35809101685355,white,,\"a\"b\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2::quote"}},
      {"quote without end costs one line",
       kHead + "35809101685355,white,,\"a\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2::quote"}},
      {"line too long",
       kHead + "35809101685355,white,," + std::string(5000, 'x') + "\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2::line-too-long"}},
      {"quoted too long",
       kHead + "35809101685355,white,,\"" + std::string(5000, 'x') + "\"\n35809101685356,white,,\n",
       {"35809101685356=white"},
       {"2::line-too-long"}},
      {"three fields", kHead + "35809101685355,white,\n", {}, {"2::field-count"}},
      {"five fields", kHead + "35809101685355,white,,,\n", {}, {"2::field-count"}},
      {"nine fields", kHead + "35809101685355,white,,,,,,,\n", {}, {"2::field-count"}},
      {"two columns",
       "imei,list\n35809101685355,white\n35809101685356,white,,\n",
       {"35809101685355=white"},
       {"3::field-count"}},
      {"byte order mark", "\xEF\xBB\xBF" + kHead + "35809101685355,white,,\n", {"35809101685355=white"}},
      {"CRLF",
       "imei,list,svn,reason\r\n35809101685355,white,,why\r\n\"35809101685356\",white,,\"why\"\r\n",
       {"35809101685355=white(why)", "35809101685356=white(why)"}},
      {"CRLF after two columns", "imei,list\r\n35809101685355,white\r\n", {"35809101685355=white"}},
      {"no line end at the end", kHead + "35809101685355,white,,why", {"35809101685355=white(why)"}},
      {"CR at the very end", kHead + "35809101685355,white,,why\r", {"35809101685355=white(why)"}},
      {"comments and empty lines count as lines",
       "# first\n" + kHead + "\n\r\n# a \"comment,\n35809101685355,white,,\nx,white,,\n",
       {"35809101685355=white"},
       {"7:imei:imei-form"}},
      {"exact repeat, in another form",
       kHead + "35809101685355,white,,a\n358091016853555,white,,a\n",
       {"35809101685355=white(a)"},
       {},
       1},
      {"repeat of a version, in another form",
       kHead + "3580910168535507,grey,,\n35809101685355,grey,07,\n",
       {"35809101685355/7=grey"},
       {},
       1},
      {"contradicting list",
       kHead + "35809101685355,white,,\n35809101685355,black,,\n",
       {"35809101685355=white"},
       {"3:imei:contradiction"}},
      {"contradicting reason",
       kHead + "35809101685355,white,,a\n35809101685355,white,,b\n",
       {"35809101685355=white(a)"},
       {"3:imei:contradiction"}},
      {"the first line stands, whatever the order of keys",
       kHead + "35809101685356,grey,,\n35809101685355,white,,\n35809101685356,black,,\n35809101685356,grey,,\n",
       {"35809101685355=white", "35809101685356=grey"},
       {"4:imei:contradiction"},
       1},
      {"a version is another place",
       kHead + "35809101685355,white,,\n35809101685355,black,01,\n",
       {"35809101685355=white", "35809101685355/1=black"}},
      {"ranges nested",
       kHead + "35809101,white,,\n35809101000000-35809101000009,black,,\n",
       {"35809101000000-35809101999999=white", "35809101000000-35809101000009=black"}},
      {"ranges overlap partly",
       kHead + "35809101000000-35809101000009,black,,\n35809101000009-35809101000019,grey,,\n",
       {"35809101000000-35809101000009=black"},
       {"3:imei:range-overlap"}},
      {"the same range twice",
       kHead + "35809101,black,,\n35809101000000-35809101999999,black,,\n",
       {"35809101000000-35809101999999=black"},
       {"3:imei:range-repeated"}},
  };
  for (const Row& row : rows) {
    const auto list = read_list(row.text, "t.csv");
    ASSERT_TRUE(list) << row.what << ": " << list.error().message();
    EXPECT_EQ(taken_of(*list), row.taken) << row.what;
    EXPECT_EQ(bad_of(*list), row.bad) << row.what;
    EXPECT_EQ(list->repeats, row.repeats) << row.what;
    EXPECT_EQ(list->lines_bad, row.bad.size()) << row.what;
  }
}

TEST(ListFile, HeaderIsALayoutsColumnsInTheirOrder) {
  for (const char* text : {"",
                           "# only a comment\n",
                           "35809101685355,white\n",
                           "imei;list\n",
                           "IMEI,list\n",
                           "imei, list\n",
                           "imei,list,reason,svn\n",
                           "imei,list,svn,reason,more\n",
                           "imei,list,svn,svn\n",
                           "imei\n",
                           "\"imei,list\n",
                           "list,imei\n",
                           "\xEF\xBB\xBF\xEF\xBB\xBFimei,list\n",
                           "imei,list,next,valid_until\n",
                           "subscriber\n",
                           "imei,subscriber\n",
                           "policy,imei,imsi\n",
                           "policy,imei,imsi,msisdn,next\n",
                           "imsi,msisdn,reason\n",
                           "subscriber,ruling,next\n",
                           "tac,class,reason\n",
                           "imei,block_date\n",
                           "imei,block_date,reasons,event,reason\n",
                           "imei,list,svn,reason,valid_from,valid_until,next,more,more\n"})
    EXPECT_FALSE(read_list(text, "t.csv")) << text;
  for (const char* text : {"imei,list",
                           "imei,list\n",
                           "\"imei\",\"list\"\r\n",
                           "imei,list,svn,reason",
                           "#x\n\nimei,list\n",
                           "imei,list,svn",
                           "imei,list,reason",
                           "imei,list,valid_until",
                           "imei,list,svn,reason,valid_from,valid_until,next",
                           "subscriber,list",
                           "subscriber,list,next",
                           "imei,subscriber,list,reason,valid_from,valid_until,next",
                           "policy,imei,imsi,msisdn",
                           "policy,imei,imsi,msisdn,reason,valid_from,valid_until",
                           "imsi,msisdn",
                           "subscriber,ruling",
                           "subscriber,ruling,reason",
                           "tac,class",
                           "tac,class,valid_from,valid_until",
                           "imei,block_date,reasons",
                           "imei,block_date,reasons,event",
                           "imei,block_date,reasons,change_type"})
    EXPECT_TRUE(read_list(text, "t.csv")) << text;
  const auto wrong = read_list("device,list\n", "t.csv");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().message(),
            "t.csv:1: the header line must be one of imei,list[,svn][,reason][,valid_from][,valid_until][,next]; "
            "subscriber,list[,reason][,valid_from][,valid_until][,next]; "
            "imei,subscriber,list[,reason][,valid_from][,valid_until][,next]; "
            "policy,imei,imsi,msisdn[,reason][,valid_from][,valid_until]; imsi,msisdn; "
            "subscriber,ruling[,reason][,valid_from][,valid_until]; tac,class[,valid_from][,valid_until]; "
            "imei,block_date,reasons[,event]");
}

TEST(ListFile, ConflictsNameBothLines) {
  const auto list = read_list(kHead +
                                  "35809101000000-35809101000009,black,,\n"
                                  "35809101000005-35809101000019,grey,,\n"
                                  "35809101000000-35809101000009,grey,,\n"
                                  "35809101685355,white,,\n"
                                  "35809101685355,black,,\n",
                              "t.csv");
  ASSERT_TRUE(list);
  ASSERT_EQ(list->bad.size(), 3u);
  EXPECT_NE(list->bad[0].text.find("line 2"), std::string::npos) << list->bad[0].text;
  EXPECT_NE(list->bad[1].text.find("line 2"), std::string::npos) << list->bad[1].text;
  EXPECT_NE(list->bad[2].text.find("line 5"), std::string::npos) << list->bad[2].text;
}

TEST(ListFile, ReportIsACsvOfItsOwn) {
  const auto list = read_list(kHead + "a\"b,white,,\n\"a\"\"b\",white,,\n", "t.csv");
  ASSERT_TRUE(list);
  EXPECT_EQ(bad_line_report(*list),
            "line,column,code,text\n"
            "2,,quote,\"a quote where none may stand, or without its end\"\n"
            "3,imei,imei-form,\"\"\"a\"\"b\"\": 8, 14, 15 or 16 digits or from-to with 14 each\"\n");
}

TEST(ListFile, EveryCodeHasANameOfItsOwn) {
  std::vector<std::string_view> names;
  for (unsigned i = 0; i < kLineCodes; ++i) {
    const auto name = code_name(static_cast<LineCode>(i));
    EXPECT_FALSE(name.empty()) << i;
    EXPECT_EQ(std::count(names.begin(), names.end(), name), 0) << name;
    names.push_back(name);
  }
}

TEST(ListFile, EveryTruncationIsReadWithoutHarm) {
  const std::string whole =
      "\xEF\xBB\xBF# c\r\n" + kHead + "\"35809101685355\",white,,\"a \"\"b\"\" c\"\r\n35809101,grey,,x\n";
  for (size_t len = 0; len <= whole.size(); ++len) {
    const auto list = read_list(std::string_view(whole).substr(0, len), "t.csv");
    if (!list) continue;
    EXPECT_LE(list->entries.size() + list->lines_bad, 2u);
  }
}

TEST(ListFile, FileThatCannotBeReadIsNamed) {
  const auto list = read_list_file("/no/such/file.csv");
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().where, "/no/such/file.csv");
  EXPECT_FALSE(read_list_file("/"));
}

}  // namespace
}  // namespace eir::files
