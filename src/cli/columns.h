// Rows of text in columns as wide as they need to be.
#pragma once

#include <string>
#include <vector>

namespace twoseal::cli {

/// `text` with every control character as a blank: what stands on one line cannot pose as another.
[[nodiscard]] std::string one_line(std::string text);

class Columns {
 public:
  /// Each cell is put on one line.
  void add(std::vector<std::string> row);

  /// One line for each row; two blanks between columns, none at the end of a line. Empty without
  /// rows.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace twoseal::cli
