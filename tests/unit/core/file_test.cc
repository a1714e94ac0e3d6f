// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "tests/unit/temp_directory.h"

namespace eir::base {
namespace {

namespace fs = std::filesystem;

class FileTest : public ::testing::Test {
 protected:
  size_t files() const { return static_cast<size_t>(std::distance(fs::directory_iterator(directory_), {})); }
  static constexpr size_t kMax = size_t{1} << 24;

  const test::TempDirectory temp_;
  const std::string directory_ = temp_.path(), path_ = temp_.file("file");
};

TEST_F(FileTest, ItHasItsNameOnlyOnceItIsPlaced) {
  NewFile file(path_, hidden_name(path_), 0640);
  EXPECT_TRUE(file.put("one "));
  EXPECT_TRUE(file.put(as_octets("two")));
  EXPECT_FALSE(fs::exists(path_));
  EXPECT_TRUE(fs::exists(directory_ + "/.file"));
  ASSERT_TRUE(file.place());
  EXPECT_EQ(read_file(path_, kMax), "one two");
  EXPECT_EQ(files(), 1u);
  struct stat st {};
  ASSERT_EQ(::stat(path_.c_str(), &st), 0);
  EXPECT_EQ(st.st_mode & 0777u & ~0640u, 0u);
}

TEST_F(FileTest, WhatIsNotPlacedLeavesNothingAndHarmsNothing) {
  std::ofstream(path_) << "old";
  {
    NewFile file(path_, path_ + ".tmp");
    EXPECT_TRUE(file.put("new"));
    NewFile moved(std::move(file));
    EXPECT_TRUE(moved.put("er"));
  }
  EXPECT_EQ(read_file(path_, kMax), "old");
  EXPECT_EQ(files(), 1u);
}

TEST_F(FileTest, LeftoversAreReplacedAndLinksNotFollowed) {
  std::ofstream(directory_ + "/else") << "else";
  fs::create_symlink(directory_ + "/else", path_ + ".tmp");
  NewFile file(path_, path_ + ".tmp");
  EXPECT_TRUE(file.put("new"));
  ASSERT_TRUE(file.place());
  EXPECT_EQ(read_file(path_, kMax), "new");
  EXPECT_FALSE(fs::is_symlink(path_));
  EXPECT_EQ(read_file(directory_ + "/else", kMax), "else");
}

TEST_F(FileTest, TheFirstFailureIsTheOneTold) {
  NewFile absent(directory_ + "/no/file", directory_ + "/no/file.tmp");
  EXPECT_EQ(absent.error(), ENOENT);
  EXPECT_FALSE(absent.put("x"));
  EXPECT_EQ(absent.place().error().message(), directory_ + "/no/file: cannot be written: No such file or directory");
  fs::create_directory(path_);  // nothing can be renamed to it
  NewFile taken(path_, path_ + ".tmp");
  EXPECT_TRUE(taken.put("x"));
  EXPECT_EQ(taken.place().error().where, path_);
  EXPECT_EQ(taken.error(), EISDIR);
}

TEST_F(FileTest, AFileIsReadWholeOrRefused) {
  const std::string text((size_t{1} << 21) + 1, 'x');
  std::ofstream(path_) << text;
  EXPECT_EQ(read_file(path_, text.size()), text);
  EXPECT_EQ(read_file(path_, text.size() - 1).error().text, "is longer than 2097152 octets");
  EXPECT_EQ(read_file(directory_ + "/no", kMax).error().text, "cannot be read: No such file or directory");
  EXPECT_FALSE(read_file(directory_, kMax));
  size_t pieces = 0;
  EXPECT_TRUE(read_pieces(path_, [&](Octets) { return ++pieces < 2; }));
  EXPECT_EQ(pieces, 2u);
}

TEST_F(FileTest, ADirectoryThatIsNotThereCannotBeSynced) {
  EXPECT_TRUE(sync_directory(directory_));
  EXPECT_FALSE(sync_directory(directory_ + "/no"));
}

}  // namespace
}  // namespace eir::base
