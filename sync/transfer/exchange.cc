// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/exchange.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "sync/transfer/name.h"
#include "sync/transfer/range.h"

namespace eir::sync::transfer {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr size_t kPieceOctets = 64 * 1024;
constexpr uint64_t kLingerOctetsMax = 4 * 1024 * 1024;  ///< of a refused body that are read and thrown away
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr const char* kServer = "Turnstile";

std::string http_date() {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now())));
}

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

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

void Exchange::read_request() {
  outgoing_.reset();
  incoming_.reset();
  parser_.emplace();
  parser_->header_limit(core_.config.limits.header_octets_max);
  parser_->body_limit(std::numeric_limits<uint64_t>::max());  // known from the header, and judged there
  expire(core_.config.limits.header_timeout);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const Error& error, size_t) { self->on_header(error); });
}

void Exchange::on_header(const Error& error) {
  Counters& counters = core_.counters;
  if (!error) {
    ++counters.requests;
    return dispatch();
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    ++counters.header_hit;
    return refuse(431, "the header is too long", true);
  }
  if (timed_out(error)) {
    if (buffer_.size() || parser_->got_some()) ++counters.header_timeouts;
    return;
  }
  if (error == http::error::end_of_stream) return shut();
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
  http::response<http::empty_body> head(
      part.kind == Part::Kind::kPart ? http::status::partial_content : http::status::ok, 11);
  head.set(http::field::content_type, "application/octet-stream");
  head.set(http::field::accept_ranges, "bytes");
  if (part.kind == Part::Kind::kPart)
    head.set(http::field::content_range, fmt::format("bytes {}-{}/{}", part.first, part.end - 1, octets));
  head.content_length(part.end - part.first);
  out.at = part.first;
  out.end = part.end;
  const auto seconds = static_cast<int64_t>((out.end - out.at) / core_.config.limits.rate_min);
  until_ = std::chrono::steady_clock::now() + core_.config.limits.stall_timeout + std::chrono::seconds(seconds);
  outgoing_ = std::move(out);
  send_head(std::move(head), !head_only);
}

void Exchange::send_head(http::response<http::empty_body> head, bool body_follows) {
  head.set(http::field::server, kServer);
  head.set(http::field::date, http_date());
  head.keep_alive(!close_);
  head_ = std::move(head);
  head_out_.emplace(*head_);
  expire(core_.config.limits.stall_timeout);
  http::async_write_header(stream_, *head_out_, [self = shared_from_this(), body_follows](const Error& error, size_t) {
    if (error) return;
    if (body_follows) return self->send_piece();
    self->finished(self->close_);
  });
}

void Exchange::expire_piece() {
  const auto now = std::chrono::steady_clock::now();
  beast::get_lowest_layer(stream_).expires_at(std::min(until_, now + core_.config.limits.stall_timeout));
}

void Exchange::send_piece() {
  Outgoing& out = *outgoing_;
  if (out.at >= out.end) {
    ++core_.counters.sent_files;
    return finished(close_);
  }
  const size_t want = static_cast<size_t>(std::min<uint64_t>(piece_.size(), out.end - out.at));
  const ssize_t n = ::pread(out.fd.get(), piece_.data(), want, static_cast<off_t>(out.at));
  if (n <= 0) return;  // shorter than it was, or unreadable: the peer sees that the body breaks off
  out.at += static_cast<uint64_t>(n);
  expire_piece();
  boost::asio::async_write(stream_, boost::asio::buffer(piece_.data(), static_cast<size_t>(n)),
                           [self = shared_from_this()](const Error& error, size_t sent) {
                             self->core_.counters.sent_octets += sent;
                             if (!error) return self->send_piece();
                             if (timed_out(error)) ++self->core_.counters.body_timeouts;
                           });
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
  if (beast::iequals(request[http::field::expect], "100-continue")) return ask_for_body();
  read_piece();
}

void Exchange::ask_for_body() {
  head_.emplace(http::status::continue_, 11);
  head_out_.emplace(*head_);
  expire(core_.config.limits.stall_timeout);
  http::async_write_header(stream_, *head_out_, [self = shared_from_this()](const Error& error, size_t) {
    if (!error) self->read_piece();
  });
}

void Exchange::read_piece() {
  if (parser_->is_done()) return place();
  parser_->get().body().data = piece_.data();
  parser_->get().body().size = piece_.size();
  parser_->get().body().more = true;
  expire_piece();
  http::async_read_some(stream_, buffer_, *parser_,
                        [self = shared_from_this()](const Error& error, size_t) { self->on_piece(error); });
}

void Exchange::on_piece(const Error& error) {
  if (error && error != http::error::need_buffer) {
    if (timed_out(error)) ++core_.counters.body_timeouts;
    return;  // what came of it is thrown away
  }
  const size_t got = piece_.size() - parser_->get().body().size;
  core_.counters.received_octets += got;
  if (!incoming_->put({piece_.data(), got})) return refuse(507, "no room", true);
  read_piece();
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
  text_.emplace(static_cast<http::status>(status), 11);
  text_->set(http::field::server, kServer);
  text_->set(http::field::date, http_date());
  if (!text.empty()) text_->set(http::field::content_type, "text/plain");
  if (status == 405) text_->set(http::field::allow, "GET, HEAD, PUT");
  text_->keep_alive(!close);
  // To HEAD no body is ever sent.
  if (parser_->is_header_done() && parser_->get().method() == http::verb::head) text.clear();
  text_->body() = std::move(text);
  text_->prepare_payload();
  expire(core_.config.limits.stall_timeout);
  http::async_write(stream_, *text_, [self = shared_from_this(), close](const Error& error, size_t) {
    if (!error) self->finished(close);
  });
}

void Exchange::finished(bool close) {
  if (!close) return read_request();
  if (parser_->is_done()) return shut();
  expire(kLinger);
  linger();
}

/// A body nobody wants is read and thrown away for a while: closing on it would cost the peer our answer.
void Exchange::linger() {
  stream_.async_read_some(boost::asio::buffer(piece_), [self = shared_from_this()](const Error& error, size_t got) {
    self->lingered_ += got;
    if (error || self->lingered_ > kLingerOctetsMax) return self->shut();
    self->linger();
  });
}

void Exchange::shut() {
  expire(kLinger);
  stream_.async_shutdown([self = shared_from_this()](const Error&) {});
}

}  // namespace eir::sync::transfer
