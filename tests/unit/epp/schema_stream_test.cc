// SPDX-License-Identifier: GPL-3.0-or-later
// What is validated while it is written is judged as it is when it is read back.
#include "sync/epp/schema_stream.h"

#include <gtest/gtest.h>

#include "sync/epp/xml_parser.h"
#include "sync/epp/xml_reader.h"
#include "sync/epp/xml_writer.h"
#include "tests/unit/epp/samples.h"
#include "tests/unit/epp/tree.h"

namespace eir::sync::epp::test {
namespace {

/// What is done to one element of a frame.
enum class Harm { kNone, kDrop, kTwice, kOtherName, kOtherNamespace, kNoText, kOtherText, kNoAttributes, kMore, kEnd };

/// Writes a document again, with one element harmed.
class Copier {
 public:
  Copier(SchemaStream& stream, unsigned harmed, Harm harm)
      : writer_(nullptr, nullptr, &stream), harmed_(harmed), harm_(harm) {}

  std::string run(const XmlElement& root) {
    element(root);
    return writer_.take();
  }
  unsigned elements() const { return met_; }

 private:
  void element(const XmlElement& e) {
    const Harm harm = met_++ == harmed_ ? harm_ : Harm::kNone;
    if (harm == Harm::kDrop) return;
    write(e, harm);
    if (harm == Harm::kTwice) write(e, Harm::kNone);
  }
  void write(const XmlElement& e, Harm harm) {
    Tag tag{ns_from(e.ns()).value_or(Ns::kEpp), e.name()};
    if (harm == Harm::kOtherName) tag.name = "nobody-knows-it";
    if (harm == Harm::kOtherNamespace) tag.ns = tag.ns == Ns::kLock ? Ns::kJob : Ns::kLock;
    writer_.node(tag, [&] {
      for (const XmlElement& a : e.attributes())
        if (harm != Harm::kNoAttributes) writer_.attribute(a.name(), a.text());
      if (harm == Harm::kMore) writer_.attribute("more", "1");
      const bool leaf = !e.first();
      if (harm == Harm::kOtherText || (harm == Harm::kMore && !leaf)) writer_.value("?");
      if (leaf && harm != Harm::kNoText && harm != Harm::kOtherText) writer_.value(content_of(e));
      for (const XmlElement* in = e.first(); in && harm != Harm::kNoText; in = in->next()) element(*in);
    });
  }

  XmlWriter writer_;
  const unsigned harmed_;
  const Harm harm_;
  unsigned met_ = 0;
};

class SchemaStreamTest : public ::testing::Test {
 protected:
  const std::unique_ptr<Schema> schema_ = schema();
  Validator validator_{*schema_}, other_{*schema_};
  SchemaStream stream_{validator_};
  XmlParser parser_{other_};
};

TEST_F(SchemaStreamTest, EveryFrameWithAnyElementHarmedIsJudgedAsWhenItIsReadBack) {
  unsigned good = 0, bad = 0, unsaid = 0;
  const auto judge = [&](const std::string& xml) {
    const bool valid = !Tree(xml).invalid(*schema_);
    const auto seen = stream_.end();
    EXPECT_EQ(seen.value_or(valid), valid) << xml;
    unsaid += !seen;
    ++(valid ? good : bad);
  };
  for (const std::string& frame : sample_frames()) {
    const auto document = parser_.parse(frame);
    ASSERT_TRUE(document);
    const XmlElement& root = document->root();
    Copier whole(stream_, 0, Harm::kNone);
    judge(whole.run(root));
    // The root stays, so that there is a document.
    for (unsigned element = 1; element < whole.elements(); ++element)
      for (auto harm = Harm::kDrop; harm != Harm::kEnd; harm = static_cast<Harm>(static_cast<int>(harm) + 1))
        judge(Copier(stream_, element, harm).run(root));
  }
  EXPECT_GT(good, 500u);
  EXPECT_GT(bad, 1'000u);
  EXPECT_LT(unsaid, (good + bad) / 4) << "texts that are escaped are few";
}

TEST_F(SchemaStreamTest, ItSaysNothingOfWhatItWasNotTold) {
  const auto hello = [&](std::string_view text) {
    XmlWriter w(nullptr, nullptr, &stream_);
    w.node({Ns::kEpp, "epp"}, [&] { w.text({Ns::kEpp, "hello"}, text); });
    return stream_.end();
  };
  EXPECT_EQ(hello(""), true);
  EXPECT_EQ(hello("x"), false);
  EXPECT_EQ(hello("&"), false);            // a reader has it back
  EXPECT_EQ(hello("\x01"), std::nullopt);  // replaced in the document
  XmlWriter w(nullptr, nullptr, &stream_);
  w.node({Ns::kEpp, "epp"}, [&] { w.raw("<hello/>"); });
  EXPECT_EQ(stream_.end(), std::nullopt);
  EXPECT_EQ(stream_.end(), std::nullopt);  // nothing was begun
}

TEST_F(SchemaStreamTest, AThousandInARowAreJudgedAsTheFirst) {
  const auto hello = [&](std::string_view text) {
    XmlWriter w(nullptr, nullptr, &stream_);
    w.node({Ns::kEpp, "epp"}, [&] { w.text({Ns::kEpp, "hello"}, text); });
    return stream_.end();
  };
  for (int i = 0; i < 1'000; ++i) ASSERT_EQ(hello(""), true) << i;
  EXPECT_EQ(hello("x"), false);
  EXPECT_EQ(hello(""), true);
}

TEST_F(SchemaStreamTest, OneThatWasGivenUpHalfwayLeavesNothingToTheNext) {
  stream_.begin();
  stream_.open({Ns::kEpp, "nobody-knows-it"});
  stream_.opened();
  XmlWriter w(nullptr, nullptr, &stream_);
  w.node({Ns::kEpp, "epp"}, [&] { w.empty({Ns::kEpp, "hello"}); });
  EXPECT_EQ(stream_.end(), true);
}

}  // namespace
}  // namespace eir::sync::epp::test
