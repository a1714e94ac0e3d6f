// SPDX-License-Identifier: GPL-3.0-or-later
// Our server against curl and openssl, and against what a stranger may send.
#include <fmt/format.h>

#include "tests/unit/program.h"
#include "tests/unit/transfer/fixture.h"

namespace eir::sync::transfer {
namespace {

std::string output_of(const std::string& command) { return test::run_program(command).out; }

class ProgramsTest : public TransferTest {
 protected:
  /// The status that curl gets; "000" without an answer.
  std::string curl(const std::string& who, const std::string& rest, const std::string& options = {}) {
    const std::string own =
        who.empty() ? "" : fmt::format("--cert {} --key {}", ca_.file(who + ".pem"), ca_.file(who + ".key"));
    return output_of(
        fmt::format("curl -q -s -o {}/answer -w '%{{http_code}}' --max-time 20 --path-as-is --cacert {} {} {} '{}'",
                    root_, ca_.file("ca.pem"), own, options, url(rest)));
  }
  /// What the server says to octets sent as they are.
  std::string say(const std::string& octets, const std::string& options = {}) {
    write("request", octets);
    return output_of(
        fmt::format("(cat {0}/request; sleep 0.3) | timeout 20 openssl s_client -quiet -no_ign_eof -connect "
                    "127.0.0.1:{1} -cert {2} -key {3} -CAfile {4} {5} 2>{0}/said",
                    root_, port_, ca_.file("node.pem"), ca_.file("node.key"), ca_.file("ca.pem"), options));
  }
};

TEST_F(ProgramsTest, CurlFetchesWholeInPartAndResumes) {
  start();
  const std::string text = content(200'000);
  write("out/f", text);
  EXPECT_EQ(curl("node", "/versions/f"), "200");
  EXPECT_EQ(read("answer"), text);
  EXPECT_EQ(curl("node", "/versions/f", "-r 100-299"), "206");
  EXPECT_EQ(read("answer"), text.substr(100, 200));
  EXPECT_EQ(curl("node", "/versions/f", "-r -5"), "206");
  EXPECT_EQ(read("answer"), text.substr(text.size() - 5));
  EXPECT_EQ(curl("node", "/versions/f", "-r 200000-"), "416");
  EXPECT_EQ(curl("node", "/versions/f", "-I"), "200");
  write("answer", text.substr(0, 50'000));
  EXPECT_EQ(curl("node", "/versions/f", "-C -"), "206");
  EXPECT_EQ(read("answer"), text);
}

TEST_F(ProgramsTest, CurlPuts) {
  start();
  write("segment", content(250'000));
  EXPECT_EQ(curl("node", "/sightings/s1", "-T " + root_ + "/segment"), "201");
  EXPECT_EQ(curl("node", "/sightings/s1", "-H 'Expect: 100-continue' -T " + root_ + "/segment"), "200");
  EXPECT_EQ(read("in/s1"), content(250'000));
  EXPECT_EQ(curl("node", "/sightings/s2", "-H 'Transfer-Encoding: chunked' -T " + root_ + "/segment"), "411");
  EXPECT_EQ(curl("node", "/sightings/s2", "-H 'Content-Range: bytes 0-9/20' -T " + root_ + "/segment"), "400");
  EXPECT_EQ(curl("stranger", "/sightings/s2", "-T " + root_ + "/segment"), "403");
  write("segment", content(kUploadMax + 1));
  EXPECT_EQ(curl("node", "/sightings/s2", "-T " + root_ + "/segment"), "413");
  EXPECT_EQ(files_in(), 1u);
}

TEST_F(ProgramsTest, WhoeverShowsNoGoodCertificateGetsNoAnswer) {
  start();
  write("out/f", "text");
  EXPECT_EQ(curl("", "/versions/f"), "000");
  EXPECT_EQ(curl("late", "/versions/f"), "000");
  EXPECT_EQ(output_of(fmt::format("curl -q -s -o /dev/null -w '%{{http_code}}' --cacert {} --cert {} --key {} {}",
                                  ca_.file("ca.pem"), other_ca_.file("node.pem"), other_ca_.file("node.key"),
                                  url("/versions/f"))),
            "000");
  EXPECT_EQ(curl("node", "/versions/f", "--tls-max 1.2"), "200");
  EXPECT_EQ(curl("node", "/versions/f", "--tlsv1.1 --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0"), "000");
  EXPECT_EQ(count("eir_transfer_requests_total"), 1u);
}

TEST_F(ProgramsTest, PathsAreNames) {
  start();
  write("out/f", "text");
  write("secret", "text");
  std::filesystem::create_symlink(root_ + "/secret", root_ + "/out/link");
  std::filesystem::create_directory(root_ + "/out/folder");
  for (const char* path :
       {"/versions/../secret", "/versions/..", "/versions/.", "/versions/", "/versions", "/", "//f", "/versions//f",
        "/versions/%2e%2e%2fsecret", "/versions/f%00", "/versions/f?x=1", "/versions/..%5csecret", "/versions/.hidden",
        "/versions/f/", "/other/f", "/versions/link", "/versions/folder", "/versions/f%20", "/Versions/f"})
    EXPECT_EQ(curl("node", path), "404") << path;
  EXPECT_EQ(curl("node", "/versions/f"), "200");
}

TEST_F(ProgramsTest, WhatIsNoRequestIsRefused) {
  config_.limits.header_timeout = std::chrono::milliseconds(1'000);
  start();
  write("out/f", "text");
  struct Row {
    std::string octets;
    const char* answer;
  };
  const Row rows[] = {
      {"GET /versions/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "HTTP/1.1 200"},
      {"GET /versions/f HTTP/1.1\r\nHost: x\r\nX: " + std::string(9'000, 'x') + "\r\n\r\n", "HTTP/1.1 431"},
      {"GET /" + std::string(100'000, 'x') + " HTTP/1.1\r\n\r\n", "HTTP/1.1 431"},
      {"POST /sightings/f HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 405"},
      {"DELETE /versions/f HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 405"},
      {"GET /versions/f HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx", "HTTP/1.1 400"},
      {"GET https://x/versions/f HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404"},
      {"PUT /sightings/f HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 411"},
      {"PUT /sightings/f HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 400"},
      {"PUT /sightings/f HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy", "HTTP/1.1 400"},
      {"PUT /sightings/f HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "HTTP/1.1 400"},
      {"hello\r\n\r\n", "HTTP/1.1 400"},
      {std::string("\0\0\0\0\0\0\0\0\r\n\r\n", 12), "HTTP/1.1 400"},
  };
  for (const Row& row : rows) {
    const std::string answer = say(row.octets);
    EXPECT_TRUE(answer.starts_with(row.answer)) << row.octets.substr(0, 80) << "\n" << answer.substr(0, 300);
  }
  EXPECT_EQ(files_in(), 0u);
  EXPECT_EQ(count("eir_transfer_bound_hit_total", "header"), 2u);
  say("GET /versions/f HTTP/1.1\r\nHo");
  EXPECT_TRUE(becomes([&] { return count("eir_transfer_connections") == 0; }));
}

TEST_F(ProgramsTest, PipelinedRequestsAreAnsweredInTurn) {
  start();
  write("out/f", "text");
  const std::string get = "GET /versions/f HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string put = "PUT /sightings/p HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello";
  const std::string last = "GET /versions/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const std::string answer = say(get + put + get + last);
  size_t texts = 0;
  for (size_t at = 0; (at = answer.find("\r\n\r\ntext", at)) != std::string::npos; ++at) ++texts;
  EXPECT_EQ(texts, 3u) << answer;
  EXPECT_EQ(read("in/p"), "hello");
}

}  // namespace
}  // namespace eir::sync::transfer
