// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/exchange.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/write.hpp>

#include "sync/transfer/name.h"
#include "sync/transfer/range.h"

namespace eir::sync::transfer {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr size_t kPieceOctets = 64 * 1024;
constexpr uint64_t kLingerOctetsMax = 4 * 1024 * 1024;  ///< of a refused body that are read and thrown away
constexpr std::chrono::milliseconds kLinger{2'000};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

/// RFC 9112 §4, and the fields that every answer has.
std::string status_line(unsigned status) {
  return fmt::format("HTTP/1.1 {} {}\r\nServer: Turnstile\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", status,
                     view(http::obsolete_reason(static_cast<http::status>(status))),
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

}  // namespace

Exchange::Exchange(Core& core, Tcp::socket socket, TlsContext tls)
    : core_(core),
      tls_(std::move(tls)),
      stream_(std::move(socket), *tls_),
      buffer_(core.config.limits.header_octets_max + kPieceOctets),
      piece_(kPieceOctets) {}

Exchange::~Exchange() { core_.connections.fetch_sub(1); }

void Exchange::start() {
  expire(core_.config.limits.handshake_timeout);
  stream_.async_handshake(boost::asio::ssl::stream_base::server, [self = shared_from_this()](const Error& error) {
    if (error) {
      ++(timed_out(error) ? self->core_.counters.handshake_timeouts : self->core_.counters.tls_failures);
      return;
    }
    self->certificate_ = tls::peer_certificate(self->stream_.native_handle());
    self->read_request();
  });
}

void Exchange::read(Then then) {
  const auto room = buffer_.prepare(std::min(kPieceOctets, buffer_.max_size() - buffer_.size()));
  stream_.async_read_some(room, [self = shared_from_this(), then](const Error& error, size_t got) {
    self->buffer_.commit(got);
    ((*self).*then)(error);
  });
}

void Exchange::write(std::string_view octets, Then then) {
  boost::asio::async_write(stream_, boost::asio::buffer(octets.data(), octets.size()),
                           [self = shared_from_this(), then](const Error& error, size_t sent) {
                             self->sent_ = sent;
                             ((*self).*then)(error);
                           });
}

/// What there is of the request goes through the parser. Error::need_more: that was not the end of it.
Exchange::Error Exchange::parse() {
  Error error;
  buffer_.consume(parser_->put(buffer_.data(), error));
  return error;
}

void Exchange::read_request() {
  outgoing_.reset();
  incoming_.reset();
  parser_.emplace();
  parser_->header_limit(core_.config.limits.header_octets_max);
  parser_->body_limit(std::numeric_limits<uint64_t>::max());  // known from the header, and judged there
  expire(core_.config.limits.header_timeout);
  on_header({});
}

void Exchange::on_header(Error error) {
  Counters& counters = core_.counters;
  if (!error && buffer_.size() > 0) error = parse();
  if (!error && parser_->is_header_done()) {
    ++counters.requests;
    return dispatch();
  }
  if (!error || error == http::error::need_more) return read(&Exchange::on_header);
  if (error == http::error::header_limit) {
    ++counters.header_hit;
    return refuse(431, "the header is too long", true);
  }
  if (timed_out(error)) {
    if (buffer_.size() || parser_->got_some()) ++counters.header_timeouts;
    return;
  }
  if (error == boost::asio::error::eof && !parser_->got_some()) return shut();
  ++counters.broken;
  // A fault of HTTP's own is told; a broken connection is not.
  if (error.category() == make_error_code(http::error::bad_method).category()) refuse(400, "this is no request", true);
}

Exchange::Target Exchange::target_of(std::string_view target) const {
  if (!target.starts_with('/')) return {};
  target.remove_prefix(1);
  const size_t slash = target.find('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view name = target.substr(slash + 1);
  if (!is_name(name)) return {};
  for (const Area& area : core_.config.areas)
    if (area.path == target.substr(0, slash)) return {&area, name};
  return {};
}

void Exchange::dispatch() {
  const auto& request = parser_->get();
  close_ = !request.keep_alive();
  if (++requests_ >= core_.config.limits.requests_max) {
    ++core_.counters.requests_hit;
    close_ = true;
  }
  const bool get = request.method() == http::verb::get, head = request.method() == http::verb::head,
             put = request.method() == http::verb::put;
  const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
  if (!get && !head && !put) return refuse(405, "only GET, HEAD and PUT", true);
  if (!put && has_body) return refuse(400, "a body is for PUT alone", true);
  const Target target = target_of(view(request.target()));
  if (!target.area) return refuse(404, "no such file", put);
  if (put ? !target.area->accept : !target.area->provide) return refuse(405, "not here", put);
  if (put) return take(target);
  give(target, head);
}

void Exchange::give(const Target& target, bool head_only) {
  const auto path = target.area->provide(target.name, certificate_);
  if (!path) return refuse(path.error().status, path.error().text, false);
  Outgoing out{base::Fd(::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)), 0, 0};
  struct stat st {};
  if (!out.fd || ::fstat(out.fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return refuse(404, "no such file", false);
  const auto octets = static_cast<uint64_t>(st.st_size);
  const Part part = part_of(view(parser_->get()[http::field::range]), octets);
  if (part.kind == Part::Kind::kNotSatisfiable) return refuse(416, fmt::format("of {} octets", octets), false);
  const bool whole = part.kind != Part::Kind::kPart;
  answer_ = status_line(whole ? 200 : 206) + "Content-Type: application/octet-stream\r\nAccept-Ranges: bytes\r\n";
  if (!whole) answer_ += fmt::format("Content-Range: bytes {}-{}/{}\r\n", part.first, part.end - 1, octets);
  out.at = part.first;
  out.end = part.end;
  const auto seconds = static_cast<int64_t>((out.end - out.at) / core_.config.limits.rate_min);
  until_ = std::chrono::steady_clock::now() + core_.config.limits.stall_timeout + std::chrono::seconds(seconds);
  outgoing_ = std::move(out);
  end_header(part.end - part.first);
  send_answer(head_only ? &Exchange::on_answer : &Exchange::send_piece);
}

void Exchange::end_header(uint64_t body_octets) {
  answer_ += fmt::format("Content-Length: {}\r\n{}\r\n", body_octets, close_ ? "Connection: close\r\n" : "");
}

void Exchange::send_answer(Then then) {
  expire(core_.config.limits.stall_timeout);
  write(answer_, then);
}

void Exchange::on_answer(Error error) {
  if (error) return;
  if (!close_) return read_request();
  if (parser_->is_done()) return shut();
  expire(kLinger);
  linger({});
}

void Exchange::expire_piece() {
  const auto now = std::chrono::steady_clock::now();
  stream_.next_layer().expires_at(std::min(until_, now + core_.config.limits.stall_timeout));
}

void Exchange::on_piece_sent(Error error) {
  core_.counters.sent_octets += sent_;
  send_piece(error);
}

void Exchange::send_piece(Error error) {
  if (timed_out(error)) ++core_.counters.body_timeouts;
  if (error) return;
  Outgoing& out = *outgoing_;
  if (out.at >= out.end) {
    ++core_.counters.sent_files;
    return on_answer({});
  }
  const size_t want = static_cast<size_t>(std::min<uint64_t>(piece_.size(), out.end - out.at));
  const ssize_t n = ::pread(out.fd.get(), piece_.data(), want, static_cast<off_t>(out.at));
  if (n <= 0) return;  // shorter than it was, or unreadable: the peer sees that the body breaks off
  out.at += static_cast<uint64_t>(n);
  expire_piece();
  write({piece_.data(), static_cast<size_t>(n)}, &Exchange::on_piece_sent);
}

void Exchange::take(const Target& target) {
  const auto& request = parser_->get();
  const auto length = parser_->content_length();
  if (!length) return refuse(411, "how long is it", true);
  if (request.count(http::field::content_range) || request.count(http::field::content_encoding))
    return refuse(400, "only a whole file as it is", true);
  const auto place = target.area->accept(target.name, certificate_);
  if (!place) return refuse(place.error().status, place.error().text, true);
  if (*length > place->octets_max) {
    ++core_.counters.body_hit;
    return refuse(413, fmt::format("more than {} octets", place->octets_max), true);
  }
  auto incoming = Incoming::create(place->directory, target.name);
  if (!incoming) return refuse(507, "cannot be kept here now", true);
  incoming_.emplace(std::move(*incoming));
  const auto seconds = static_cast<int64_t>(*length / core_.config.limits.rate_min);
  until_ = std::chrono::steady_clock::now() + core_.config.limits.stall_timeout + std::chrono::seconds(seconds);
  // RFC 9110 §10.1.1: a client may wait for leave to send.
  if (!beast::iequals(request[http::field::expect], "100-continue")) return take_piece({});
  answer_ = "HTTP/1.1 100 Continue\r\n\r\n";
  send_answer(&Exchange::take_piece);
}

void Exchange::take_piece(Error error) {
  if (timed_out(error)) ++core_.counters.body_timeouts;
  while (!error && !parser_->is_done() && buffer_.size() > 0) {
    auto& body = parser_->get().body();
    body.data = piece_.data();
    body.size = piece_.size();
    body.more = true;
    error = parse();
    if (error == http::error::need_buffer || error == http::error::need_more) error = {};
    const size_t got = piece_.size() - body.size;
    core_.counters.received_octets += got;
    if (!incoming_->put({piece_.data(), got})) return refuse(507, "no room", true);
  }
  if (error) return;  // what came of it is thrown away
  if (parser_->is_done()) return place();
  expire_piece();
  read(&Exchange::take_piece);
}

void Exchange::place() {
  const auto stood = incoming_->place();
  if (!stood) return refuse(507, "cannot be kept here now", true);
  ++core_.counters.received_files;
  incoming_.reset();
  answer(*stood ? 200 : 201, "", close_);
}

void Exchange::refuse(unsigned status, std::string_view text, bool close) {
  ++core_.counters.refused;
  answer(status, fmt::format("{}\n", text), close || close_);
}

void Exchange::answer(unsigned status, std::string text, bool close) {
  answer_ = status_line(status);
  if (!text.empty()) answer_ += "Content-Type: text/plain\r\n";
  if (status == 405) answer_ += "Allow: GET, HEAD, PUT\r\n";
  // To HEAD no body is ever sent.
  if (parser_->is_header_done() && parser_->get().method() == http::verb::head) text.clear();
  close_ = close;
  end_header(text.size());
  answer_ += text;
  send_answer(&Exchange::on_answer);
}

/// A body nobody wants is read and thrown away for a while: closing on it would cost the peer our answer.
void Exchange::linger(Error error) {
  lingered_ += buffer_.size();
  buffer_.consume(buffer_.size());
  if (error || lingered_ > kLingerOctetsMax) return shut();
  read(&Exchange::linger);
}

void Exchange::shut() {
  expire(kLinger);
  stream_.async_shutdown([self = shared_from_this()](const Error&) {});
}

}  // namespace eir::sync::transfer
