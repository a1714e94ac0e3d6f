# SPDX-License-Identifier: GPL-3.0-or-later
# Manifests and data files, as a feed brings them.
eir_fuzzer(feed SOURCE ${CMAKE_CURRENT_LIST_DIR}/feed.cc DEPS core_feed)
