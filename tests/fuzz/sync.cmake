# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET sync_sightings)
  eir_fuzzer(sightings_segment SOURCE ${CMAKE_CURRENT_LIST_DIR}/sightings_segment.cc DEPS sync_sightings)
  eir_fuzzer(transfer_range SOURCE ${CMAKE_CURRENT_LIST_DIR}/transfer_range.cc DEPS sync_transfer)
endif()
