# SPDX-License-Identifier: GPL-3.0-or-later
# One Diameter message, answered both ways; a stream of them, against the peer state machine.
eir_fuzzer(diameter SOURCE ${PROJECT_SOURCE_DIR}/tests/fuzz/diameter_message.cc DEPS diameter_s13)
eir_fuzzer(diameter_stream SOURCE ${PROJECT_SOURCE_DIR}/tests/fuzz/diameter_stream.cc DEPS diameter_peer)
