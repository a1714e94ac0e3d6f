// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// libosmovty's headers carry no C++ linkage of their own.
extern "C" {
#include <osmocom/vty/command.h>
#include <osmocom/vty/vty.h>
}
