// SPDX-License-Identifier: GPL-3.0-or-later
// The command line as an operator runs it, and its CTRL client against a server that behaves and some that do not.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "appliance/eirctl/ctrl_client.h"
#include "tests/unit/program.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

using appliance::eirctl::CtrlClient;
using nlohmann::json;

using test::Ran;

class Eirctl : public StoreTest {
 protected:
  /// Runs eirctl; stderr joins stdout unless the line sends it elsewhere.
  static Ran run(const std::string& arguments) {
    return test::run_program(fmt::format("{} {} 2>&1", EIRCTL, arguments));
  }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(root_ + "/" + name, std::ios::binary) << text;
    return root_ + "/" + name;
  }
};

TEST_F(Eirctl, ImportTellsByItsExitStatus) {
  const std::string good = file("good.csv", "imei,list\n35809101000001,black\n");
  const std::string some = file("some.csv", "imei,list\n35809101000001,black\n3580910100000x,black\n");
  const std::string none = file("none.csv", "imei,list\nx,black\n");
  const std::string other = file("other.csv", "a,b\n");
  const std::string to = "import --replica " + dir_ + " ";
  EXPECT_EQ(run(to + good).status, 0);
  const Ran partly = run(to + some + " --report " + root_ + "/report.csv");
  EXPECT_EQ(partly.status, 1) << partly.out;
  EXPECT_NE(partly.out.find("some.csv:3: imei"), std::string::npos) << partly.out;
  std::ifstream report(root_ + "/report.csv");
  std::string line;
  std::getline(report, line);
  EXPECT_EQ(line, "line,column,code,text");
  std::getline(report, line);
  EXPECT_TRUE(line.starts_with("3,imei,imei-form,")) << line;
  for (const std::string& args : {to + none, to + other, to + "/no/such.csv", std::string("import " + good),
                                  std::string("import --replica /proc/none " + good), to + good + " --source a/b"})
    EXPECT_EQ(run(args).status, 2) << args;
  EXPECT_EQ(served(*Reader::open(dir_)), 2u) << "what published nothing changed nothing";
}

TEST_F(Eirctl, JsonForScripts) {
  const std::string good = file("good.csv", "imei,list,svn,reason\n35809101000001,black,,stolen\n35809101,grey,,\n");
  const json imported = json::parse(run("import --json --replica " + dir_ + " " + good).out);
  EXPECT_EQ(imported["taken"], 2);
  EXPECT_EQ(imported["version"]["version"], "0.1");
  const json merged = json::parse(run("import --json --merge --replica " + dir_ + " " + good).out);
  EXPECT_EQ(merged["published"], false);
  const json lists = json::parse(run("lists --json --replica " + dir_).out);
  EXPECT_EQ(lists["serving"]["digest"], imported["version"]["digest"]);
  EXPECT_EQ(lists["serving"]["counts"]["tacs"], 1);
  const Ran check = run("check --offline --json --replica " + dir_ + " 35809101000001");
  EXPECT_EQ(check.status, 0) << check.out;
  const json answer = json::parse(check.out);
  EXPECT_EQ(answer["answer"], "black");
  EXPECT_EQ(answer["reason"], "individual");
  EXPECT_EQ(answer["note"], "stolen");
  EXPECT_EQ(answer["computed"], "offline");
  const Ran nobody = run("status --json --node 127.0.0.1:1");
  EXPECT_EQ(nobody.status, 2);
  EXPECT_TRUE(json::parse(nobody.out).contains("error")) << nobody.out;
}

TEST_F(Eirctl, VerifyTellsADamagedChangeFromOneThatIsGone) {
  for (const bool merge : {false, true, false})
    ASSERT_TRUE(import("35809101000001,black,,\n3580910100000" + std::string(merge ? "2" : "3") + ",grey,,\n", merge));
  const std::string verify = "replica verify --replica " + dir_;
  EXPECT_EQ(run(verify).status, 0);
  exec("UPDATE journal SET data = zeroblob(length(data)) WHERE number=2");
  const Ran damaged = run(verify);
  EXPECT_EQ(damaged.status, 1) << damaged.out;
  EXPECT_NE(damaged.out.find("version 0.2 of local: its journal record is damaged"), std::string::npos) << damaged.out;
  exec("DELETE FROM journal WHERE number=2");
  const Ran gone = run(verify);
  EXPECT_EQ(gone.status, 0) << gone.out;
}

TEST_F(Eirctl, VerifyLooksAtWhatIsKeptInReserve) {
  for (const char* rows : {"35809101000001,black,,\n", "35809101000002,black,,\n"}) ASSERT_TRUE(import(rows, false));
  const std::string verify = "replica verify --replica " + dir_;
  EXPECT_EQ(run(verify).status, 0);
  damage(dir_ + "/snapshot-local-0.1", 700);
  const Ran snapshot = run(verify);
  EXPECT_EQ(snapshot.status, 1) << snapshot.out;
  EXPECT_NE(snapshot.out.find("snapshot-local-0.1"), std::string::npos) << snapshot.out;
}

TEST_F(Eirctl, VerifyLooksAtPagesThatNobodyReads) {
  ASSERT_TRUE(import("35809101000001,black,,\n", false));
  exec("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE name='served_by_source'");
  const Ran out = run("replica verify --replica " + dir_);
  EXPECT_EQ(out.status, 1) << out.out;
  EXPECT_NE(out.out.find("never used"), std::string::npos) << out.out;
}

TEST_F(Eirctl, VerifyKnowsTheFirstFormat) {
  std::filesystem::copy(EIR_SOURCE_DIR "/tests/vectors/replica-1", dir_, std::filesystem::copy_options::recursive);
  const std::string verify = "replica verify --replica " + dir_;
  const Ran as_it_was = run(verify);
  EXPECT_EQ(as_it_was.status, 0) << as_it_was.out;
  EXPECT_NE(as_it_was.out.find("first format"), std::string::npos) << as_it_was.out;
  ASSERT_TRUE(import("35809101000001,black,,\n", true));
  const Ran converted = run(verify);
  EXPECT_EQ(converted.status, 0) << converted.out;
}

TEST_F(Eirctl, NoAnswerWithoutASourceWhosePastIsGone) {
  base::UnixSeconds now{std::chrono::seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z
  WriterOptions options;
  options.now = [&] { return now; };
  auto writer = Writer::open(dir_, "test", options);
  ASSERT_TRUE(writer);
  const auto publish = [&](const std::string& rows, const std::string& source) {
    files::ListFile parsed = list(rows);
    ASSERT_TRUE((*writer)->import(parsed, {source, false, "test.csv"}));
    now += std::chrono::hours(1);
  };
  publish("35809101000004,black,,\n", "other");
  publish("35809101000001,black,,\n", "local");
  for (int i = 0; i < 4; ++i) publish("35809101000002,grey,," + std::to_string(i) + "\n", "local");
  publish("35809101000003,black,,\n", "late");
  writer->reset();
  const auto check = [&](const std::string& at) {
    return run("check --at " + at + " --replica " + dir_ + " 35809101000001");
  };
  const Ran gone = check("2023-11-14T23:30:00Z");
  EXPECT_EQ(gone.status, 2) << gone.out;
  EXPECT_NE(gone.out.find("of local is no longer kept; the oldest there is"), std::string::npos) << gone.out;
  const Ran kept = check("2023-11-15T03:00:00Z");
  EXPECT_EQ(kept.status, 0) << "'late' was not served yet: " << kept.out;
  EXPECT_NE(kept.out.find("served then    local"), std::string::npos) << kept.out;
  EXPECT_EQ(check("2023-11-14T22:30:00Z").status, 0) << "then 'local' was not served yet";
}

TEST_F(Eirctl, AsManyVersionsAreShownAsAreAskedFor) {
  for (int i = 0; i < 25; ++i) ASSERT_TRUE(import("35809101000001,black,," + std::to_string(i) + "\n", i > 0));
  ASSERT_TRUE(import("35809101000001,black,,\n", false, "other"));
  const auto shown = [&](const std::string& more) {
    return json::parse(run("replica versions --json --replica " + dir_ + more).out)["versions"];
  };
  EXPECT_EQ(shown("").size(), 20u);
  EXPECT_EQ(shown(" --max 100").size(), 26u);
  EXPECT_EQ(shown(" --source local --max 3")[0]["version"], "0.25");
  EXPECT_EQ(shown(" --source other").size(), 1u);
}

TEST_F(Eirctl, LooksBackOverAllVersionsAndPolicies) {
  base::UnixSeconds now{std::chrono::seconds(1'700'000'000)};  // 2023-11-14T22:13:20Z
  WriterOptions options;
  options.now = [&] { return now; };
  auto writer = Writer::open(dir_, "test", options);
  ASSERT_TRUE(writer);
  const auto publish = [&](const std::string& rows, bool merge, const std::string& source) {
    files::ListFile parsed = list(rows);
    ASSERT_TRUE((*writer)->import(parsed, {source, merge, "test.csv"}));
  };
  publish("35809101000009,black,,\n", false, "local");
  publish("35809101000001,black,,\n", true, "local");
  for (int i = 0; i < 1'100; ++i) publish("35809101000002,grey,,note " + std::to_string(i) + "\n", true, "local");
  publish("35809101000003,black,,\n", false, "other");
  ASSERT_TRUE((*writer)->take_policy(R"({"turnstile-policy": 1, "number": 1, "author": "test"})", 1, ""));
  now += std::chrono::hours(1);
  ASSERT_TRUE((*writer)->take_policy(R"({"turnstile-policy": 1, "number": 2, "author": "test"})", 2, ""));
  const auto check = [&](const std::string& imei, const std::string& at) {
    return json::parse(run("check --explain --json --at " + at + " --replica " + dir_ + " " + imei).out);
  };
  const json early = check("35809101000001", "2023-11-14T22:20:00Z");
  EXPECT_EQ(early["policy"], 1) << early;
  EXPECT_EQ(early["list_version"], "0.1103");
  EXPECT_TRUE(early["entries"][0]["since"].get<std::string>().starts_with("0.2 ")) << early;
  const json late = check("35809101000009", "2023-11-14T23:20:00Z");
  EXPECT_EQ(late["policy"], 2);
  EXPECT_TRUE(late["entries"][0]["since"].get<std::string>().starts_with("0.1 ")) << late;
  EXPECT_TRUE(late["entries"][0]["since"].get<std::string>().ends_with(", a full version"));
  writer->reset();
  const json preview =
      json::parse(run("replica preview --json --source local --version 0.1 --replica " + dir_).out)["kinds"]["imei"];
  EXPECT_EQ(preview["go"], 2) << preview;
  EXPECT_EQ(preview["come"], 0);
}

TEST_F(Eirctl, ExplainsItself) {
  EXPECT_EQ(run("").status, 2);
  EXPECT_EQ(run("nonsense").status, 2);
  EXPECT_EQ(run("--help").status, 0);
  for (const char* command : {"import", "lists", "status", "check"}) {
    const Ran help = run(std::string(command) + " --help");
    EXPECT_EQ(help.status, 0);
    EXPECT_NE(help.out.find("Examples:"), std::string::npos) << command;
  }
}

TEST_F(Eirctl, KilledAtRandomPointsOfAnImport) {
  std::string rows = "imei,list,svn,reason\n";
  for (int i = 0; i < 30'000; ++i) rows += fmt::format("{},grey,,new\n", 35'809'101'000'000 + i);
  const std::string small = file("old.csv", "imei,list,svn,reason\n35809101000000,black,,old\n");
  const std::string large = file("new.csv", rows);
  ASSERT_EQ(run("import --replica " + dir_ + " " + small).status, 0);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(run("import --replica " + root_ + "/clean " + large).status, 0);
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  std::mt19937 random(9);
  int killed = 0;
  for (int round = 0; round < 12; ++round) {
    const pid_t child = fork();
    if (child == 0) {
      execl(EIRCTL, "eirctl", "import", "--quiet", "--json", "--replica", dir_.c_str(), large.c_str(), nullptr);
      _exit(9);
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % static_cast<unsigned>(span.count())));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    const bool done = WIFEXITED(status);
    killed += !done;
    const auto reader = Reader::open(dir_);
    ASSERT_TRUE(reader->view());
    const std::string note(hit(*reader, 35'809'101'000'000).note);
    EXPECT_TRUE(note == "new" || (note == "old" && !done)) << note;
    EXPECT_EQ(hit(*reader, 35'809'101'029'999).present, note == "new");
    if (round == 11 || note == "new") {
      EXPECT_EQ(run("import --replica " + dir_ + " " + large).status, 0) << "it can be repeated";
      EXPECT_EQ(Reader::open(dir_)->status().serving->digest, Reader::open(root_ + "/clean")->status().serving->digest);
      EXPECT_EQ(run("import --replica " + dir_ + " " + small).status, 0);
    }
  }
  EXPECT_GT(killed, 3);
}

/// Takes one connection, reads what comes, sends `reply`, and keeps the connection for a moment.
class OneAnswer {
 public:
  explicit OneAnswer(std::string reply)
      : reply_(std::move(reply)), fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t len = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<sockaddr*>(&address), len), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &len);
    address_ = fmt::format("127.0.0.1:{}", ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    join();
    close(fd_);
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  const std::string& address() const { return address_; }
  std::string asked;

 private:
  void serve() {
    const int peer = accept(fd_, nullptr, nullptr);
    char block[1000];
    const ssize_t n = recv(peer, block, sizeof block, 0);
    if (n > 0) asked.assign(block, static_cast<size_t>(n));
    for (size_t at = 0; at < reply_.size(); at += 3)  // in pieces, so that the client has to put them together
      if (send(peer, reply_.data() + at, std::min<size_t>(3, reply_.size() - at), MSG_NOSIGNAL) < 0) break;
    close(peer);
  }
  const std::string reply_;
  const int fd_;
  std::string address_;
  std::thread thread_;
};

std::string frame(const std::string& text, char protocol = '\xEE', char extension = '\0') {
  const size_t len = text.size() + 1;
  return std::string{static_cast<char>(len >> 8), static_cast<char>(len), protocol, extension} + text;
}

TEST(CtrlClient, AsksAndUnderstands) {
  const std::string good = frame("GET_REPLY 1 eir.summary {\"a\": 1}");
  struct Row {
    const char* what;
    std::string reply;
    const char* value;  // null: refused
    const char* error;
  };
  const Row rows[] = {
      {"plain", good, "{\"a\": 1}", nullptr},
      {"a trap and other frames first", frame("TRAP 0 x y") + frame("id", '\xFE') + frame("", '\xEE', '\5') + good,
       "{\"a\": 1}", nullptr},
      {"refused", frame("ERROR 1 Command not found"), nullptr, "Command not found"},
      {"cut", good.substr(0, 20), nullptr, "no answer"},
      {"nothing", "", nullptr, "no answer"},
      {"empty frame", std::string("\0\0\xEE", 3), nullptr, "no answer"},
      {"an answer to another question", frame("GET_REPLY 1 eir.alarms {}"), nullptr, "no answer"},
  };
  for (const Row& row : rows) {
    base::Result<std::string, base::Problem> got;
    {
      OneAnswer server(row.reply);
      got = CtrlClient(server.address()).get("eir.summary");
    }
    EXPECT_EQ(got.has_value(), row.value != nullptr) << row.what;
    if (got && row.value) {
      EXPECT_EQ(*got, row.value) << row.what;
    }
    if (!got && row.error) {
      EXPECT_NE(got.error().text.find(row.error), std::string::npos) << row.what << ": " << got.error().text;
    }
  }
}

TEST(CtrlClient, TheQuestionOnTheWire) {
  std::string asked;
  {
    OneAnswer server(frame("GET_REPLY 1 eir.check.x y"));
    EXPECT_EQ(*CtrlClient(server.address()).get("eir.check.x"), "y");
    server.join();
    asked = server.asked;
  }
  EXPECT_EQ(asked, frame("GET 1 eir.check.x"));
  EXPECT_FALSE(CtrlClient("127.0.0.1:1").get("eir.summary"));
  EXPECT_FALSE(CtrlClient("nowhere").get("eir.summary"));
  EXPECT_FALSE(CtrlClient("localhost:4291").get("eir.summary")) << "numeric only: nothing is looked up";
  EXPECT_FALSE(CtrlClient("127.0.0.1:1").get("two words"));
}

}  // namespace
}  // namespace eir::store
