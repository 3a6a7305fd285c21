#include "cli/testbed/mirror.h"

#include <algorithm>
#include <cctype>

#include "base/os_file.h"
#include "cli/testbed/tools.h"

namespace twoseal::testbed {
namespace {

constexpr std::size_t kSourceFilesMax = 1000;

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : std::string(line) + " ") {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(std::move(word));
      word.clear();
    }
  }
  return words;
}

bool has(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool readable(const std::string& address) {
  return address.starts_with("http://") || address.starts_with("https://") ||
         address.starts_with("file:");
}

// `deb [signed-by=… arch=…] ADDRESS SUITE COMPONENT…`
std::optional<std::string> mirror_of_line(const std::string& line, std::string_view suite) {
  std::vector<std::string> words = words_of(line);
  if (words.empty() || words[0] != "deb") {
    return std::nullopt;
  }
  words.erase(words.begin());
  if (!words.empty() && words[0].starts_with('[')) {
    const auto end = std::find_if(
        words.begin(), words.end(), [](const std::string& word) { return word.ends_with(']'); });
    words.erase(words.begin(), end == words.end() ? end : end + 1);
  }
  const bool fits = words.size() >= 2 && words[1] == suite && readable(words[0]);
  return fits ? std::optional(words[0]) : std::nullopt;
}

struct Paragraph {
  std::vector<std::string> types;
  std::vector<std::string> addresses;
  std::vector<std::string> suites;
};

std::optional<std::string> mirror_of_paragraph(const Paragraph& paragraph, std::string_view suite) {
  if (!has(paragraph.types, "deb") || !has(paragraph.suites, suite)) {
    return std::nullopt;
  }
  const auto found = std::find_if(paragraph.addresses.begin(), paragraph.addresses.end(), readable);
  return found == paragraph.addresses.end() ? std::nullopt : std::optional(*found);
}

void take_field(Paragraph& paragraph, const std::string& line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string::npos || line.starts_with('#')) {
    return;
  }
  const std::string name = line.substr(0, colon);
  const std::vector<std::string> words = words_of(line.substr(colon + 1));
  if (name == "Types") {
    paragraph.types = words;
  } else if (name == "URIs") {
    paragraph.addresses = words;
  } else if (name == "Suites") {
    paragraph.suites = words;
  }
}

}  // namespace

std::optional<std::string> mirror_in(std::string_view sources, std::string_view suite) {
  Paragraph paragraph;
  for (const std::string& line : split_text(std::string(sources) + "\n\n", '\n')) {
    if (auto mirror = mirror_of_line(line, suite)) {
      return mirror;
    }
    if (!words_of(line).empty()) {
      take_field(paragraph, line);
    } else if (auto mirror = mirror_of_paragraph(paragraph, suite)) {
      return mirror;
    } else {
      paragraph = {};
    }
  }
  return std::nullopt;
}

std::optional<std::string> mirror_of_machine(std::string_view suite) {
  std::vector<std::string> files = {"/etc/apt/sources.list"};
  const std::string directory = "/etc/apt/sources.list.d";
  if (const auto entries = list_directory(directory, kSourceFilesMax)) {
    for (const DirectoryEntry& entry : *entries) {
      if (entry.name.ends_with(".list") || entry.name.ends_with(".sources")) {
        files.push_back(directory + "/" + entry.name);
      }
    }
  }
  for (const std::string& file : files) {
    if (const auto bytes = read_file(file)) {
      if (auto mirror = mirror_in(*bytes, suite)) {
        return mirror;
      }
    }
  }
  return std::nullopt;
}

}  // namespace twoseal::testbed
