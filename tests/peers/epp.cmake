# SPDX-License-Identifier: GPL-3.0-or-later
# An EPP server with a registry in memory, for tests of the protocol.
add_library(eir_epp_memory STATIC ${CMAKE_CURRENT_LIST_DIR}/epp_registry.cc)
target_link_libraries(eir_epp_memory PUBLIC sync_epp)
