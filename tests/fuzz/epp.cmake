# SPDX-License-Identifier: GPL-3.0-or-later
foreach(name epp_frames epp_xml)
  eir_fuzzer(${name} SOURCE ${CMAKE_CURRENT_LIST_DIR}/${name}.cc DEPS sync_epp)
  target_compile_definitions(fuzz_${name} PRIVATE EIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
endforeach()
