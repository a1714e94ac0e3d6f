// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/feed/feed.h"
#include "core/feed/signature.h"
#include "core/store/manifest.h"

namespace eir::feed {

/// Reads a manifest as it came. Only the canonical text is taken: what store::manifest_text() would write again, octet
/// for octet, so that a version has one text and one hash. The signature is kept, not looked at.
/// Errors: what is wrong with the first line that is. Threads: pure. Allocates: yes.
base::Result<store::Manifest, base::Problem> read_manifest(std::string_view source,
                                                           const SignedManifest& signed_manifest);

/// Its text and the signature of that. Threads: pure. Allocates: yes.
void seal(store::Manifest& manifest, std::string_view source, const SigningKey& key);

}  // namespace eir::feed
