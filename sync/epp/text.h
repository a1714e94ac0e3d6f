// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"

namespace eir::sync::epp {

/// UTF-8 of characters that XML 1.0 §2.2 allows. Threads: pure. Allocates: no.
bool is_xml_text(std::string_view text) noexcept;

/// Appends `text` to an XML document as content or attribute value. What XML cannot carry becomes U+FFFD.
/// Returns whether a reader has it back just so: nothing was replaced, and there is no control character in it, which a
/// reader may take for a space.
bool append_escaped(std::string& out, std::string_view text);

/// XSD's whitespace collapse: ends trimmed, runs within become one space. In place.
void collapse(std::string& text);

/// "2026-11-21T20:42:31Z".
std::string format_time(base::UnixSeconds t);
/// "2026-11-21T20:42:31.250Z", for greetings.
std::string format_time_ms(std::chrono::system_clock::time_point t);
/// An xs:dateTime with any zone, a fraction cut off; without a zone it is UTC. Nothing for anything else.
std::optional<base::UnixSeconds> parse_time(std::string_view text);

/// RFC 4648 §4, padded, in one line.
std::string to_base64(std::string_view octets);
/// An xs:base64Binary: spaces anywhere, padding required, unused bits zero. Nothing for anything else.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace eir::sync::epp
