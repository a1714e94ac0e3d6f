// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "registry/queries.h"
#include "sync/epp/frames.h"

/// Commands and answers between EPP's terms and the registry's. Threads: pure. What has no meaning in the registry's
/// terms (digits that are none, a list nobody knows) gives nothing, which is 2005.
namespace eir::appliance::cdbd {

namespace epp = sync::epp;

registry::Device device_of(const epp::Device& d);
epp::Maybe<epp::Device> device_of(const registry::Device& d);
std::optional<registry::Grounds> grounds_of(const epp::Maybe<epp::Terms>& t);
epp::Maybe<epp::Terms> terms_of(const registry::Grounds& g);
std::optional<registry::Subscriber> subscriber_of(const epp::Subscriber& s);
epp::Subscriber subscriber_of(const registry::Subscriber& s);
std::optional<registry::Change> change_of(const epp::Change& c);
epp::Change change_of(const registry::Change& c);
epp::Entry entry_of(const registry::Entry& e);
std::vector<epp::Text> names_of(lists::ListSet lists);

/// The command that changes something; nothing when it does not, or when its values have no meaning.
std::optional<registry::Command> command_of(const epp::ObjectCommand& command);

epp::ResultCode code_of(registry::Code code);
/// Code and offenders, named by `element` of the command's object.
epp::Reply reply_of(const registry::Outcome& outcome, epp::Ns ns, const char* element);

}  // namespace eir::appliance::cdbd
