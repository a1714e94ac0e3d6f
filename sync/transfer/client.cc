// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/base/sha256.h"
#include "sync/transfer/range.h"

namespace eir::sync::transfer {
namespace {

using base::Problem;
using Done = base::Result<void, Problem>;

constexpr size_t kAnswerTextMax = 256;  ///< of what a server says to a refusal
constexpr std::chrono::milliseconds kPauseMax{5'000};
constexpr int kWaitMs = 1'000;

bool same_hex(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// "https://HOST:PORT/…" as host and port; an empty host when it is no such address.
std::pair<std::string, std::string> host_of(const std::string& url) {
  std::pair<std::string, std::string> out;
  CURLU* parsed = curl_url();
  char *host = nullptr, *port = nullptr, *scheme = nullptr;
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK && std::string_view(scheme) == "https" &&
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
    out = {host, port};
  curl_free(host);
  curl_free(port);
  curl_free(scheme);
  curl_url_cleanup(parsed);
  return out;
}

/// The same address under another host name.
std::string renamed(const std::string& url, const std::string& host) {
  CURLU* parsed = curl_url();
  char* text = nullptr;
  std::string out = url;
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) == CURLUE_OK &&
      curl_url_set(parsed, CURLUPART_HOST, host.c_str(), 0) == CURLUE_OK &&
      curl_url_get(parsed, CURLUPART_URL, &text, 0) == CURLUE_OK)
    out = text;
  curl_free(text);
  curl_url_cleanup(parsed);
  return out;
}

}  // namespace

struct Client::Curl {
  Curl() {
    static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
    (void)once;
    multi = curl_multi_init();
    easy = curl_easy_init();
  }
  ~Curl() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }
  CURLM* multi;
  CURL* easy;  ///< kept, so that connections are used again
  char error[CURL_ERROR_SIZE] = "";
};

/// One request, and what comes of it.
struct Client::Job {
  std::string url;
  uint64_t from = 0;                                   ///< of a fetch: the first octet that is wanted
  std::function<bool(std::span<const uint8_t>)> take;  ///< octets from there on
  int upload = -1;                                     ///< of a put: the file
  uint64_t upload_octets = 0;

  CURLcode result = CURLE_OK;
  long status = 0;
  std::string said;    ///< the body of a refusal, cut
  ContentRange range;  ///< of the answer
  bool ranged = false;
  uint64_t skip = 0;  ///< octets of the body that we have already
  bool begun = false;
  bool taker_stopped = false, other_file = false;
  uint64_t uploaded = 0;
  CURL* easy = nullptr;

  bool begin() {
    begun = true;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status == 200) skip = from;
    if (status == 206) other_file = !ranged || range.first != from;
    return !other_file;
  }
  size_t body(std::span<const uint8_t> octets) {
    const size_t all = octets.size();
    if (!begun && !begin()) return 0;
    if (status != 200 && status != 206) {
      const size_t room = kAnswerTextMax - std::min(said.size(), kAnswerTextMax);
      said.append(reinterpret_cast<const char*>(octets.data()), std::min(room, all));
      return all;
    }
    const auto skipped = static_cast<size_t>(std::min<uint64_t>(skip, all));
    skip -= skipped;
    octets = octets.subspan(skipped);
    if (!octets.empty() && take && !take(octets)) {
      taker_stopped = true;
      return 0;
    }
    return all;
  }

  // libcurl's calls, `user` being the job.
  static size_t on_body(char* data, size_t, size_t len, void* user) {
    return static_cast<Job*>(user)->body({reinterpret_cast<const uint8_t*>(data), len});
  }
  static size_t on_header(char* data, size_t, size_t len, void* user) {
    auto& job = *static_cast<Job*>(user);
    constexpr std::string_view kName = "content-range:";
    std::string_view line(data, len);
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (line.size() <= kName.size() || ::strncasecmp(line.data(), kName.data(), kName.size()) != 0) return len;
    line.remove_prefix(kName.size());
    while (line.starts_with(' ')) line.remove_prefix(1);
    const auto found = content_range_of(line);
    job.ranged = found.has_value();
    job.range = found.value_or(ContentRange{});
    return len;
  }
  static size_t on_read(char* into, size_t, size_t len, void* user) {
    auto& job = *static_cast<Job*>(user);
    const ssize_t n = ::pread(job.upload, into, len, static_cast<off_t>(job.uploaded));
    if (n < 0) return CURL_READFUNC_ABORT;
    job.uploaded += static_cast<uint64_t>(n);
    return static_cast<size_t>(n);
  }
  static int on_seek(void* user, curl_off_t offset, int origin) {
    if (origin != SEEK_SET || offset < 0) return CURL_SEEKFUNC_CANTSEEK;
    static_cast<Job*>(user)->uploaded = static_cast<uint64_t>(offset);
    return CURL_SEEKFUNC_OK;
  }
};

Client::Client(ClientConfig config) : config_(std::move(config)), curl_(std::make_unique<Curl>()) {}
Client::~Client() = default;

void Client::interrupt() {
  interrupted_ = true;
  curl_multi_wakeup(curl_->multi);
}

base::Unexpected<Problem> Client::failed(const std::string& url, std::string text) {
  ++counters_.failures;
  return base::problem(url, std::move(text));
}

/// False when interrupted.
bool Client::pause(std::chrono::milliseconds time) {
  const auto until = std::chrono::steady_clock::now() + time;
  while (!interrupted_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    if (left <= 0) return true;
    curl_multi_poll(curl_->multi, nullptr, 0, static_cast<int>(left), nullptr);
  }
  return false;
}

/// Errors: it could not even be tried. Else what came of it is in the job.
Done Client::perform(Job& job) {
  const auto [host, port] = host_of(job.url);
  if (host.empty()) return failed(job.url, "is no address that begins with https://");
  CURL* easy = curl_->easy;
  curl_easy_reset(easy);
  job.easy = easy;
  bool ok = true;
  const auto set = [&](CURLoption option, auto value) { ok = curl_easy_setopt(easy, option, value) == CURLE_OK && ok; };
  const std::string& name = config_.server_name;
  const std::string url = name.empty() ? job.url : renamed(job.url, name);
  curl_slist* connect_to = nullptr;
  if (!name.empty())
    connect_to = curl_slist_append(nullptr, fmt::format("{}:{}:{}:{}", name, port, host, port).c_str());
  set(CURLOPT_URL, url.c_str());
  if (connect_to) set(CURLOPT_CONNECT_TO, connect_to);
  set(CURLOPT_PROTOCOLS_STR, "https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PROXY, "");
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
  set(CURLOPT_SSLVERSION, long{CURL_SSLVERSION_TLSv1_2});
  set(CURLOPT_SSL_VERIFYPEER, 1L);
  set(CURLOPT_SSL_VERIFYHOST, 2L);
  set(CURLOPT_CAINFO, config_.tls.ca.c_str());
  set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));  // the system's authorities are not ours
  set(CURLOPT_SSLCERT, config_.tls.certificate.c_str());
  set(CURLOPT_SSLKEY, config_.tls.private_key.c_str());
  if (!config_.tls.cipher_list.empty()) set(CURLOPT_SSL_CIPHER_LIST, config_.tls.cipher_list.c_str());
  if (!config_.tls.cipher_suites.empty()) set(CURLOPT_TLS13_CIPHERS, config_.tls.cipher_suites.c_str());
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(config_.connect_timeout.count()));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(config_.stall_timeout.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(config_.rate_min));
  set(CURLOPT_ERRORBUFFER, curl_->error);
  set(CURLOPT_WRITEFUNCTION, Job::on_body);
  set(CURLOPT_WRITEDATA, &job);
  set(CURLOPT_HEADERFUNCTION, Job::on_header);
  set(CURLOPT_HEADERDATA, &job);
  const std::string range = fmt::format("{}-", job.from);
  if (job.from) set(CURLOPT_RANGE, range.c_str());
  if (job.upload >= 0) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(job.upload_octets));
    set(CURLOPT_READFUNCTION, Job::on_read);
    set(CURLOPT_READDATA, &job);
    set(CURLOPT_SEEKFUNCTION, Job::on_seek);
    set(CURLOPT_SEEKDATA, &job);
  }
  curl_->error[0] = '\0';
  job.result = CURLE_FAILED_INIT;
  if (ok && curl_multi_add_handle(curl_->multi, easy) == CURLM_OK) {
    int running = 1;
    while (running && !interrupted_) {
      if (curl_multi_perform(curl_->multi, &running) != CURLM_OK) break;
      if (running) curl_multi_poll(curl_->multi, nullptr, 0, kWaitMs, nullptr);
    }
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(curl_->multi, &left))
      if (message->msg == CURLMSG_DONE) job.result = message->data.result;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &job.status);
    curl_multi_remove_handle(curl_->multi, easy);
  }
  curl_slist_free_all(connect_to);
  if (!ok) return failed(job.url, "libcurl lacks what is needed");
  if (interrupted_) return failed(job.url, "interrupted");
  return {};
}

Done Client::fetch(const std::string& url, uint64_t octets, std::string_view sha256, const Take& take) {
  base::Sha256 hash;
  uint64_t have = 0;
  bool too_long = false;
  auto wait = config_.break_pause;
  for (unsigned breaks = 0;;) {
    Job job;
    job.url = url;
    job.from = have;
    job.take = [&](std::span<const uint8_t> piece) {
      too_long = piece.size() > octets - have;
      if (too_long || !take(piece)) return false;
      hash.update(piece);
      have += piece.size();
      return true;
    };
    if (auto done = perform(job); !done) return done;
    counters_.fetched_octets += have - job.from;
    if (too_long) return failed(url, fmt::format("is longer than the {} octets it should have", octets));
    if (job.taker_stopped) return failed(url, "what came was not taken");
    if (job.other_file) return failed(url, "the server answered with another part than was asked for");
    const bool good_status = job.status == 200 || job.status == 206;
    if (job.result == CURLE_OK && !good_status)
      return failed(url, fmt::format("refused with {}: {}", job.status, job.said.substr(0, job.said.find('\n'))));
    if (have == octets && good_status) break;
    if (job.result == CURLE_OK)
      return failed(url, fmt::format("has {} octets, not the {} it should have", have, octets));
    // What cannot get better by trying again.
    for (const CURLcode fatal : {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CACERT_BADFILE,
                                 CURLE_UNSUPPORTED_PROTOCOL, CURLE_SSL_CIPHER})
      if (job.result == fatal) return failed(url, curl_->error[0] ? curl_->error : curl_easy_strerror(job.result));
    if (have > job.from) {
      breaks = 0;
      wait = config_.break_pause;
    }
    ++counters_.breaks;
    if (++breaks > config_.breaks_max)
      return failed(url, curl_->error[0] ? curl_->error : curl_easy_strerror(job.result));
    if (!pause(wait)) return failed(url, "interrupted");
    wait = std::min(wait * 2, kPauseMax);
  }
  if (!same_hex(base::hex(hash.finish()), sha256)) return failed(url, "its SHA-256 is not the one it should have");
  ++counters_.fetched;
  return {};
}

Done Client::put(const std::string& url, const std::string& path) {
  const base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (!file || ::fstat(file.get(), &st) != 0)
    return failed(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
  Job job;
  job.url = url;
  job.upload = file.get();
  job.upload_octets = static_cast<uint64_t>(st.st_size);
  if (auto done = perform(job); !done) return done;
  counters_.put_octets += job.uploaded;
  // A server that refuses may close while we still send: its answer counts.
  if (job.status >= 300)
    return failed(url, fmt::format("refused with {}: {}", job.status, job.said.substr(0, job.said.find('\n'))));
  if (job.result != CURLE_OK) return failed(url, curl_->error[0] ? curl_->error : curl_easy_strerror(job.result));
  if (job.status < 200) return failed(url, "no answer came");
  ++counters_.put;
  return {};
}

}  // namespace eir::sync::transfer
