// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>

#include "sync/epp/framing.h"
#include "sync/epp/messages.h"
#include "sync/epp/transaction.h"
#include "sync/epp/users.h"
#include "sync/epp/xml_screen.h"
#include "tests/unit/epp/samples.h"
#include "tests/unit/temp_directory.h"

namespace eir::sync::epp::test {
namespace {

using namespace std::chrono_literals;

TEST(Text, WhatXmlCarries) {
  for (const char* good : {"", "a", "\t\r\n", "\xC3\xB6", "\xE2\x82\xAC", "\xF0\x9F\x93\xB1", "\xEF\xBF\xBD"})
    EXPECT_TRUE(is_xml_text(good)) << good;
  for (const char* bad : {"\x01", "\x7F\x80", "\xC0\xAF", "\xC3", "\xE2\x82", "\xED\xA0\x80", "\xEF\xBF\xBE",
                          "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xFF"})
    EXPECT_FALSE(is_xml_text(bad)) << bad;
  EXPECT_FALSE(is_xml_text(std::string_view("\0", 1)));
}

TEST(Text, Collapse) {
  for (const auto& [in, out] : {std::pair("  a \t\n b  ", "a b"), std::pair("", ""), std::pair(" \r\n", "")}) {
    std::string text = in;
    collapse(text);
    EXPECT_EQ(text, out);
  }
}

TEST(Text, Times) {
  constexpr Time t{1'275'850'648s};
  EXPECT_EQ(format_time(t), "2010-06-06T18:57:28Z");
  EXPECT_EQ(format_time_ms(t + 7ms), "2010-06-06T18:57:28.007Z");
  for (const char* same : {"2010-06-06T18:57:28Z", "2010-06-06T18:57:28.999Z", "2010-06-06T21:57:28+03:00",
                           "2010-06-06T16:27:28-02:30", "2010-06-06T18:57:28"})
    EXPECT_EQ(parse_time(same), t) << same;
  for (const char* bad : {"", "2010-06-06", "2010-02-30T00:00:00Z", "2010-06-06T25:00:00Z", "2010-06-06T18:57:28z",
                          "2010-06-06T18:57:28+3:00", "-010-06-06T18:57:28Z", "2010-06-06T18:57:28Z "})
    EXPECT_FALSE(parse_time(bad)) << bad;
}

TEST(Framing, FramesComeOutHoweverTheyCameIn) {
  const std::string stream = framed("<a/>") + framed("b") + framed(std::string(5000, 'c'));
  for (size_t step = 1; step <= stream.size(); step = step < 20 ? step + 1 : step * 3) {
    FrameReader reader;
    std::vector<std::string> out;
    for (size_t at = 0; at < stream.size(); at += step) {
      const std::string piece = stream.substr(at, step);
      reader.feed({reinterpret_cast<const uint8_t*>(piece.data()), piece.size()});
      for (auto next = reader.next(); next.kind == FrameReader::Kind::kFrame; next = reader.next())
        out.emplace_back(next.xml);
    }
    EXPECT_EQ(out, (std::vector<std::string>{"<a/>", "b", std::string(5000, 'c')})) << step;
    EXPECT_FALSE(reader.within_frame());
  }
}

TEST(Framing, LengthsThatCannotBe) {
  struct Row {
    std::vector<uint8_t> octets;
    FrameReader::Kind kind;
  };
  for (const Row& row :
       {Row{{}, FrameReader::Kind::kNeedMore}, Row{{0, 0, 0}, FrameReader::Kind::kNeedMore},
        Row{{0, 0, 0, 0}, FrameReader::Kind::kBroken}, Row{{0, 0, 0, 4}, FrameReader::Kind::kBroken},
        Row{{0, 0, 0, 5}, FrameReader::Kind::kNeedMore}, Row{{0, 0, 0, 100}, FrameReader::Kind::kNeedMore},
        Row{{0, 0, 0, 101}, FrameReader::Kind::kBroken}, Row{{255, 255, 255, 255}, FrameReader::Kind::kBroken}}) {
    FrameReader reader(100);
    reader.feed(row.octets);
    EXPECT_EQ(reader.next().kind, row.kind);
    EXPECT_EQ(reader.within_frame(), !row.octets.empty());
  }
}

TEST(Screen, MarkUpIsFollowedWhereItHides) {
  EXPECT_TRUE(screen("<a><!-- <!DOCTYPE x> ' --><![CDATA[<b><c>]]><?x <d> ?></a>"));
  EXPECT_TRUE(screen("<a b='>' c=\"<\"/>"));
  EXPECT_EQ(screen("<a/><!DOCTYPE x>").error(), XmlFault::kDoctype);
  EXPECT_EQ(screen("<a b='<!-- '/><!DOCTYPE x [").error(), XmlFault::kDoctype);
  EXPECT_EQ(screen("<a b='").error(), XmlFault::kForm);
  EXPECT_EQ(screen("<a").error(), XmlFault::kForm);
  EXPECT_EQ(screen("<!-- ").error(), XmlFault::kForm);
  EXPECT_EQ(screen("<?xml version='1.0' encoding='UTF-7'?><a/>").error(), XmlFault::kEncoding);
  EXPECT_TRUE(screen("<?xml version='1.0' encoding='utf-8'?><a/>"));
  std::string hidden = "<a";
  for (int i = 0; i < 40; ++i) hidden += " b" + std::to_string(i) + "='>'";
  EXPECT_EQ(screen(hidden + "/>").error(), XmlFault::kTooMany);
  std::string side_by_side = "<r>";
  for (int i = 0; i < 1000; ++i) side_by_side += "<a/><b></b>";
  EXPECT_TRUE(screen(side_by_side + "</r>"));
}

TEST(Transactions, AreUniqueAndTellTheTime) {
  base::ManualClock clock;
  clock.set_wall(std::chrono::system_clock::time_point(1'275'850'648s));
  std::set<std::string> seen;
  for (int run = 0; run < 3; ++run) {
    TransactionIds ids("UKR", clock);  // the clock stands still: a restart within the same microsecond
    for (int i = 0; i < 100; ++i) {
      const std::string id = ids.next();
      EXPECT_TRUE(id.starts_with("UKR-20100606185728-")) << id;
      EXPECT_LE(id.size(), 64u);
      EXPECT_TRUE(seen.insert(id).second) << id;
    }
  }
  EXPECT_TRUE(is_site("UKR_2"));
  for (const char* bad : {"", "ukr", "A-B", "ABCDEFGHIJKLMNOPQ"}) EXPECT_FALSE(is_site(bad)) << bad;
}

TEST(UsersTest, SessionsAndRates) {
  Users users(3);
  const base::MonotonicTime t{};
  using A = Users::Admission;
  EXPECT_EQ(users.admit("a", {2, 2, 0}, t), A::kAdmitted);
  EXPECT_EQ(users.admit("a", {2, 2, 0}, t), A::kAdmitted);
  EXPECT_EQ(users.admit("a", {2, 2, 0}, t), A::kUserLimit);
  EXPECT_EQ(users.admit("b", {2, 0, 0}, t), A::kAdmitted);
  EXPECT_EQ(users.admit("c", {2, 0, 0}, t), A::kTotalLimit);
  EXPECT_TRUE(users.take("a", t) && users.take("a", t));
  EXPECT_FALSE(users.take("a", t));
  users.leave("a");
  users.leave("a");
  EXPECT_EQ(users.admit("a", {2, 2, 0}, t), A::kAdmitted);
  EXPECT_FALSE(users.take("a", t)) << "a new connection brings no new allowance";
  EXPECT_TRUE(users.take("a", t + 500ms));
  EXPECT_FALSE(users.take("a", t + 500ms));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(users.take("b", t));
  EXPECT_FALSE(users.take("nobody", t));
  EXPECT_EQ(users.sessions(), 2u);
  EXPECT_EQ(users.sessions_of("a"), 1u);
}

TEST(MessagesTest, EveryLanguageHasEveryText) {
  ASSERT_EQ(messages().languages().front(), "en");
  for (const std::string& language : messages().languages()) {
    std::set<std::string> keys;
    for (const auto& [key, text] : messages().find(language)->texts()) keys.insert(key);
    for (const auto& [key, text] : messages().fallback().texts())
      EXPECT_TRUE(keys.count(key)) << language << ": " << key;
    EXPECT_EQ(keys.size(), messages().fallback().texts().size()) << language;
  }
}

TEST(Base64Test, RoundTripsAndWhatIsNone) {
  // RFC 4648 §10.
  const std::pair<const char*, const char*> known[] = {{"", ""},
                                                       {"f", "Zg=="},
                                                       {"fo", "Zm8="},
                                                       {"foo", "Zm9v"},
                                                       {"foob", "Zm9vYg=="},
                                                       {"fooba", "Zm9vYmE="},
                                                       {"foobar", "Zm9vYmFy"}};
  for (const auto& [octets, text] : known) {
    EXPECT_EQ(to_base64(octets), text);
    EXPECT_EQ(from_base64(text), octets);
  }
  std::string all;
  for (int i = 0; i < 1000; ++i) all += static_cast<char>(i * 37);
  for (size_t n = 0; n < all.size(); ++n) EXPECT_EQ(from_base64(to_base64(all.substr(n))), all.substr(n)) << n;
  EXPECT_EQ(from_base64(" Z m9v\nYg= = "), "foob") << "spaces anywhere";
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Z===", "====", "Zh==", "Zm9=", "Zg==Zg==", "Zg==Z", "Zm9v=", "Zm-v", "Zm\xC3v"})
    EXPECT_FALSE(from_base64(bad)) << bad;
}

TEST(MessagesTest, LanguagesGoByTheirNamesAndAliases) {
  EXPECT_EQ(messages().find("ua"), messages().find("uk"));
  EXPECT_EQ(messages().find("UK-ua"), messages().find("uk"));
  EXPECT_EQ(messages().find("EN")->language(), "en");
  EXPECT_EQ(messages().find("fr"), nullptr);
  EXPECT_EQ(messages().text(*messages().find("uk"), "no.such.key"), "no.such.key");
}

TEST(MessagesTest, FaultsAreNamedWithTheirLine) {
  const eir::test::TempDirectory temp;
  const std::filesystem::path dir = temp.path();
  EXPECT_FALSE(Messages::load((dir / "none").string()));
  EXPECT_EQ(Messages::load(dir.string()).error().size(), 1u) << "no en.ini";
  std::filesystem::copy_file(kMessages + "/en.ini", dir / "en.ini");
  std::ofstream(dir / "fr.ini") << "# French\n1000 = Fait\n1000 = Fait\nnothing\n2000 = \xFF\n";
  const auto refused = Messages::load(dir.string());
  ASSERT_FALSE(refused);
  std::string all;
  for (const auto& p : refused.error()) all += p.where.substr(p.where.rfind('/') + 1) + " ";
  EXPECT_EQ(all, "fr.ini:3 fr.ini:4 fr.ini:5 ");
  std::ofstream(dir / "fr.ini") << "1000 = Fait\n";
  const auto good = Messages::load(dir.string());
  ASSERT_TRUE(good);
  EXPECT_EQ(good->text(*good->find("fr"), "1000"), "Fait");
  EXPECT_EQ(good->text(*good->find("fr"), "2303"), "Object does not exist") << "a text that is missing is English";
}

}  // namespace
}  // namespace eir::sync::epp::test
