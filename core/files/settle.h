// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/list_file.h"

namespace eir::files {

/// Sorts what was read and makes it keep what ListFile promises: the first line of a place stands, what says the same
/// again is counted, what says otherwise refused. Two threads when there is much.
void settle(ListFile& list);

}  // namespace eir::files
