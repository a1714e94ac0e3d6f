# SPDX-License-Identifier: GPL-3.0-or-later
eir_fuzzer(m3ua SOURCE m3ua.cc DEPS sigtran_m3ua)
