// SPDX-License-Identifier: GPL-3.0-or-later
// What the parser makes of a text, and whom it blames, beside libxml2's own tree of it, which is validated as a whole.
#include "sync/epp/xml_parser.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "sync/epp/text.h"
#include "tests/unit/epp/samples.h"
#include "tests/unit/epp/tree.h"

namespace eir::sync::epp::test {
namespace {

std::string_view view(const xmlChar* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view();
}
std::string text_of(const xmlNode* node) {
  xmlChar* text = xmlNodeGetContent(node);
  std::string out(view(text));
  xmlFree(text);
  return out;
}
std::string_view ns_of(const xmlNs* ns) { return ns ? view(ns->href) : std::string_view(); }

class XmlParserTest : public ::testing::Test {
 protected:
  /// The same elements with the same texts, attributes and whom to blame.
  void same(const std::string& xml) {
    if (!screen(xml)) return;
    const auto document = parser_.parse(xml);
    const Tree tree(xml);
    ASSERT_EQ(document.has_value(), tree.root() != nullptr) << xml;
    if (!document) {
      ++refused_;
      return;
    }
    const auto invalid = tree.invalid(*schema_);
    blamed_ = invalid ? invalid->element : nullptr;
    met_ = false;
    same(document->root(), tree.root(), document->invalid() ? document->invalid()->element : nullptr);
    EXPECT_EQ(document->invalid().has_value(), invalid.has_value()) << xml;
    if (document->invalid() && invalid) {
      EXPECT_EQ(document->invalid()->message, invalid->message) << xml;
      EXPECT_TRUE(met_) << "blames another element: " << document->invalid()->element->name() << " in " << xml;
    }
    ++(invalid ? bad_ : good_);
  }
  void same(const XmlElement& ours, const xmlNode* node, const XmlElement* blamed) {
    EXPECT_EQ(ours.name(), view(node->name));
    EXPECT_EQ(ours.ns(), ns_of(node->ns));
    EXPECT_EQ(ours.text(), text_of(node));
    if (&ours == blamed) met_ = node == blamed_;
    const xmlAttr* attribute = node->properties;
    for (const XmlElement& a : ours.attributes()) {
      ASSERT_TRUE(attribute);
      EXPECT_EQ(a.name(), view(attribute->name));
      EXPECT_EQ(a.ns(), ns_of(attribute->ns));
      EXPECT_EQ(a.text(), text_of(reinterpret_cast<const xmlNode*>(attribute)));
      attribute = attribute->next;
    }
    EXPECT_FALSE(attribute);
    const XmlElement* element = ours.first();
    for (const xmlNode* n = node->children; n; n = n->next) {
      if (n->type != XML_ELEMENT_NODE) continue;
      ASSERT_TRUE(element);
      same(*element, n, blamed);
      element = element->next();
    }
    EXPECT_FALSE(element);
  }

  const std::unique_ptr<Schema> schema_ = schema();
  Validator validator_{*schema_};
  XmlParser parser_{validator_};
  unsigned good_ = 0, bad_ = 0, refused_ = 0;

 private:
  const xmlNode* blamed_ = nullptr;
  bool met_ = false;
};

TEST_F(XmlParserTest, EveryFormOfTextAndMarkUp) {
  for (const char* inside : {"",
                             " ",
                             "text",
                             "a<b/>c<b>d</b>e",
                             "&lt;&amp;&gt;&quot;&apos;",
                             "&#65;&#x42;&#x1F600;",
                             "a&amp;b&#38;c",
                             "<![CDATA[<&>]]>",
                             "a<![CDATA[]]>b<![CDATA[c]]>",
                             "<!-- & -->a<!---->b",
                             "<?p i?>a",
                             "\r\n\t x \n",
                             "<b c='1' d=\"2\"/>",
                             "<b c=''/>",
                             "<b c='&lt;&amp;&#38;&amp;amp;&quot;&#10;'/>",
                             "<b c='&#38;#38;'/>",
                             "<b c=' x\n\ty '/>",
                             "<p:b xmlns:p='urn:p' p:c='1' c='2'/>",
                             "<b xmlns=''/>",
                             "<b xml:lang='uk'/>",
                             "<b><b><b>1</b>2</b>3</b><b/>4",
                             "\xD1\x8F\xF0\x9F\x98\x80"})
    same(std::string("<a xmlns='urn:a'>") + inside + "</a>");
  same("\xEF\xBB\xBF<?xml version='1.0' encoding='UTF-8'?><a/>");
  same("<!-- before --><a/><!-- after --><?p i?>");
  EXPECT_EQ(refused_, 0u);
}

TEST_F(XmlParserTest, WhatIsNotWellFormedIsRefused) {
  for (const char* xml :
       {"", " ", "a", "<a>", "<a></b>", "<a/><b/>", "<a/>b", "<a b='1' b='2'/>", "<p:a/>", "<a p:b='1'/>", "<a>&b;</a>",
        "<a b='&c;'/>", "<a>&</a>", "<a b='<'/>", "<a>]]></a>", "<a b=1/>", "<a><!-- -- --></a>", "<a>&#0;</a>"})
    EXPECT_EQ(parser_.parse(xml).error(), XmlFault::kForm) << xml;
  EXPECT_TRUE(parser_.parse("<a/>"));
}

TEST_F(XmlParserTest, EveryFrameWithAnyOctetChanged) {
  std::mt19937 random(1);
  constexpr std::string_view kOctets = "<>/&;='\" ax0:\n";
  for (const std::string& frame : sample_frames()) {
    same(frame);
    for (size_t at = random() % 7; at < frame.size(); at += 1 + random() % 13) {
      std::string changed = frame;
      changed[at] = kOctets[random() % kOctets.size()];
      same(changed);
      changed.erase(at, 1 + random() % 30);
      same(changed);
    }
  }
  EXPECT_GT(good_, 100u);
  EXPECT_GT(bad_, 1'000u);
  EXPECT_GT(refused_, 1'000u);
}

TEST_F(XmlParserTest, WhatHoldsAnElementAndMustNotIsBlamedItself) {
  for (const char* inside :
       {"<logout><x/></logout>", "<poll op='req'><x/></poll>", "<logout/><clTRID><b/></clTRID>",
        "<login><clID>USER</clID><pw><b>secret</b></pw></login>", "<login><clID>a<b/>c</clID></login>",
        "<logout> <!-- --> <x>y</x></logout>", "<logout>x</logout>", "<check>x<y/></check>", "x<logout/>"})
    same(std::string(R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command>)") + inside + "</command></epp>");
  EXPECT_EQ(bad_, 9u);
}

TEST_F(XmlParserTest, TheCorpus) {
  for (const auto& file :
       std::filesystem::directory_iterator(std::string(EIR_SOURCE_DIR) + "/tests/fuzz/corpus/epp_xml")) {
    std::ifstream in(file.path(), std::ios::binary);
    same(std::string(std::istreambuf_iterator<char>(in), {}));
  }
  EXPECT_GT(good_ + bad_, 50u);
}

TEST_F(XmlParserTest, LongOnes) {
  std::string many = "<a>", nested = "<a>", text = "<a b='";
  for (unsigned i = 0; i < 5'000; ++i) many += "<b c='" + std::to_string(i) + "'>text " + std::to_string(i) + "</b>\n";
  for (unsigned i = 0; i < 5'000; ++i) nested += "<b>" + std::to_string(i) + "<c>" + std::to_string(i) + "</c></b>";
  for (unsigned i = 0; i < 2'000; ++i) text += "&amp;" + std::to_string(i);
  text += "'>";
  for (unsigned i = 0; i < 5'000; ++i) text += "text&lt;" + std::to_string(i);
  for (const std::string& xml : {many, nested, text}) same(xml + "</a>");
  EXPECT_EQ(bad_, 3u);
}

/// More than libxml2 looks at in one piece.
TEST_F(XmlParserTest, TwelveMillionOctets) {
  std::string xml = "<a>";
  unsigned count = 0;
  for (; xml.size() < 12'000'000; ++count) xml += "<b>a text of " + std::to_string(count) + ", long enough</b>";
  const auto document = parser_.parse(xml + "</a>");
  ASSERT_TRUE(document);
  unsigned met = 0;
  for (const XmlElement* e = document->root().first(); e; e = e->next(), ++met)
    ASSERT_EQ(e->text(), "a text of " + std::to_string(met) + ", long enough");
  EXPECT_EQ(met, count);
}

/// The validator takes each piece to the end of a text from its beginning.
TEST_F(XmlParserTest, ATextOfAMillionPieces) {
  std::string xml = R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command><logout/><clTRID>)";
  for (unsigned i = 0; i < 1'000'000; ++i) xml += "&lt;";
  const auto document = parser_.parse(xml + "</clTRID></command></epp>");
  ASSERT_TRUE(document && document->invalid());
  EXPECT_EQ(document->invalid()->element->name(), "clTRID");
  EXPECT_EQ(document->invalid()->element->text().size(), 1'000'000u);
}

TEST_F(XmlParserTest, AValidOneAfterAnyOther) {
  const std::string hello = R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><hello/></epp>)";
  for (const char* before : {"<epp>", "<a><b></a>",
                             R"(<epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><hello>x</hello></epp>)", "<!DOCTYPE a>"}) {
    (void)parser_.parse(before);
    const auto document = parser_.parse(hello);
    ASSERT_TRUE(document) << before;
    EXPECT_FALSE(document->invalid()) << before;
  }
  for (int i = 0; i < 2'000; ++i) {
    const auto document = parser_.parse(hello);
    ASSERT_TRUE(document && !document->invalid()) << i;
  }
}

}  // namespace
}  // namespace eir::sync::epp::test
