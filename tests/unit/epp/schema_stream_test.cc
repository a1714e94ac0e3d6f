// SPDX-License-Identifier: GPL-3.0-or-later
// What is validated while it is written is judged as it is when it is read back.
#include "sync/epp/schema_stream.h"

#include <gtest/gtest.h>

#include "sync/epp/xml_reader.h"
#include "sync/epp/xml_writer.h"
#include "tests/unit/epp/samples.h"

namespace eir::sync::epp::test {
namespace {

/// What is done to one element of a frame.
enum class Harm { kNone, kDrop, kTwice, kOtherName, kOtherNamespace, kNoText, kOtherText, kNoAttributes, kMore, kEnd };

/// Writes a document again, with one element harmed.
class Copier {
 public:
  Copier(SchemaStream& stream, unsigned harmed, Harm harm)
      : writer_(nullptr, nullptr, &stream), harmed_(harmed), harm_(harm) {}

  std::string run(const xmlNode* root) {
    element(root);
    return writer_.take();
  }
  unsigned elements() const { return met_; }

 private:
  void element(const xmlNode* node) {
    const Harm harm = met_++ == harmed_ ? harm_ : Harm::kNone;
    if (harm == Harm::kDrop) return;
    write(node, harm);
    if (harm == Harm::kTwice) write(node, Harm::kNone);
  }
  void write(const xmlNode* node, Harm harm) {
    Tag tag{ns_from(namespace_of(node)).value_or(Ns::kEpp), name_of(node)};
    if (harm == Harm::kOtherName) tag.name = "nobody-knows-it";
    if (harm == Harm::kOtherNamespace) tag.ns = tag.ns == Ns::kLock ? Ns::kJob : Ns::kLock;
    writer_.node(tag, [&] {
      for (const xmlAttr* a = node->properties; a && harm != Harm::kNoAttributes; a = a->next)
        writer_.attribute(view(a->name), view(a->children ? a->children->content : nullptr));
      if (harm == Harm::kMore) writer_.attribute("more", "1");
      const bool leaf = !first_element(node);
      if (harm == Harm::kOtherText || (harm == Harm::kMore && !leaf)) writer_.value("?");
      if (leaf && harm != Harm::kNoText && harm != Harm::kOtherText) writer_.value(content_of(node));
      for (const xmlNode* n = first_element(node); n && harm != Harm::kNoText; n = next_element(n)) element(n);
    });
  }
  static std::string_view view(const xmlChar* text) { return text ? reinterpret_cast<const char*>(text) : ""; }

  XmlWriter writer_;
  const unsigned harmed_;
  const Harm harm_;
  unsigned met_ = 0;
};

class SchemaStreamTest : public ::testing::Test {
 protected:
  SchemaStreamTest() {
    auto loaded = Schema::load(kSchemas);
    EXPECT_TRUE(loaded) << loaded.error().message();
    schema_ = std::move(*loaded);
    stream_.emplace(*schema_);
  }
  bool valid_as_read(const std::string& xml) {
    const auto document = parser_.parse(xml);
    EXPECT_TRUE(document) << xml;
    return document && !schema_->check(document->get());
  }
  static std::vector<std::string> frames() {
    auto codec = Codec::make(kSchemas, messages());
    std::vector<std::string> all = {(*codec)->write(sample_greeting()), (*codec)->write(Hello())};
    for (const Command& c : sample_commands()) all.push_back((*codec)->write(c));
    for (const Reply& r : sample_replies()) all.push_back((*codec)->write(r));
    return all;
  }

  std::unique_ptr<Schema> schema_;
  std::optional<SchemaStream> stream_;
  XmlParser parser_;
};

TEST_F(SchemaStreamTest, EveryFrameWithAnyElementHarmedIsJudgedAsWhenItIsReadBack) {
  unsigned good = 0, bad = 0, unsaid = 0;
  const auto judge = [&](const std::string& xml) {
    const bool valid = valid_as_read(xml);
    const auto seen = stream_->end();
    EXPECT_EQ(seen.value_or(valid), valid) << xml;
    unsaid += !seen;
    ++(valid ? good : bad);
  };
  for (const std::string& frame : frames()) {
    const auto document = parser_.parse(frame);
    ASSERT_TRUE(document);
    const xmlNode* root = xmlDocGetRootElement(document->get());
    Copier whole(*stream_, 0, Harm::kNone);
    judge(whole.run(root));
    // The root stays, so that there is a document.
    for (unsigned element = 1; element < whole.elements(); ++element)
      for (auto harm = Harm::kDrop; harm != Harm::kEnd; harm = static_cast<Harm>(static_cast<int>(harm) + 1))
        judge(Copier(*stream_, element, harm).run(root));
  }
  EXPECT_GT(good, 500u);
  EXPECT_GT(bad, 1'000u);
  EXPECT_LT(unsaid, (good + bad) / 4) << "texts that are escaped are few";
}

TEST_F(SchemaStreamTest, ItSaysNothingOfWhatItWasNotTold) {
  const auto hello = [&](std::string_view text) {
    XmlWriter w(nullptr, nullptr, &*stream_);
    w.node({Ns::kEpp, "epp"}, [&] { w.text({Ns::kEpp, "hello"}, text); });
    return stream_->end();
  };
  EXPECT_EQ(hello(""), true);
  EXPECT_EQ(hello("x"), false);
  EXPECT_EQ(hello("&"), false);            // a reader has it back
  EXPECT_EQ(hello("\x01"), std::nullopt);  // replaced in the document
  XmlWriter w(nullptr, nullptr, &*stream_);
  w.node({Ns::kEpp, "epp"}, [&] { w.raw("<hello/>"); });
  EXPECT_EQ(stream_->end(), std::nullopt);
  EXPECT_EQ(stream_->end(), std::nullopt);  // nothing was begun
}

TEST_F(SchemaStreamTest, AThousandInARowAreJudgedAsTheFirst) {
  const auto hello = [&](std::string_view text) {
    XmlWriter w(nullptr, nullptr, &*stream_);
    w.node({Ns::kEpp, "epp"}, [&] { w.text({Ns::kEpp, "hello"}, text); });
    return stream_->end();
  };
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(hello(""), true) << i;
  EXPECT_EQ(hello("x"), false);
  EXPECT_EQ(hello(""), true);
}

TEST_F(SchemaStreamTest, OneThatWasGivenUpHalfwayLeavesNothingToTheNext) {
  stream_->begin();
  stream_->open({Ns::kEpp, "nobody-knows-it"});
  stream_->opened();
  XmlWriter w(nullptr, nullptr, &*stream_);
  w.node({Ns::kEpp, "epp"}, [&] { w.empty({Ns::kEpp, "hello"}); });
  EXPECT_EQ(stream_->end(), true);
}

}  // namespace
}  // namespace eir::sync::epp::test
