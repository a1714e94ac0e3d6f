# SPDX-License-Identifier: GPL-3.0-or-later
# The S13 client (an MME) and the libfdcore responder it is compared with. Neither links a room of the node.
find_library(SCTP_LIBRARY sctp REQUIRED)
add_executable(eir-s13-client s13_client.cc s13_ask.cc s13_load.cc s13_codec.cc s13_link.cc)
target_include_directories(eir-s13-client PRIVATE ${PROJECT_SOURCE_DIR})
target_link_libraries(eir-s13-client PRIVATE CLI11::CLI11 nlohmann_json::nlohmann_json fmt::fmt OpenSSL::SSL ${SCTP_LIBRARY})

find_library(FDCORE_LIBRARY fdcore REQUIRED)
find_library(FDPROTO_LIBRARY fdproto REQUIRED)
add_executable(eir-fdcore-responder fd_responder.cc)
target_link_libraries(eir-fdcore-responder PRIVATE CLI11::CLI11 fmt::fmt ${FDCORE_LIBRARY} ${FDPROTO_LIBRARY} Threads::Threads)

eir_test(s13_client_test SOURCES s13_codec_test.cc s13_codec.cc s13_ask.cc s13_link.cc
  DEPS nlohmann_json::nlohmann_json fmt::fmt OpenSSL::SSL ${SCTP_LIBRARY})
target_include_directories(s13_client_test PRIVATE ${PROJECT_SOURCE_DIR})
