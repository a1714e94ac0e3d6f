// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>

#include "sync/epp/frames.h"
#include "sync/epp/messages.h"
#include "sync/epp/schema_stream.h"
#include "sync/epp/xml_reader.h"

/// What stands around the objects: RFC 5730 §2.4 to §2.9 as far as its elements go. Codec alone calls these.
namespace eir::sync::epp {

/// Reads the verb's element, whose name is given. False when the object in it is not the verb's.
bool read_body(XmlReader& reader, std::string_view verb, Body& out);
void read_greeting(XmlReader& reader, Greeting& out);
void read_reply(XmlReader& reader, Reply& out);

std::string write_command(const Command& command);
/// With `schema` that is begun, and told of all that is written; to end it is the caller's.
std::string write_greeting(const Greeting& greeting, SchemaStream* schema = nullptr);
std::string write_reply(const Reply& reply, const Messages& messages, SchemaStream* schema = nullptr);

}  // namespace eir::sync::epp
