# SPDX-License-Identifier: GPL-3.0-or-later
# An MSC and the bare echo, both on the node's MTP binding; the MSC's SCCP, TCAP and MAP are its own.
add_library(eir_mtp_host STATIC mtp_host.cc)
target_link_libraries(eir_mtp_host PUBLIC appliance_vty sigtran_mtp fmt::fmt)
add_executable(eir-mtp-echo mtp_echo.cc)
target_link_libraries(eir-mtp-echo PRIVATE eir_mtp_host CLI11::CLI11)
add_executable(eir-map-client map_client.cc map_ask.cc map_load.cc map_sccp.cc map_tcap.cc)
target_link_libraries(eir-map-client PRIVATE eir_mtp_host CLI11::CLI11 nlohmann_json::nlohmann_json)
