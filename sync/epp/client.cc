// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/client.h"

#include <fmt/format.h>

#include <random>

namespace eir::sync::epp {
namespace {

std::string name_of(const ClientConfig& config) { return fmt::format("{} port {}", config.host, config.port); }

}  // namespace

Client::Client(const ClientConfig& config, base::Fd socket, TlsContext context, std::unique_ptr<Codec> codec)
    : config_(config),
      line_(std::move(socket), std::move(context), TlsSide::kClient,
            {name_of(config), config.server_name.empty() ? config.host : config.server_name, config.frame_max,
             config.stop_fd}),
      codec_(std::move(codec)),
      run_(fmt::format("EIR-{:08X}", std::random_device{}())) {}

Client::~Client() = default;

Client::Outcome<std::unique_ptr<Client>> Client::connect(const ClientConfig& config, const Messages& messages) {
  const Deadline until = std::chrono::steady_clock::now() + config.connect_timeout;
  Problems problems;
  TlsContext context = tls::make_context(tls::Side::kClient, config.tls, problems);
  if (!context) return base::Unexpected<base::Problem>(problems.front());
  auto codec = Codec::make(config.schema_directory, messages);
  if (!codec) return base::Unexpected<base::Problem>(codec.error());
  auto socket = connect_to(config.host, config.port, until, config.stop_fd);
  if (!socket) return base::problem(name_of(config), socket.error());
  std::unique_ptr<Client> out(new Client(config, std::move(*socket), std::move(context), std::move(*codec)));
  if (auto shaken = out->line_.handshake(until); !shaken) return tl::unexpected(shaken.error());
  auto greeting = out->receive_greeting(until);
  if (!greeting) return tl::unexpected(greeting.error());
  out->greeting_ = std::move(*greeting);
  return out;
}

Client::Outcome<void> Client::send_frame(std::string_view xml) { return send_octets(framed(xml)); }

Client::Outcome<std::string> Client::receive_frame() {
  return line_.receive(answer_deadline()).map([](std::string_view xml) { return std::string(xml); });
}

Client::Outcome<Greeting> Client::receive_greeting(Deadline until) {
  const auto xml = line_.receive(until);
  if (!xml) return tl::unexpected(xml.error());
  auto frame = codec_->read(*xml);
  auto* greeting = frame ? std::get_if<Greeting>(&*frame) : nullptr;
  if (!greeting) return line_.failed("what came is no greeting");
  return std::move(*greeting);
}

Client::Outcome<void> Client::send(const Command& command) { return send_frame(codec_->write(command)); }

Client::Outcome<Reply> Client::receive() {
  const auto xml = line_.receive(answer_deadline());
  if (!xml) return tl::unexpected(xml.error());
  auto frame = codec_->read(*xml);
  if (!frame) return line_.failed("an answer is not valid: " + frame.error().detail);
  auto* reply = std::get_if<Reply>(&*frame);
  if (!reply) return line_.failed("what came is no answer");
  return std::move(*reply);
}

Client::Outcome<Reply> Client::ask(Body body) {
  const Command command{fmt::format("{}-{}", run_, ++sequence_), std::move(body)};
  if (auto sent = send(command); !sent) return tl::unexpected(sent.error());
  auto reply = receive();
  if (reply && reply->cl_trid != command.cl_trid) return line_.failed("an answer to another command came");
  return reply;
}

Client::Outcome<void> Client::log_in(const Text& user, const Text& password, std::initializer_list<Ns> objects) {
  Login login{user, password, {}, "1.0", "en", {}, {}};
  for (const Ns object : objects) login.objects.emplace_back(uri_of(object));
  const auto reply = ask(std::move(login));
  if (!reply) return tl::unexpected(reply.error());
  if (reply->code != ResultCode::kDone)
    return line_.failed(fmt::format("login refused: {} {}", number(reply->code), reply->message));
  return {};
}

Client::Outcome<Greeting> Client::hello() {
  if (auto sent = send_frame(codec_->write(Hello())); !sent) return tl::unexpected(sent.error());
  return receive_greeting(answer_deadline());
}

}  // namespace eir::sync::epp
