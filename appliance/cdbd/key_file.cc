// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/key_file.h"

#include <filesystem>

#include "core/base/file.h"

namespace eir::appliance::cdbd {

base::Result<feed::SigningKey, base::Problem> open_signing_key(const std::string& path, bool& made) {
  made = false;
  if (std::filesystem::exists(path)) return feed::SigningKey::load(path);
  const feed::SigningKey key = feed::SigningKey::make();
  if (auto ok = base::write_file(path, base::as_octets(key.private_pem()), 0600); !ok)
    return tl::unexpected(ok.error());
  made = true;
  return key;
}

}  // namespace eir::appliance::cdbd
