// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/control_wire.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "registry/octets.h"

namespace eir::appliance::cdbd {
namespace {

using namespace registry;

/// Numbers of a question's content.
enum class Tag : uint8_t {
  kWords,
  kItem,
  kDecide,
  kWithdrawProposal,
  kCancelJob,
  kChangeEntries,
  kPutUser,
  kDisableUser,
  kPromote,
  kStandBy,
  kSetPolicy,
  kSetSite,
  kMarkUrgent,
};

void block(std::string& out, std::string_view octets) { Pack(out).u32(octets.size()).raw(octets); }
std::string_view block(Unpack& in) { return in.raw(in.u32()); }

struct Encode {
  std::string& out;
  Pack tag(Tag t) { return Pack(out).u8(static_cast<uint8_t>(t)); }

  bool operator()(const Decide& c) {
    tag(Tag::kDecide).u64(c.id).u8(c.approve).text(c.reason);
    return true;
  }
  bool operator()(const WithdrawProposal& c) {
    tag(Tag::kWithdrawProposal).u64(c.id);
    return true;
  }
  bool operator()(const CancelJob& c) {
    tag(Tag::kCancelJob).u64(c.id);
    return true;
  }
  bool operator()(const ChangeEntries& c) {
    tag(Tag::kChangeEntries).u32(c.changes.size());
    for (const Change& change : c.changes) block(out, registry::encode(change));
    return true;
  }
  bool operator()(const PutUser& c) {
    tag(Tag::kPutUser)
        .text(c.user.name)
        .u8(static_cast<uint8_t>(c.user.role))
        .text(c.user.certificate)
        .u8(c.user.refuse_repeats)
        .u8(c.user.follows)
        .text(c.new_password);
    return true;
  }
  bool operator()(const DisableUser& c) {
    tag(Tag::kDisableUser).text(c.name);
    return true;
  }
  bool operator()(const Promote& c) {
    tag(Tag::kPromote).text(c.reason);
    return true;
  }
  bool operator()(const StandBy& c) {
    tag(Tag::kStandBy).text(c.reason);
    return true;
  }
  bool operator()(const SetPolicy& c) {
    tag(Tag::kSetPolicy).text(c.name).text(c.value);
    return true;
  }
  bool operator()(const SetSite& c) {
    tag(Tag::kSetSite).text(c.name).text(c.value);
    return true;
  }
  bool operator()(const MarkUrgent& c) {
    tag(Tag::kMarkUrgent).u8(c.on).text(c.reason).u32(c.names.size());
    for (const std::string& name : c.names) Pack(out).text(name);
    return true;
  }
  template <class Other>
  bool operator()(const Other& c) {
    if constexpr (std::is_constructible_v<JobItem, const Other&>) {
      tag(Tag::kItem).raw(registry::encode(std::vector<JobItem>{c}));
      return true;
    }
    return false;
  }
};

std::optional<Command> changes_of(Unpack& in) {
  ChangeEntries out;
  const uint32_t count = in.u32();
  if (count > kChangesMax) return std::nullopt;
  for (uint32_t i = 0; i < count; ++i) {
    auto change = decode_change(block(in));
    if (!change) return std::nullopt;
    out.changes.push_back(std::move(*change));
  }
  return out;
}

std::optional<Command> user_of(Unpack& in) {
  PutUser out;
  out.user.name = in.text();
  const uint8_t role = in.u8();
  if (role >= kRoles) return std::nullopt;
  out.user.role = static_cast<Role>(role);
  out.user.certificate = in.text();
  out.user.refuse_repeats = in.u8();
  out.user.follows = in.u8();
  out.new_password = in.text();
  return out;
}

std::optional<Command> command_of(Tag tag, Unpack& in) {
  switch (tag) {
    case Tag::kItem: {
      auto items = decode_items(in.raw(in.left()));
      if (!items || items->size() != 1) return std::nullopt;
      return std::visit([](auto& c) { return Command(std::move(c)); }, items->front());
    }
    case Tag::kDecide: {
      Decide c;
      c.id = in.u64();
      c.approve = in.u8();
      c.reason = in.text();
      return c;
    }
    case Tag::kWithdrawProposal: return WithdrawProposal{in.u64()};
    case Tag::kCancelJob: return CancelJob{in.u64()};
    case Tag::kChangeEntries: return changes_of(in);
    case Tag::kPutUser: return user_of(in);
    case Tag::kDisableUser: return DisableUser{std::string(in.text())};
    case Tag::kPromote: return Promote{std::string(in.text())};
    case Tag::kStandBy: return StandBy{std::string(in.text())};
    case Tag::kSetPolicy: {
      SetPolicy c;
      c.name = in.text();
      c.value = in.text();
      return c;
    }
    case Tag::kSetSite: {
      SetSite c;
      c.name = in.text();
      c.value = in.text();
      return c;
    }
    case Tag::kMarkUrgent: {
      MarkUrgent c;
      c.on = in.u8();
      c.reason = in.text();
      for (uint32_t n = in.u32(); n > 0 && in.ok(); --n) c.names.emplace_back(in.text());
      return c;
    }
    case Tag::kWords: break;
  }
  return std::nullopt;
}

bool read_all(int fd, char* to, size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd, to, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

}  // namespace

std::optional<std::string> encode(const Question& question) {
  std::string out;
  if (question.command) return std::visit(Encode{out}, *question.command) ? std::optional(out) : std::nullopt;
  Pack(out).u8(static_cast<uint8_t>(Tag::kWords)).u32(question.words.size());
  for (const std::string& word : question.words) block(out, word);
  return out;
}

std::optional<Question> decode_question(std::string_view octets) {
  Unpack in(octets);
  Question q;
  const auto tag = static_cast<Tag>(in.u8());
  if (tag == Tag::kWords) {
    for (uint32_t n = in.u32(); n > 0 && in.ok(); --n) q.words.emplace_back(block(in));
  } else {
    q.command = command_of(tag, in);
    if (!q.command) return std::nullopt;
  }
  return in.done() ? std::optional(std::move(q)) : std::nullopt;
}

std::string encode(const ControlReply& reply) {
  std::string out;
  const Outcome& o = reply.outcome;
  Pack(out).u8(reply.taken).u16(static_cast<uint16_t>(o.code)).u8(static_cast<uint8_t>(o.why)).text(o.id);
  Pack(out).i64(o.at.time_since_epoch().count()).u8(o.repeated).u32(o.offenders.size());
  for (const Offender& f : o.offenders)
    Pack(out).text(f.name).u16(static_cast<uint16_t>(f.code)).u8(static_cast<uint8_t>(f.why)).u32(f.item);
  block(out, reply.text);
  return out;
}

std::optional<ControlReply> decode_reply(std::string_view octets) {
  Unpack in(octets);
  ControlReply r;
  r.taken = in.u8();
  r.outcome.code = static_cast<Code>(in.u16());
  r.outcome.why = static_cast<Why>(in.u8());
  r.outcome.id = in.text();
  r.outcome.at = base::UnixSeconds(std::chrono::seconds(in.i64()));
  r.outcome.repeated = in.u8();
  for (uint32_t n = in.u32(); n > 0 && in.ok(); --n) {
    Offender f;
    f.name = in.text();
    f.code = static_cast<Code>(in.u16());
    f.why = static_cast<Why>(in.u8());
    f.item = in.u32();
    r.outcome.offenders.push_back(std::move(f));
  }
  r.text = block(in);
  return in.done() ? std::optional(std::move(r)) : std::nullopt;
}

bool send_frame(int fd, std::string_view octets) {
  std::string frame;
  block(frame, octets);
  for (std::string_view left = frame; !left.empty();) {
    const ssize_t n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    left.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::optional<std::string> receive_frame(int fd) {
  char head[4];
  if (!read_all(fd, head, sizeof head)) return std::nullopt;
  const size_t size = Unpack({head, sizeof head}).u32();
  if (size > kControlFrameMax) return std::nullopt;
  std::string body(size, '\0');
  if (!read_all(fd, body.data(), size)) return std::nullopt;
  return body;
}

int connect_control(const std::string& path) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (path.size() >= sizeof to.sun_path) return -1;
  std::memcpy(to.sun_path, path.data(), path.size());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return fd;
  ::close(fd);
  return -1;
}

}  // namespace eir::appliance::cdbd
