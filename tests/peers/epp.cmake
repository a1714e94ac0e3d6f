# SPDX-License-Identifier: GPL-3.0-or-later
# A registry in memory, for tests of the protocol, and a client that measures.
add_library(eir_epp_registry STATIC ${CMAKE_CURRENT_LIST_DIR}/epp_registry.cc)
target_link_libraries(eir_epp_registry PUBLIC sync_epp)
add_executable(eir-epp-load ${CMAKE_CURRENT_LIST_DIR}/epp_load.cc)
target_link_libraries(eir-epp-load PRIVATE sync_epp core_identity CLI11::CLI11 nlohmann_json::nlohmann_json)
