# SPDX-License-Identifier: GPL-3.0-or-later
eir_fuzzer(sccp SOURCE sccp.cc DEPS sigtran_sccp)
eir_fuzzer(tcap SOURCE tcap.cc DEPS sigtran_node)
eir_fuzzer(map SOURCE map.cc DEPS sigtran_node)
