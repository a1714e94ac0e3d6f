// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/result.h"

namespace eir::sync::epp {

/// Bounds of a document, whoever sent it.
inline constexpr unsigned kDepthMax = 24;          ///< elements within each other
inline constexpr unsigned kAttributesMax = 32;     ///< of one element, namespace declarations included
inline constexpr unsigned kElementsMax = 400'000;  ///< of a document

/// Why a text is not even given to the XML parser.
enum class XmlFault : uint8_t {
  kCharacters,  ///< no UTF-8, or a character XML does not allow
  kEncoding,    ///< another encoding is declared
  kDoctype,     ///< a document type: no DTD, no entities
  kTooDeep,
  kTooMany,  ///< attributes of an element, or elements
  kForm,     ///< not well-formed
};
std::string_view to_string(XmlFault fault) noexcept;

/// Walks over the mark-up of a text and refuses what the parser shall never see. A text that passes may
/// still be malformed. Threads: pure. Allocates: no.
base::Result<void, XmlFault> screen(std::string_view text) noexcept;

}  // namespace eir::sync::epp
