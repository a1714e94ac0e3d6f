// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <optional>

#include "sync/transfer/incoming.h"
#include "sync/transfer/server.h"

namespace eir::sync::transfer {

/// Any thread adds.
struct Counters {
  using Count = std::atomic<uint64_t>;
  Count accepted{0}, accept_failures{0}, tls_failures{0}, requests{0}, refused{0}, broken{0};
  Count sent_files{0}, sent_octets{0}, received_files{0}, received_octets{0};
  Count connections_hit{0}, requests_hit{0}, header_hit{0}, body_hit{0};
  Count handshake_timeouts{0}, header_timeouts{0}, body_timeouts{0};
};

/// What all connections of a server share; outlives them.
struct Core {
  ServerConfig config;
  Counters& counters;
  std::atomic<unsigned> connections{0};
};

/// One connection from accept to close: requests, one after the other. Its handlers run in its strand.
class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  using Tcp = boost::asio::ip::tcp;
  using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
  Exchange(Core& core, Tcp::socket socket, TlsContext tls);
  ~Exchange();
  void start();

 private:
  using Error = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::buffer_body>;
  using Deadline = std::chrono::steady_clock::time_point;
  /// What comes after a read or a write. One type for all: every other costs ten seconds of compilation.
  using Then = void (Exchange::*)(Error);
  /// A file on its way out.
  struct Outgoing {
    base::Fd fd;
    uint64_t at = 0, end = 0;
  };
  struct Target {
    const Area* area = nullptr;
    std::string_view name;
  };

  void read(Then then);
  void write(std::string_view octets, Then then);
  Error parse();
  void read_request();
  void on_header(Error error);
  void dispatch();
  Target target_of(std::string_view target) const;
  void give(const Target& target, bool head_only);
  void send_piece(Error error);
  void on_piece_sent(Error error);
  void take(const Target& target);
  void take_piece(Error error);
  void place();
  void refuse(unsigned status, std::string_view text, bool close);
  void answer(unsigned status, std::string text, bool close);
  void end_header(uint64_t body_octets);
  void send_answer(Then then);
  void on_answer(Error error);
  void linger(Error error);
  void shut();
  void expire(std::chrono::milliseconds after) { stream_.next_layer().expires_after(after); }
  void expire_piece();
  static bool timed_out(const Error& error) { return error == boost::beast::error::timeout; }

  Core& core_;
  TlsContext tls_;  ///< outlives stream_
  boost::asio::ssl::stream<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
  epp::Certificate certificate_;
  std::optional<Parser> parser_;
  bool close_ = false;  ///< after this answer
  unsigned requests_ = 0;
  uint64_t lingered_ = 0;
  Deadline until_{};  ///< of the body on its way
  std::optional<Outgoing> outgoing_;
  std::optional<Incoming> incoming_;
  std::vector<char> piece_;
  std::string answer_;  ///< on its way: the header, and the body where that is no file
  size_t sent_ = 0;     ///< octets of the last write
};

}  // namespace eir::sync::transfer
