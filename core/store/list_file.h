// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/list_file.h"

namespace eir::store {

using files::ListFile;
using files::Progress;
using files::ProgressReport;

}  // namespace eir::store
