// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/frames.h"

namespace eir::sync::epp {

Tag tag_of(const ObjectCommand& command) {
  return std::visit([](const auto& c) { return c.kTag; }, command);
}

std::string_view verb_of(const Body& body) {
  switch (body.index()) {
    case 0: return "login";
    case 1: return "logout";
    case 2: return "poll";
    default: return tag_of(std::get<ObjectCommand>(body)).name;
  }
}

std::optional<Ns> object_of(const Body& body) {
  if (const auto* command = std::get_if<ObjectCommand>(&body)) return tag_of(*command).ns;
  return std::nullopt;
}

bool transforms(const Body& body) {
  const std::string_view verb = verb_of(body);
  if (const auto* login = std::get_if<Login>(&body)) return login->new_password.has_value();
  return verb == "create" || verb == "update" || verb == "delete";
}

}  // namespace eir::sync::epp
