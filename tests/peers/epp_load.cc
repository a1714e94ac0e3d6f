// SPDX-License-Identifier: GPL-3.0-or-later
// eir-epp-load: an EPP client that asks as fast as the server answers, or at a rate.
#include "tests/peers/epp_load.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <atomic>
#include <csignal>
#include <deque>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string_view>
#include <thread>

#include "core/identity/imei.h"
#include "tests/peers/latency.h"

namespace eir::tests::epp {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using sync::epp::Client;

constexpr unsigned kGroupNames = 100;  ///< the most names of one create
constexpr auto kJobLook = std::chrono::milliseconds(20);
constexpr std::string_view kHead =
    R"(<?xml version="1.0" encoding="UTF-8"?><epp xmlns="urn:ietf:params:xml:ns:epp-1.0"><command>)";

/// 15 digits, the check digit right.
std::string name_of(uint64_t seed, uint64_t n) {
  uint64_t x = seed * 0x9E3779B97F4A7C15u + n;  // SplitMix64
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
  x ^= x >> 31;
  const identity::ImeiKey key{x % (identity::kImeiKeyEnd - 1) + 1};
  return fmt::format("{}{}", identity::to_string(key), identity::check_digit(key));
}

std::string frame(std::string_view inside, uint64_t session, uint64_t number) {
  return fmt::format("{}{}<clTRID>LOAD-{}-{}</clTRID></command></epp>", kHead, inside, session, number);
}
std::string imei_command(std::string_view verb, std::string_view name) {
  return fmt::format(
      R"(<{0}><imei:{0} xmlns:imei="urn:ietf:params:xml:ns:imei-1.0"><imei:name>{1}</imei:name></imei:{0}></{0}>)",
      verb, name);
}
std::string job_command(const LoadOptions& o, const std::string& filing, uint64_t first) {
  std::string out = fmt::format(
      R"(<create><job:create xmlns:job="urn:ietf:params:xml:ns:job-1.0" xmlns:imei="urn:ietf:params:xml:ns:imei-1.0">)"
      "<job:filing>{}</job:filing>",
      filing);
  for (unsigned done = 0; done < o.names; done += kGroupNames) {
    out += "<job:item><imei:create>";
    for (unsigned i = done; i < std::min(o.names, done + kGroupNames); ++i)
      out.append("<imei:name>").append(name_of(o.seed, first + i)).append("</imei:name>");
    out += "<imei:device><imei:manufacturer>Maker</imei:manufacturer></imei:device></imei:create></job:item>";
  }
  return out += "</job:create></create>";
}
std::string job_info(const std::string& id) {
  return fmt::format(
      R"(<info><job:info xmlns:job="urn:ietf:params:xml:ns:job-1.0"><job:id>{}</job:id></job:info></info>)", id);
}

std::string_view between(std::string_view xml, std::string_view before, std::string_view after) {
  const size_t at = xml.find(before);
  if (at == xml.npos) return {};
  xml.remove_prefix(at + before.size());
  return xml.substr(0, xml.find(after));
}
int code_of(std::string_view xml) {
  int code = 0;
  for (const char c : between(xml, "<result code=\"", "\"")) code = code * 10 + (c - '0');
  return code;
}
uint64_t number_of(std::string_view digits) {
  uint64_t n = 0;
  for (const char c : digits) n = n * 10 + static_cast<uint64_t>(c - '0');
  return n;
}

/// What all sessions share.
struct Shared {
  const LoadOptions& o;
  const Clock::time_point began = Clock::now();
  std::atomic<uint64_t> next{0};  ///< number of the next name to file
  std::atomic<uint64_t> filings{0};
  std::atomic<uint64_t> measured{0}, wrong{0}, lost{0};
  double elapsed() const { return duration<double>(Clock::now() - began).count(); }
  bool over() const {
    return (o.duration_s > 0 && elapsed() >= o.warmup_s + o.duration_s) || (o.count > 0 && next.load() >= o.count);
  }
  bool measures() const { return elapsed() >= o.warmup_s; }
};

/// One session and its thread.
class Asker {
 public:
  Asker(Shared& shared, unsigned number, std::unique_ptr<Client> client)
      : s_(shared), number_(number), client_(std::move(client)) {}

  void run() { s_.o.mode == LoadMode::kJobs ? jobs() : commands(); }
  LatencyHistogram latency;

 private:
  struct Sent {
    Clock::time_point due;
    bool known;
  };
  struct Filed {
    std::string id;
    Clock::time_point at;
  };

  void write(std::string_view inside) { sync::epp::append_framed(written_, frame(inside, number_, ++sequence_)); }
  /// Sends what was written; counts a failure as lost, and false: the session is over.
  bool send() {
    const bool sent = client_->send_octets(written_).has_value();
    written_.clear();
    if (!sent) s_.lost += std::max<size_t>(1, sent_.size());
    return sent;
  }
  std::optional<std::string> receive() {
    auto xml = client_->receive_frame();
    if (xml) return std::move(*xml);
    s_.lost += std::max<size_t>(1, sent_.size());
    return std::nullopt;
  }
  void wrong(std::string_view xml) {
    if (s_.wrong++ == 0) fmt::print(stderr, "a wrong answer: {}\n", xml.substr(0, 600));
  }

  void commands() {
    const auto step =
        std::chrono::duration_cast<Clock::duration>(duration<double>(s_.o.rate > 0 ? s_.o.connections / s_.o.rate : 0));
    auto due = Clock::now();
    while (!s_.over() || !sent_.empty()) {
      // As one who pipelines does: what may go out goes together, half a window of it where no rate is asked for.
      const bool room = s_.o.rate > 0 || sent_.size() <= s_.o.window / 2;
      while (!s_.over() && room && sent_.size() < s_.o.window && (s_.o.rate == 0 || due <= Clock::now())) {
        write_one(s_.o.rate == 0 ? Clock::now() : due);
        due += step;
      }
      if (!written_.empty() && !send()) return;
      if (sent_.empty()) {
        std::this_thread::sleep_until(due);
        continue;
      }
      if (!take_one()) return;
    }
  }
  void write_one(Clock::time_point due) {
    const uint64_t n = s_.next++;
    const bool create = s_.o.mode == LoadMode::kCreate;
    const bool known = !create && s_.o.known > 0 && n % 2 == 0;
    // Numbers from 2^40 on were never filed.
    const uint64_t name = create ? s_.o.first + n : known ? s_.o.first + n % s_.o.known : (uint64_t{1} << 40) + n;
    write(imei_command(create ? "create" : "check", name_of(s_.o.seed, name)));
    sent_.push_back({due, known});
  }
  bool take_one() {
    const auto xml = receive();
    if (!xml) return false;
    const Sent sent = sent_.front();
    sent_.pop_front();
    const bool right = code_of(*xml) == 1000 &&
                       (s_.o.mode == LoadMode::kCreate || between(*xml, "avail=\"", "\"") == (sent.known ? "0" : "1"));
    if (!right) wrong(*xml);
    if (!s_.measures()) return true;
    ++s_.measured;
    latency.add(std::chrono::nanoseconds(Clock::now() - sent.due).count());
    return true;
  }

  void jobs() {
    std::deque<Filed> filed;
    while (!s_.over() || !filed.empty()) {
      while (!s_.over() && filed.size() < s_.o.window)
        if (!file(filed)) return;
      if (!look(filed.front())) return;
      if (done_) filed.pop_front();
      if (!done_) std::this_thread::sleep_for(kJobLook);
    }
  }
  bool file(std::deque<Filed>& filed) {
    const uint64_t first = s_.next.fetch_add(s_.o.names);
    const auto at = Clock::now();
    const std::string filing = fmt::format("L{}-{}", at.time_since_epoch().count(), ++s_.filings);
    write(job_command(s_.o, filing, s_.o.first + first));
    if (!send()) return false;
    const auto xml = receive();
    if (!xml) return false;
    const std::string id(between(*xml, "<job:id>", "<"));
    if (code_of(*xml) != 1001 || id.empty()) return wrong(*xml), false;
    filed.push_back({id, at});
    return true;
  }
  bool look(const Filed& job) {
    write(job_info(job.id));
    if (!send()) return false;
    const auto xml = receive();
    if (!xml) return false;
    const auto state = between(*xml, "<job:state>", "<");
    if (code_of(*xml) != 1000 || state.empty()) return wrong(*xml), false;
    const uint64_t done = number_of(between(*xml, "<job:done>", "<"));
    const uint64_t failed = number_of(between(*xml, "<job:failed>", "<"));
    done_ = state == "done";
    if (!done_) return true;
    // Two names may be the same by chance; more than that is a fault.
    if (failed > 2 || done != s_.o.names) wrong(*xml);
    if (s_.measures()) {
      s_.measured += done - failed;
      latency.add(std::chrono::nanoseconds(Clock::now() - job.at).count());
    }
    return true;
  }

  Shared& s_;
  const unsigned number_;
  std::unique_ptr<Client> client_;
  uint64_t sequence_ = 0;
  std::string written_;  ///< frames not sent yet
  std::deque<Sent> sent_;
  bool done_ = false;
};

std::unique_ptr<Client> log_in(const LoadOptions& o, const sync::epp::Messages& messages) {
  auto client = Client::connect(o.server, messages);
  if (!client) return fmt::print(stderr, "{}\n", client.error().message()), nullptr;
  using sync::epp::Ns;
  if (auto in = (*client)->log_in(o.user, o.password, {Ns::kImei, Ns::kJob}); !in)
    return fmt::print(stderr, "{}\n", in.error().message()), nullptr;
  return std::move(*client);
}

double used_s() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(u.ru_utime) + seconds(u.ru_stime);
}

/// Processor time a process has used so far, its threads together; 0 when there is none of that number.
double used_s_by(int process) {
  std::ifstream in(fmt::format("/proc/{}/stat", process));
  std::string stat;
  std::getline(in, stat);
  // After the name in parentheses: state, ten numbers, then ticks in user and in kernel mode.
  std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  uint64_t user = 0, kernel = 0;
  fields >> user >> kernel;
  return static_cast<double>(user + kernel) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

int run_load(const LoadOptions& o) {
  auto messages = sync::epp::Messages::load(o.messages);
  if (!messages) return fmt::print(stderr, "{}\n", messages.error().front().message()), 1;
  std::vector<std::unique_ptr<Client>> clients;
  for (unsigned i = 0; i < o.connections; ++i) {
    clients.push_back(log_in(o, *messages));
    if (!clients.back()) return 1;
  }
  const double server_before_s = used_s_by(o.server_process);
  Shared shared{o};
  std::vector<std::unique_ptr<Asker>> askers;
  for (unsigned i = 0; i < o.connections; ++i)
    askers.push_back(std::make_unique<Asker>(shared, i + 1, std::move(clients[i])));
  std::vector<std::thread> threads;
  for (auto& asker : askers) threads.emplace_back([&asker] { asker->run(); });
  for (auto& thread : threads) thread.join();
  const double took = shared.elapsed() - o.warmup_s;
  auto all = std::make_unique<LatencyHistogram>();
  for (const auto& asker : askers) all->add(asker->latency);
  nlohmann::json out{{"sent", shared.measured.load()},
                     {"seconds", took},
                     {"rate", static_cast<double>(shared.measured.load()) / took},
                     {"p50_us", all->quantile_us(0.5)},
                     {"p95_us", all->quantile_us(0.95)},
                     {"p99_us", all->quantile_us(0.99)},
                     {"wrong", shared.wrong.load()},
                     {"lost", shared.lost.load()},
                     {"cpu_s", used_s()},
                     {"server_cpu_s", used_s_by(o.server_process) - server_before_s}};
  fmt::print("{}\n", out.dump());
  return shared.wrong + shared.lost == 0 ? 0 : 1;
}

}  // namespace eir::tests::epp

int main(int argc, char** argv) {
  using namespace eir::tests::epp;
  std::signal(SIGPIPE, SIG_IGN);
  LoadOptions o;
  std::string connect;
  CLI::App app("Asks an EPP server as fast as it answers, or at a rate; one JSON line at the end");
  app.add_option("--connect", connect, "HOST:PORT")->required();
  app.add_option("--certificate", o.server.tls.certificate)->required();
  app.add_option("--key", o.server.tls.private_key)->required();
  app.add_option("--ca", o.server.tls.ca)->required();
  app.add_option("--server-name", o.server.server_name, "In its certificate; default: HOST");
  app.add_option("--schemas", o.server.schema_directory)->required();
  app.add_option("--messages", o.messages)->required();
  app.add_option("--user", o.user)->required();
  app.add_option("--password", o.password)->required();
  app.add_option("--mode", o.mode)
      ->required()
      ->transform(CLI::CheckedTransformer(std::map<std::string, LoadMode>{
          {"jobs", LoadMode::kJobs}, {"create", LoadMode::kCreate}, {"check", LoadMode::kCheck}}));
  app.add_option("--connections", o.connections)->check(CLI::Range(1, 64));
  app.add_option("--window", o.window, "Jobs, or commands, outstanding on a connection")->check(CLI::Range(1, 1024));
  app.add_option("--names", o.names, "Of a job")->check(CLI::Range(1, 100'000));
  app.add_option("--seed", o.seed, "The names of one seed are the same in every run");
  app.add_option("--first", o.first, "Number of the first name");
  app.add_option("--known", o.known, "Of check: so many names from the first on are stored");
  app.add_option("--count", o.count, "Names to file, or commands");
  app.add_option("--duration", o.duration_s, "Seconds");
  app.add_option("--warmup", o.warmup_s, "Seconds before, not measured");
  app.add_option("--server-process", o.server_process, "Its processor time is told");
  app.add_option("--rate", o.rate, "Commands a second over all connections");
  CLI11_PARSE(app, argc, argv);
  const size_t colon = connect.rfind(':');
  if (colon == connect.npos) return fmt::print(stderr, "--connect wants HOST:PORT\n"), 2;
  o.server.host = connect.substr(0, colon);
  o.server.port = static_cast<uint16_t>(std::strtoul(connect.c_str() + colon + 1, nullptr, 10));
  if (o.count == 0 && o.duration_s == 0) return fmt::print(stderr, "--count or --duration is needed\n"), 2;
  return run_load(o);
}
