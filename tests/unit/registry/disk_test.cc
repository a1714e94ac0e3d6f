// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that is full, and has room again.
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

/// While it lives no file of this process grows beyond `octets`.
class FullDisk {
 public:
  explicit FullDisk(rlim_t octets) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &was_);
    const rlimit now{octets, was_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &now);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &was_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*signal_)(int);
  rlimit was_{};
};

class Disk : public RegistryTest {
 protected:
  Outcome attempt(uint64_t key) {
    Engine::Task task{as(Role::kImporter), CreateDevices{{name(key)}, {}}, {}};
    Engine::Task* tasks[] = {&task};
    engine_->run(tasks);
    return task.outcome;
  }
};

TEST_F(Disk, WhatAFullDiskRefusedIsTakenOnceThereIsRoom) {
  ASSERT_TRUE(attempt(kFirst).ok());
  {
    const FullDisk full(std::filesystem::file_size(dir_ + "/registry.db-wal"));
    for (unsigned i = 1; i <= 3; ++i) {
      const Outcome out = attempt(kFirst + i);
      EXPECT_EQ(out.code, Code::kFailed);
      EXPECT_EQ(out.why, Why::kStore);
      EXPECT_NE(writer_->problem().text, "unknown failure");
    }
  }
  EXPECT_TRUE(attempt(kFirst + 1).ok());
  EXPECT_TRUE(row(kFirst));
  EXPECT_TRUE(row(kFirst + 1));
  EXPECT_FALSE(row(kFirst + 2));
  EXPECT_TRUE(verify_audit(*writer_, {}).whole);
}

}  // namespace
}  // namespace eir::registry
