# SPDX-License-Identifier: GPL-3.0-or-later
eir_fuzzer(csv SOURCE ${CMAKE_CURRENT_LIST_DIR}/csv.cc DEPS core_files)
