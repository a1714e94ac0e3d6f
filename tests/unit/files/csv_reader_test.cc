// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/csv_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace eir::files {
namespace {

using Outcome = CsvReader::Outcome;

/// Records as "line:field|field", failures as "line!".
std::vector<std::string> all(std::string_view text) {
  CsvReader reader(text);
  std::vector<std::string> out;
  for (auto outcome = reader.next(); outcome != Outcome::kEnd; outcome = reader.next()) {
    std::string record = std::to_string(reader.line()) + (outcome == Outcome::kRecord ? ":" : "!");
    for (size_t i = 0; i < reader.fields(); ++i) record += (i ? "|" : "") + std::string(reader.field(i));
    out.push_back(record);
  }
  return out;
}

TEST(CsvReader, Records) {
  struct Row {
    std::string text;
    std::vector<std::string> records;
  };
  const std::string longest(kRecordOctetsMax - 2, 'x');
  const Row rows[] = {
      {"", {}},
      {"\n\r\n# c\n", {}},
      {"#", {}},
      {"a", {"1:a"}},
      {"a,b\nc\n", {"1:a|b", "2:c"}},
      {"a,\n,b\n,", {"1:a|", "2:|b", "3:|"}},
      {"\"\"\n", {"1:"}},
      {"\"a\nb\",c\nd\n", {"1:a\nb|c", "3:d"}},
      {"\"a\"\"b\",\"\"\"\"\n", {"1:a\"b|\""}},
      {"a\rb\r\n", {"1:a\rb"}},
      {"\"a\"\r", {"1:a"}},
      {"a,\"b", {"1!"}},
      {"a,\"b\nc\nd\n", {"1!", "2:c", "3:d"}},
      {"\"a\"b\nc", {"1!", "2:c"}},
      {"a\"\nc", {"1!", "2:c"}},
      {"1,2,3,4,5,6,7,8\n1,2,3,4,5,6,7,8,9\nx\n", {"1:1|2|3|4|5|6|7|8", "2!", "3:x"}},
      {longest + "\n" + "b\n", {"1:" + longest, "2:b"}},
      {longest + "yyy\nb\n", {"1!", "2:b"}},
      {longest + "y\"\nb\n", {"1!", "2:b"}},
      {"\"" + longest + "yy\",\"b\n\"c\n", {"1!", "2!"}},
      {longest + ",\"b\"\nc\n", {"1!", "2:c"}},
      {"x," + longest.substr(4) + ",,\"b\"\nc\n", {"1!", "2:c"}},
      {"# c,\"\n\n#\na\n", {"4:a"}},
  };
  for (const Row& row : rows) EXPECT_EQ(all(row.text), row.records) << row.text.substr(0, 60);
}

}  // namespace
}  // namespace eir::files
