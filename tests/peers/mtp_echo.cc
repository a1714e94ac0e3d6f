// SPDX-License-Identifier: GPL-3.0-or-later
// eir-mtp-echo: sends every UDT and XUDT back to where it came from, on the node's own MTP binding. Nothing is
// decoded beyond the pointers, so its rate is what the binding allows: the ceiling of the MAP bench.
#include <sys/resource.h>
#include <CLI/CLI.hpp>
#include <array>

#include <fmt/format.h>

#include "tests/peers/mtp_host.h"

namespace {

using namespace eir;
using namespace eir::sigtran::mtp;

/// ITU-T Q.713 §4.10, §4.18: where the three pointers of the message type stand; 0 for others.
size_t pointers_at(uint8_t message_type) {
  switch (message_type) {
    case 0x09: return 2;  // UDT
    case 0x11: return 3;  // XUDT
    default: return 0;
  }
}

class Echo final : public TransferUser {
 public:
  explicit Echo(TransferPort& port) : port_(port) {}

  void on_transfer(Instance instance, const RoutingLabel& label, base::Octets in) noexcept override {
    const size_t at = in.empty() ? 0 : pointers_at(in[0]);
    if (at == 0 || in.size() < at + 3) return;
    base::Octets called, calling, data;
    if (!part(in, at, called) || !part(in, at + 1, calling) || !part(in, at + 2, data)) return;
    std::array<uint8_t, kUserDataMax> answer;
    base::ByteWriter out(answer);
    const size_t pointers = in[0] == 0x11 ? 4 : 3;
    out.bytes(in.first(at));
    out.u8(static_cast<uint8_t>(pointers));
    out.u8(static_cast<uint8_t>(pointers + calling.size() - 1));
    out.u8(static_cast<uint8_t>(pointers + calling.size() + called.size() - 2));
    if (pointers == 4) out.u8(0);
    out.bytes(calling);
    out.bytes(called);
    out.bytes(data);
    if (!out.ok()) return;
    port_.transfer(instance, {label.dpc, label.opc, label.ni, label.sls}, out.written());
  }

 private:
  void on_destination(Instance, PointCode, bool) noexcept override {}
  /// A part with its length octet; a pointer counts from itself. ITU-T Q.713 §1.5.
  static bool part(base::Octets in, size_t pointer_at, base::Octets& out) {
    const size_t at = pointer_at + in[pointer_at];
    if (at >= in.size() || at + 1 + in[at] > in.size()) return false;
    out = in.subspan(at, 1 + size_t{in[at]});
    return true;
  }

  TransferPort& port_;
};

void print_usage(const Binding& binding) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                     static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  fmt::print("{{\"sent\":{},\"cpu_s\":{:.3f},\"max_rss_kb\":{}", binding.counters().data_sent.get(), cpu,
             usage.ru_maxrss);
  binding.counters().visit([](const char* name, const char*, uint64_t value) {
    if (value) fmt::print(",\"{}\":{}", name, value);
  });
  fmt::print("}}\n");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Echoes SCCP connectionless messages on the node's MTP binding");
  tests::MtpHost::Asp asp;
  asp.point_code = "0.0.2";
  asp.routing_context = 2;
  std::string stp = "127.0.0.1:2905", file;
  bool verbose = false, states = false;
  app.add_option("--stp", stp, "host:port of the gateway")->capture_default_str();
  app.add_option("--local-port", asp.local_port, "0: any")->capture_default_str();
  app.add_option("--local-ip", asp.local_host);
  app.add_option("--pc", asp.point_code, "own point code")->capture_default_str();
  app.add_option("--rctx", asp.routing_context, "routing context")->capture_default_str();
  app.add_option("--traffic-mode", asp.traffic_mode)->capture_default_str();
  app.add_option("-c,--config", file, "a file with `cs7` nodes instead of the options above, such as for the SG side");
  app.add_flag("--states", states, "AS, ASP and destination states on stderr");
  app.add_flag("-v", verbose, "the library's whole log on stderr");
  CLI11_PARSE(app, argc, argv);

  const auto colon = stp.rfind(':');
  if (colon == std::string::npos) {
    fmt::print(stderr, "--stp takes host:port\n");
    return 2;
  }
  asp.remote_host = stp.substr(0, colon);
  asp.remote_port = static_cast<uint16_t>(std::stoul(stp.substr(colon + 1)));

  tests::MtpHost host("eir-mtp-echo");
  host.show_states(states);
  Echo echo(host.binding());
  const bool started = file.empty() ? host.start(tests::MtpHost::config_of(asp), echo, verbose)
                                    : host.start_from_file(file, echo, verbose);
  if (!started) return 1;
  while (!host.asked_to_end()) host.turn();
  host.stop();
  print_usage(host.binding());
  return 0;
}
