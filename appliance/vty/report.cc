// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/report.h"

#include <algorithm>

namespace eir::appliance {

std::string text_of(const Json& value) {
  if (!value.is_string()) return value.dump();
  std::string text = value.get<std::string>();
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, '?');
  return text;
}

void print_table(const Console& c, const Json& rows, const std::vector<const char*>& fields) {
  if (rows.empty()) return c.put("  none");
  std::vector<size_t> widths;
  for (const char* f : fields) {
    size_t width = std::string_view(f).size();
    for (const auto& row : rows) width = std::max(width, text_of(row.at(f)).size());
    widths.push_back(width);
  }
  const auto print = [&](auto&& cell) {
    std::string line = " ";
    size_t i = 0;
    for (const char* f : fields) line += fmt::format(" {:<{}}", cell(f), widths[i++]);
    c.put(line.substr(0, line.find_last_not_of(' ') + 1));
  };
  print([](const char* f) { return std::string(f); });
  for (const auto& row : rows) print([&](const char* f) { return text_of(row.at(f)); });
}

void print_members(const Console& c, const Json& object, size_t indent) {
  for (const auto& [name, value] : object.items()) {
    if (value.is_object()) {
      c.line("{:{}}{}:", "", indent, name);
      print_members(c, value, indent + 2);
    } else if (!value.is_array()) {
      c.line("{:{}}{}: {}", "", indent, name, text_of(value));
    } else if (!value.empty() && !value.front().is_object()) {
      c.line("{:{}}{}: {}", "", indent, name, value.dump());
    }
  }
}

void install_report(const std::string& words, std::initializer_list<std::string_view> help,
                    std::function<Json()> report, ReportPrinter print) {
  install_show(fmt::format("show {} [json]", words), help,
               [report = std::move(report), print = std::move(print)](const Console& c) {
                 const Json all = report();
                 if (c.argc() > 0)
                   c.put(one_line(all));
                 else
                   print(c, all);
                 return CMD_SUCCESS;
               });
}

}  // namespace eir::appliance
