# SPDX-License-Identifier: GPL-3.0-or-later
if(TARGET registry)
  eir_fuzzer(site_stream SOURCE ${CMAKE_CURRENT_LIST_DIR}/site_stream.cc DEPS registry)
endif()
