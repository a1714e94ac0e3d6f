// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/lists/entry.h"

/// The forms of single fields. Threads: pure. Allocates: what returns a string.
namespace eir::files {

/// Digits only, as a number. REQUIRES: at most 19 characters.
std::optional<uint64_t> number_of(std::string_view text);

/// Well-formed UTF-8 (RFC 3629) without control characters: it goes into logs and onto consoles.
bool printable_utf8(std::string_view text);
/// The longest beginning of well-formed UTF-8 that is at most `octets` long and cuts no character.
std::string_view cut_utf8(std::string_view text, size_t octets);

/// ISO 8601, UTC: YYYY-MM-DD, YYYYMMDD (both 00:00:00), YYYY-MM-DDTHH:MM:SSZ; 1971 to 2099.
std::optional<base::UnixSeconds> parse_date(std::string_view text);
/// The shortest of these forms.
std::string date_text(base::UnixSeconds t);

/// "imsi:25501*": an IMSI or MSISDN of 1 to 15 digits, with a star its beginning.
std::optional<lists::SubscriberKey> parse_subscriber(std::string_view text);
std::string subscriber_text(lists::SubscriberKey who);

/// What a person may be shown of a field.
std::string shown(std::string_view text);

}  // namespace eir::files
