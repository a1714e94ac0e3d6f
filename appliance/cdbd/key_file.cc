// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/key_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

namespace eir::appliance::cdbd {

base::Result<feed::SigningKey, base::Problem> open_signing_key(const std::string& path, bool& made) {
  made = false;
  if (std::filesystem::exists(path)) return feed::SigningKey::load(path);
  const feed::SigningKey key = feed::SigningKey::make();
  const std::string pem = key.private_pem();
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const bool good =
      fd >= 0 && ::write(fd, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) && fsync(fd) == 0;
  const int error = errno;
  if (fd >= 0) ::close(fd);
  if (!good) return base::problem(path, std::strerror(error));
  made = true;
  return key;
}

}  // namespace eir::appliance::cdbd
