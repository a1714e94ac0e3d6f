// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/codec.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <set>
#include <thread>
#include <vector>

#include "tests/unit/epp/samples.h"
#include "tests/unit/program.h"
#include "tests/unit/temp_directory.h"

namespace eir::sync::epp::test {
namespace {

class CodecTest : public ::testing::Test {
 protected:
  CodecTest() {
    auto made = Codec::make(kSchemas, messages());
    EXPECT_TRUE(made) << made.error().message();
    codec_ = std::move(*made);
  }
  ResultCode code_of(std::string_view xml) {
    const auto frame = codec_->read(xml);
    return frame ? ResultCode::kDone : frame.error().code;
  }
  static std::string epp(std::string_view inside) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\">" +
           std::string(inside) + "</epp>";
  }
  static std::string command(std::string_view inside) {
    return epp("<command>" + std::string(inside) + "<clTRID>ABC-12345</clTRID></command>");
  }

  std::unique_ptr<Codec> codec_;
};

TEST_F(CodecTest, EveryCommandComesBackAsItWas) {
  std::set<std::string> verbs;
  for (const Command& sample : sample_commands()) {
    const std::string xml = codec_->write(sample);
    ASSERT_TRUE(codec_->valid(xml)) << xml;
    const auto frame = codec_->read(xml);
    ASSERT_TRUE(frame) << frame.error().detail << "\n" << xml;
    const auto* read = std::get_if<Command>(&*frame);
    ASSERT_TRUE(read);
    EXPECT_EQ(codec_->write(*read), xml);
    EXPECT_EQ(verb_of(read->body), verb_of(sample.body));
    EXPECT_EQ(object_of(read->body), object_of(sample.body));
    verbs.insert(std::to_string(object_of(read->body) ? static_cast<int>(*object_of(read->body)) : 0) + "." +
                 std::string(verb_of(read->body)));
  }
  EXPECT_EQ(verbs.size(), std::variant_size_v<ObjectCommand> + 3) << "a sample of each command";
}

TEST_F(CodecTest, EveryAnswerIsValidAndComesBackAsItWas) {
  std::set<size_t> kinds;
  for (const Reply& sample : sample_replies()) {
    const std::string xml = codec_->write(sample);
    ASSERT_TRUE(codec_->valid(xml)) << xml;
    const auto frame = codec_->read(xml);
    ASSERT_TRUE(frame) << frame.error().detail << "\n" << xml;
    const auto* read = std::get_if<Reply>(&*frame);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->code, sample.code);
    EXPECT_EQ(read->data.index(), sample.data.index());
    EXPECT_EQ(read->offenders.size(), sample.offenders.size());
    EXPECT_EQ(read->sv_trid, sample.sv_trid);
    kinds.insert(read->data.index());
    Reply again = *read;
    again.offenders = sample.offenders;
    if (again.queue) again.queue->message = sample.queue->message;
    EXPECT_EQ(codec_->write(again), xml);
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<ReplyData>) << "a sample of each kind of data, and of none";
  EXPECT_EQ(codec_->counters().output_invalid.get(), 0u);
}

TEST_F(CodecTest, GreetingAndHello) {
  const std::string xml = codec_->write(sample_greeting());
  ASSERT_TRUE(codec_->valid(xml)) << xml;
  const auto frame = codec_->read(xml);
  ASSERT_TRUE(frame);
  EXPECT_EQ(codec_->write(std::get<Greeting>(*frame)), xml);
  EXPECT_TRUE(std::holds_alternative<Hello>(*codec_->read(codec_->write(Hello()))));
}

TEST_F(CodecTest, AGreetingMayBearADateThatNoClockHas) {
  Greeting greeting = sample_greeting();
  const std::string xml = codec_->write(greeting);
  const std::string year = xml.substr(xml.find("<svDate>") + 8, 4);
  for (const auto& [other, earlier] : {std::pair{"0120", true}, std::pair{"9999", false}}) {
    std::string old = xml;
    old.replace(old.find("<svDate>") + 8, 4, other);
    const auto frame = codec_->read(old);
    ASSERT_TRUE(frame && std::holds_alternative<Greeting>(*frame)) << old;
    EXPECT_EQ(std::get<Greeting>(*frame).date < greeting.date, earlier) << year << " and " << other;
  }
}

TEST_F(CodecTest, XmllintAgrees) {
  if (eir::test::run_program("xmllint --version 2>&1").status != 0) GTEST_SKIP() << "xmllint is not installed";
  const eir::test::TempDirectory temp;
  int n = 0;
  const auto store = [&](const std::string& xml) { temp.write(std::to_string(++n) + ".xml", xml); };
  for (const Command& c : sample_commands()) store(codec_->write(c));
  for (const Reply& r : sample_replies()) store(codec_->write(r));
  store(codec_->write(sample_greeting()));
  store(codec_->write(Hello()));
  const std::string call = "xmllint --nonet --noout --schema " + kSchemas + "/all.xsd " + temp.path() + "/*.xml 2>&1";
  const eir::test::Ran ran = eir::test::run_program(call);
  EXPECT_EQ(ran.status, 0) << ran.out;
}

TEST_F(CodecTest, TheCheckOfTheCountrysClients) {
  const auto frame = codec_->read(
      epp("<command><check><imei:check xmlns:imei=\"urn:ietf:params:xml:ns:imei-1.0\"><imei:name>352106050544203"
          "</imei:name><imei:name> 352106150345703\n</imei:name></imei:check></check><clTRID>USER-1275850648</clTRID>"
          "</command>"));
  ASSERT_TRUE(frame);
  const auto& read = std::get<Command>(*frame);
  EXPECT_EQ(read.cl_trid, "USER-1275850648");
  const auto& check = std::get<imei::Check>(std::get<ObjectCommand>(read.body));
  EXPECT_EQ(check.names, (std::vector<Text>{"352106050544203", "352106150345703"}));
  Reply reply;
  reply.data = imei::CheckData{{{"352106050544203", false, Reason{"exists", "", ""}}}};
  reply.cl_trid = read.cl_trid;
  reply.sv_trid = "UKR-20100606215846";
  EXPECT_NE(codec_->write(reply).find("<imei:cd><imei:name avail=\"0\">352106050544203</imei:name>"
                                      "<imei:reason s=\"exists\" lang=\"en\">Object exists</imei:reason></imei:cd>"),
            std::string::npos);
}

struct Row {
  const char* what;
  std::string xml;
  ResultCode code;
};

TEST_F(CodecTest, WhatIsRefusedAndHow) {
  const std::string imei = "xmlns:imei=\"urn:ietf:params:xml:ns:imei-1.0\"";
  const std::string lock = "xmlns:lock=\"urn:ietf:params:xml:ns:lock-1.0\"";
  std::string names, deep, wide;
  for (int i = 0; i < 101; ++i) names += "<imei:name>1</imei:name>";
  for (int i = 0; i < 30; ++i) deep += "<a>";
  for (int i = 0; i < 40; ++i) wide += " a" + std::to_string(i) + "=''";
  const std::string bomb =
      "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><epp>&b;</epp>";
  const std::vector<Row> rows = {
      {"nothing", "", ResultCode::kSyntax},
      {"no XML", "hello", ResultCode::kSyntax},
      {"cut off", "<epp xmlns=\"urn:ietf:params:xml:ns:epp-1.0\"><hello/>", ResultCode::kSyntax},
      {"two roots", epp("<hello/>") + "<a/>", ResultCode::kSyntax},
      {"another root", "<greeting/>", ResultCode::kSyntax},
      {"no namespace", "<epp><hello/></epp>", ResultCode::kSyntax},
      {"an object as root", "<imei:info " + imei + "><imei:name>1</imei:name></imei:info>", ResultCode::kSyntax},
      {"an entity bomb", bomb, ResultCode::kSyntax},
      {"an external entity",
       "<!DOCTYPE epp [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + epp("<hello>&x;</hello>").substr(38),
       ResultCode::kSyntax},
      {"an entity nobody defined", epp("<hello>&x;</hello>"), ResultCode::kSyntax},
      {"another encoding", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>" + epp("<hello/>").substr(38),
       ResultCode::kSyntax},
      {"UTF-16", std::string("\xFE\xFF\0<\0e\0p\0p", 10), ResultCode::kSyntax},
      {"bad UTF-8", command("<info><imei:info " + imei + "><imei:name>\xC3\x28</imei:name></imei:info></info>"),
       ResultCode::kSyntax},
      {"overlong UTF-8", command("<info><imei:info " + imei + "><imei:name>\xC0\xAF</imei:name></imei:info></info>"),
       ResultCode::kSyntax},
      {"a surrogate", command("<info><imei:info " + imei + "><imei:name>\xED\xA0\x80</imei:name></imei:info></info>"),
       ResultCode::kSyntax},
      {"a NUL", epp(std::string("<hello/>\0", 9)), ResultCode::kSyntax},
      {"a character reference to one", epp("<hello>&#0;</hello>"), ResultCode::kSyntax},
      {"too deep", epp(deep), ResultCode::kSyntax},
      {"too many attributes", epp("<hello" + wide + "/>"), ResultCode::kSyntax},
      {"an unknown attribute", epp("<hello a='1'/>"), ResultCode::kSyntax},
      {"two commands", epp("<command><logout/><logout/></command>"), ResultCode::kSyntax},
      {"an empty command", epp("<command/>"), ResultCode::kSyntax},
      {"an empty check", command("<check/>"), ResultCode::kSyntax},
      {"the wrong object in it", command("<check><imei:info " + imei + "><imei:name>1</imei:name></imei:info></check>"),
       ResultCode::kSyntax},
      {"no name", command("<check><imei:check " + imei + "/></check>"), ResultCode::kSyntax},
      {"101 names", command("<check><imei:check " + imei + ">" + names + "</imei:check></check>"), ResultCode::kSyntax},
      {"a long clTRID", epp("<command><logout/><clTRID>" + std::string(65, 'x') + "</clTRID></command>"),
       ResultCode::kSyntax},
      {"a short password",
       command("<login><clID>LEA-1</clID><pw>short</pw><options><version>1.0</version><lang>en</lang></options>"
               "<svcs><objURI>urn:ietf:params:xml:ns:imei-1.0</objURI></svcs></login>"),
       ResultCode::kSyntax},
      {"an unknown command", command("<frobnicate/>"), ResultCode::kUnknownCommand},
      {"a command of elsewhere", command("<x:check xmlns:x='urn:x'/>"), ResultCode::kUnknownCommand},
      {"an unknown object", command("<check><x:check xmlns:x='urn:x'><x:name>1</x:name></x:check></check>"),
       ResultCode::kUnimplementedObject},
      {"a newer object", command("<check><x:check xmlns:x='urn:ietf:params:xml:ns:imei-2.0'/></check>"),
       ResultCode::kUnimplementedObject},
      {"renew", command("<renew><imei:renew " + imei + "/></renew>"), ResultCode::kUnimplementedCommand},
      {"transfer", command("<transfer op='query'><lock:transfer " + lock + "/></transfer>"),
       ResultCode::kUnimplementedCommand},
      {"a verb a version lacks", command("<delete><v:delete xmlns:v='urn:ietf:params:xml:ns:version-1.0'/></delete>"),
       ResultCode::kUnimplementedCommand},
      {"an extension of a command", epp("<command><logout/><extension><x:y xmlns:x='urn:x'/></extension></command>"),
       ResultCode::kUnimplementedExtension},
      {"an extension of the protocol", epp("<extension><x:y xmlns:x='urn:x'/></extension>"),
       ResultCode::kUnimplementedExtension},
  };
  for (const Row& row : rows) EXPECT_EQ(number(code_of(row.xml)), number(row.code)) << row.what;
}

TEST_F(CodecTest, TheOffenderIsNamedAndTheTransactionKept) {
  const auto frame = codec_->read(command(
      "<info><imei:info xmlns:imei=\"urn:ietf:params:xml:ns:imei-1.0\"><imei:nam>352</imei:nam></imei:info></info>"));
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().cl_trid, "ABC-12345");
  ASSERT_EQ(frame.error().offenders.size(), 1u);
  EXPECT_EQ(frame.error().offenders[0].name, "nam");
  EXPECT_EQ(frame.error().offenders[0].content, "352");
  EXPECT_EQ(frame.error().offenders[0].ns, uri_of(Ns::kImei));
}

TEST_F(CodecTest, APasswordDoesNotComeBack) {
  const auto frame = codec_->read(command("<login><clID>LEA-1</clID><pw>abc</pw></login>"));
  ASSERT_FALSE(frame);
  for (const Offender& o : frame.error().offenders) EXPECT_EQ(o.content.find("abc"), std::string::npos);
}

TEST_F(CodecTest, AnAnswerThatBreaksTheSchemasBecomes2400) {
  Reply reply;
  reply.data = imei::InfoData{};
  reply.cl_trid = "ABC-12345";
  reply.sv_trid = "UKR-1";
  const std::string xml = codec_->write(reply);
  ASSERT_TRUE(codec_->valid(xml));
  const auto frame = codec_->read(xml);
  ASSERT_TRUE(frame);
  EXPECT_EQ(std::get<Reply>(*frame).code, ResultCode::kFailed);
  EXPECT_EQ(std::get<Reply>(*frame).cl_trid, "ABC-12345");
  EXPECT_EQ(codec_->counters().output_invalid.get(), 1u);
}

TEST_F(CodecTest, WhatXmlCannotCarryIsReplaced) {
  Reply reply;
  reply.data = proposal::Decided{"P-1",
                                 proposal::State::kRejected,
                                 Text("a\x01"
                                      "b\xFF"
                                      "c"),
                                 {{}, "UKR-1"},
                                 {}};
  reply.sv_trid = "UKR-1";
  EXPECT_NE(codec_->write(reply).find("a\xEF\xBF\xBD"
                                      "b\xEF\xBF\xBD"
                                      "c"),
            std::string::npos);
}

/// Each test runs in a process of its own: these are its first. What the threads spoil shows as a leak, under ASan.
TEST(SchemaTest, TheFirstAreLoadedByManyThreadsAtOnce) {
  constexpr int kThreads = 4;
  std::barrier all(kThreads);
  std::atomic<int> loaded = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&] {
        all.arrive_and_wait();
        if (Schema::load(kSchemas)) ++loaded;
      });
  }
  EXPECT_EQ(loaded, kThreads);
}

TEST(SchemaTest, ADirectoryWithoutSchemasIsAProblem) {
  const auto made = Codec::make("/nonexistent", messages());
  ASSERT_FALSE(made);
  EXPECT_NE(made.error().message().find("/nonexistent"), std::string::npos);
}

}  // namespace
}  // namespace eir::sync::epp::test
