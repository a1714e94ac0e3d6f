// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/result.h"

namespace eir::appliance {

/// From here on this process and its children can open no socket: socket(2) answers EACCES. A seccomp
/// filter, which nothing can take off again. What `--check` reads a configuration under, because
/// libosmo-sigtran's nodes dial while a file is read.
base::Result<void, base::Problem> forbid_sockets();

}  // namespace eir::appliance
