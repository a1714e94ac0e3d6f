// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sync/epp/objects.h"
#include "sync/epp/result_code.h"

namespace eir::sync::epp {

/// RFC 5730 §2.4.
struct Greeting {
  Text server_id;
  std::chrono::system_clock::time_point date{};
  std::vector<Text> versions;
  std::vector<Text> languages;
  std::vector<Text> objects;  ///< namespace URIs
  std::vector<Text> extensions;
};
struct Hello {};

/// RFC 5730 §2.9.1.1.
struct Login {
  Text client_id;
  Text password;
  Maybe<Text> new_password;
  Text version;
  Text language;
  std::vector<Text> objects;
  std::vector<Text> extensions;
};
struct Logout {};
/// RFC 5730 §2.9.2.3.
struct Poll {
  bool acknowledge = false;
  Maybe<Text> message_id;
};

/// Every command on an object that there is. A verb of RFC 5730 not among them is answered 2101.
using ObjectCommand =
    std::variant<imei::Check, imei::Info, imei::Create, imei::Update, imei::Delete, lock::Check, lock::Info,
                 lock::Create, lock::Update, lock::Delete, version::Info, version::Create, proposal::Info,
                 proposal::Create, proposal::Update, proposal::Delete, job::Info, job::Create, job::Delete>;
using Body = std::variant<Login, Logout, Poll, ObjectCommand>;

struct Command {
  Maybe<Text> cl_trid;
  Body body;
};

/// The object, and what is asked of it.
Tag tag_of(const ObjectCommand& command);
/// The element name of the command: "login", "poll", "create". Lives for ever.
std::string_view verb_of(const Body& body);
/// Nothing for login, logout and poll.
std::optional<Ns> object_of(const Body& body);
/// Whether it asks for a change; such a command is audited before it is answered.
bool transforms(const Body& body);

/// What a client gave that caused a refusal: an element, its content cut to kContentMax, and why.
/// RFC 5730 §2.6: <value> without a reason, <extValue> with one.
struct Offender {
  static constexpr size_t kContentMax = 128;
  Text ns;    ///< namespace URI; may be empty
  Text name;  ///< the element's local name
  Text content;
  Text reason;  ///< on writing: a WORD whose text is the catalogue's "reason.WORD", or a text; may be empty
};

/// The head of the queue of a user. RFC 5730 §2.6.
struct Queue {
  uint64_t count = 0;
  Text id;
  Maybe<Time> date;  ///< of a message in this answer
  Text message;      ///< with a date; on writing: a WORD of "queue.WORD", or a text
};

using ReplyData =
    std::variant<std::monostate, imei::CheckData, imei::InfoData, imei::CreateData, lock::CheckData, lock::InfoData,
                 lock::CreateData, version::InfoData, version::CreateData, version::News, proposal::InfoData,
                 proposal::CreateData, proposal::Decided, job::InfoData, job::CreateData, job::Done>;

struct Reply {
  ResultCode code = ResultCode::kDone;
  std::vector<Offender> offenders;
  Maybe<Queue> queue;
  ReplyData data;
  Maybe<site::Follows> follows;  ///< goes to who chose the extension at login

  // Given by the session; on reading, as they came.
  Text message;
  Text language;
  Maybe<Text> cl_trid;
  Text sv_trid;
};

inline Reply refuse(ResultCode code) {
  Reply reply;
  reply.code = code;
  return reply;
}
inline Reply refuse(ResultCode code, Offender offender) {
  Reply reply = refuse(code);
  reply.offenders.push_back(std::move(offender));
  return reply;
}

/// A frame that could be read.
using Frame = std::variant<Greeting, Hello, Command, Reply>;

}  // namespace eir::sync::epp
