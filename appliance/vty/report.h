// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/report/json.h"
#include "appliance/vty/command.h"

/// What a `show` prints: a report as JSON, or the same for people.
namespace eir::appliance {

using ReportPrinter = std::function<void(const Console&, const Json&)>;

/// A value as text, without what a peer could steer a terminal with.
std::string text_of(const Json& value);
/// Rows of an array as a table of the named fields, the widths fitted.
void print_table(const Console& c, const Json& rows, const std::vector<const char*>& fields);
/// "name: value" for every plain member; nested objects indented below their name.
void print_members(const Console& c, const Json& object, size_t indent = 2);
/// `show WORDS` and `show WORDS json`; `help` has a line for each word, "As JSON, one line" the last.
void install_report(const std::string& words, std::initializer_list<std::string_view> help,
                    std::function<Json()> report, ReportPrinter print);

}  // namespace eir::appliance
