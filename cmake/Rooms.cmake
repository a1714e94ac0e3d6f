# SPDX-License-Identifier: GPL-3.0-or-later
# One static library per room, one test program per room, one fuzz target per parser.

# With EIR_PRECOMPILE what nearly every file includes is read once for all of its kind: a third less to do for a build
# from nothing. Off by default, since ccache shares no objects between trees then.
option(EIR_PRECOMPILE "Precompile the headers that most files include" OFF)
set(test_seconds_max 300)
if(EIR_SANITIZE)
  set(test_seconds_max 900)
endif()
# Tests and consoles are compiled in half the time so, and nothing waits for them.
set(quickly $<$<CONFIG:Release>:-O1>)
set(common_headers <algorithm> <array> <atomic> <charconv> <chrono> <condition_variable> <deque> <filesystem> <fstream>
    <functional> <future> <map> <memory> <mutex> <optional> <random> <set> <span> <string> <string_view> <thread>
    <unordered_map> <vector> <fmt/format.h> <tl/expected.hpp>)

# eir_precompile(KIND LIBRARY HEADERS...): the headers of library, network, command or test; LIBRARY: whose they are.
function(eir_precompile kind library)
  file(WRITE ${PROJECT_BINARY_DIR}/precompiled/${kind}.cc "")
  add_library(precompiled_${kind} OBJECT EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/precompiled/${kind}.cc)
  target_link_libraries(precompiled_${kind} PRIVATE fmt::fmt Boost::boost ${library})
  target_precompile_headers(precompiled_${kind} PRIVATE ${common_headers} ${ARGN})
endfunction()
if(EIR_PRECOMPILE)
  add_compile_options(-pthread)  # some rooms' libraries ask for it, and all must be compiled alike
  eir_precompile(library fmt::fmt)
  eir_precompile(network OpenSSL::SSL <boost/asio.hpp> <boost/asio/ssl.hpp>)
  eir_precompile(command nlohmann_json::nlohmann_json <nlohmann/json.hpp>)
  eir_precompile(test GTest::gtest <gtest/gtest.h>)
  foreach(kind command test)
    target_compile_options(precompiled_${kind} PRIVATE ${quickly})
  endforeach()
endif()

# eir_precompiled(NAME KIND): what NAME is compiled with.
function(eir_precompiled name kind)
  if(EIR_PRECOMPILE)
    target_link_libraries(${name} PRIVATE fmt::fmt Boost::boost)
    target_precompile_headers(${name} REUSE_FROM precompiled_${kind})
  endif()
endfunction()

# eir_library(NAME SOURCES ... [DEPS ...]): what a room includes is what it may link.
function(eir_library name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${A_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${A_DEPS})
  if("Boost::boost" IN_LIST A_DEPS)
    eir_precompiled(${name} network)
  else()
    eir_precompiled(${name} library)
  endif()
endfunction()

# What the sanitizers' trees build: the unit tests, those of them with threads, the replays of the fuzz corpora.
foreach(kind unit_tests threads_tests fuzz_targets)
  add_custom_target(${kind})
endforeach()

# eir_command(NAME SOURCES ... [DEPS ...]): a program of many commands.
function(eir_command name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS} appliance_command_line nlohmann_json::nlohmann_json)
  target_compile_options(${name} PRIVATE ${quickly})
  eir_precompiled(${name} command)
endfunction()

# eir_test(NAME SOURCES ... [DEPS ...] [LABELS ...]): a GoogleTest program; every test is a CTest of its own.
# CTest's label is one word, "unit" or "unit-threads": gtest_discover_tests cannot pass a list, and -L matches parts.
function(eir_test name)
  cmake_parse_arguments(A "" "" "SOURCES;DEPS;LABELS" ${ARGN})
  add_executable(${name} ${A_SOURCES})
  target_link_libraries(${name} PRIVATE ${A_DEPS} GTest::gtest GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${name} PRIVATE EIR_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # GCC 12 takes `"a" + std::to_string(n)` for an overlapping copy (GCC bug 105651), and at -O1 what is set for unset.
  target_compile_options(${name} PRIVATE
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict;-Wno-array-bounds;-Wno-maybe-uninitialized;-Wno-stringop-overflow> ${quickly})
  eir_precompiled(${name} test)
  string(JOIN "-" label unit ${A_LABELS})
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST DISCOVERY_TIMEOUT 60
    PROPERTIES LABELS ${label} TIMEOUT ${test_seconds_max})
  add_dependencies(unit_tests ${name})
  if("threads" IN_LIST A_LABELS)
    add_dependencies(threads_tests ${name})
  endif()
endfunction()

# eir_fuzzer(NAME SOURCE FILE [DEPS ...]): with EIR_FUZZ a libFuzzer program; always a replay of
# tests/fuzz/corpus/NAME as a CTest.
function(eir_fuzzer name)
  cmake_parse_arguments(A "" "SOURCE" "DEPS" ${ARGN})
  add_executable(fuzz_${name} ${A_SOURCE})
  target_link_libraries(fuzz_${name} PRIVATE ${A_DEPS})
  add_dependencies(fuzz_targets fuzz_${name})
  if(EIR_FUZZ)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests/fuzz/replay_main.cc)
  endif()
  add_test(NAME fuzz.${name}.corpus COMMAND fuzz_${name} -runs=0 ${PROJECT_SOURCE_DIR}/tests/fuzz/corpus/${name})
  set_tests_properties(fuzz.${name}.corpus PROPERTIES LABELS "fuzz" TIMEOUT ${test_seconds_max})
endfunction()
