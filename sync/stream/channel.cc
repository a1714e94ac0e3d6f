// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/stream/channel.h"

namespace eir::sync::stream {
namespace {

constexpr char kLast = 0, kMore = 1;

}  // namespace

Channel::Channel(base::Fd socket, epp::TlsContext context, epp::TlsSide side, std::string peer)
    : line_(std::move(socket), std::move(context), side, {std::move(peer), {}, epp::kFrameHeader + 1 + kPieceMax, -1}) {
}

Channel::Outcome<void> Channel::send(std::string_view message, Deadline until) {
  do {
    const std::string_view piece = message.substr(0, kPieceMax);
    message.remove_prefix(piece.size());
    std::string body(1, message.empty() ? kLast : kMore);
    body.append(piece);
    if (auto sent = line_.send(epp::framed(body), until); !sent) return sent;
  } while (!message.empty());
  return {};
}

Channel::Outcome<std::string> Channel::receive(uint64_t octets_max, Deadline until) {
  std::string message;
  for (;;) {
    const auto frame = line_.receive(until);
    if (!frame) return tl::unexpected(frame.error());
    const char mark = frame->front();
    if (mark != kLast && mark != kMore) return line_.failed("what came is no frame of a message");
    if (message.size() + frame->size() - 1 > octets_max) return line_.failed("a message that is too long came");
    message.append(frame->substr(1));
    if (mark == kLast) return message;
  }
}

}  // namespace eir::sync::stream
