# SPDX-License-Identifier: GPL-3.0-or-later
# An MSC and the bare echo, both on the node's MTP binding; the MSC's SCCP, TCAP and MAP are its own.
add_library(eir_mtp_host STATIC mtp_host.cc)
target_link_libraries(eir_mtp_host PUBLIC sigtran_mtp PkgConfig::OSMO_VTY fmt::fmt)
add_executable(eir-mtp-echo mtp_echo.cc)
target_link_libraries(eir-mtp-echo PRIVATE eir_mtp_host CLI11::CLI11)
