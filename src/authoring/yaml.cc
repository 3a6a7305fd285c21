#include "authoring/yaml.h"

#include <algorithm>
#include <istream>
#include <map>
#include <optional>
#include <streambuf>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/json.h"

namespace twoseal::authoring {
namespace {

// Thrown through the library to stop it at the first refused event, and caught in parse_yaml().
// Unwinds yaml-cpp's event loop; caught in this file, whose only exception it is.
struct Refused {
  Place place;
  std::string what;
};

// How many bytes the character that begins with `lead` has; 1 for what begins none.
std::size_t character_size(char lead) {
  const auto octet = static_cast<unsigned char>(lead);
  return octet < 0xc0 ? 1 : octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4;
}

std::string describe(std::string_view character) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const char c : character) {
    const auto octet = static_cast<unsigned char>(c);
    text += text.empty() ? "0x" : " 0x";
    text += kDigits[octet >> 4U];
    text += kDigits[octet & 15U];
  }
  return text;
}

// The text with the start of each line, to turn the library's marks into places.
class Source {
 public:
  explicit Source(std::string_view text) : text_(text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        lines_.push_back(i + 1);
      }
    }
  }

  // Marks count lines and bytes from 0; an unknown mark is negative. Marks mostly ascend, so each
  // call goes on counting where the last one ended, and many values in one long line stay cheap.
  [[nodiscard]] Place place(const YAML::Mark& mark) {
    const std::size_t offset = this->offset(mark);
    if (offset < offset_) {
      const auto line = std::upper_bound(lines_.begin(), lines_.end(), offset) - lines_.begin();
      offset_ = lines_[static_cast<std::size_t>(line - 1)];
      place_ = {static_cast<std::uint32_t>(line), 1};
    }
    for (; offset_ < offset; ++offset_) {
      if (text_[offset_] == '\n') {
        place_ = {place_.line + 1, 1};
      } else if ((static_cast<unsigned char>(text_[offset_]) & 0xc0U) != 0x80U) {
        ++place_.column;
      }
    }
    return place_;
  }

  // The byte that `mark` points at; a line feed at the end.
  [[nodiscard]] char at(const YAML::Mark& mark) const {
    const std::size_t offset = this->offset(mark);
    return offset < text_.size() ? text_[offset] : '\n';
  }

  // Whether the quote that opens at `mark` is closed again. The library forgives the last one.
  [[nodiscard]] bool is_closed(const YAML::Mark& mark) const {
    const char quote = at(mark);
    for (std::size_t i = offset(mark) + 1; i < text_.size(); ++i) {
      if (text_[i] == quote && (quote == '"' || text_.substr(i + 1, 1) != "'")) {
        return true;
      }
      // An escaped character, or the two quotes that stand for one.
      i += text_[i] == quote || (quote == '"' && text_[i] == '\\') ? 1 : 0;
    }
    return false;
  }

 private:
  [[nodiscard]] std::size_t offset(const YAML::Mark& mark) const {
    if (mark.line < 0 || mark.column < 0 || static_cast<std::size_t>(mark.line) >= lines_.size()) {
      return 0;
    }
    const std::size_t start = lines_[static_cast<std::size_t>(mark.line)];
    return std::min(start + static_cast<std::size_t>(mark.column), text_.size());
  }

  std::string_view text_;
  std::vector<std::size_t> lines_{0};
  std::size_t offset_ = 0;  // where the last place was told
  Place place_;
};

// What is refused before the library sees the text: with these gone it reads bytes as UTF-8, has no
// end-of-input character to be misled by, and no tab that it would count in its own way.
std::optional<Refused> check_characters(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) {
    return Refused{{}, "the file begins with a byte order mark; save it as UTF-8 without one"};
  }
  if (text.find_first_of("\t\r") == std::string_view::npos && json::is_allowed_text(text)) {
    return std::nullopt;
  }
  Place place;
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view character = text.substr(i, character_size(text[i]));
    if (character == "\t") {
      return Refused{place,
                     "a tab; indent with spaces, and write \\t in double quotes where a tab is "
                     "meant"};
    }
    if (character == "\r") {
      return Refused{place, "a carriage return; end lines with a line feed alone"};
    }
    if (!json::is_allowed_text(character)) {
      return Refused{place, "this is not text in UTF-8: " + describe(character)};
    }
    place = character == "\n" ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
    i += character.size();
  }
  return Refused{place, "this is not text in UTF-8"};
}

// A directive changes how what follows is read.
std::optional<Refused> check_directives(std::string_view text) {
  std::uint32_t line = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && (i == 0 || text[i - 1] == '\n')) {
      return Refused{{line, 1}, "a directive (%); only plain YAML is read"};
    }
    line += text[i] == '\n' ? 1 : 0;
  }
  return std::nullopt;
}

// Builds the tree from the library's events and stops at the first that is not wanted. Its depth is
// bounded here, long before the library's own recursion could matter.
class Builder : public YAML::EventHandler {
 public:
  explicit Builder(Source& source) : source_(source) {}

  [[nodiscard]] Node& root() { return root_; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      refuse(mark, "a second document (---); one file holds one document");
    }
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    check_properties(mark, "", anchor, false);
    add(mark, {});
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    refuse(mark, "an alias (*); write the value out");
  }

  void OnAnchor(const YAML::Mark& mark, const std::string& /*name*/) override {
    refuse(mark, "an anchor (&); write each value where it is used");
  }

  void OnScalar(const YAML::Mark& mark,
                const std::string& tag,
                YAML::anchor_t anchor,
                const std::string& value) override {
    check_properties(mark, tag, anchor, true);
    const char first = source_.at(mark);
    if ((first == '"' || first == '\'') && !source_.is_closed(mark)) {
      refuse(mark, "a quote that is not closed");
    }
    if (!json::is_allowed_text(value)) {
      refuse(mark, "this text holds a character that signed objects may not hold");
    }
    add(mark, {.kind = NodeKind::scalar, .quoted = tag == "!", .text = value});
  }

  void OnSequenceStart(const YAML::Mark& mark,
                       const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    check_properties(mark, tag, anchor, false);
    open(mark, NodeKind::list);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark,
                  const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    check_properties(mark, tag, anchor, false);
    open(mark, NodeKind::map);
  }

  void OnMapEnd() override {
    check_map(open_.back());
    close();
  }

 private:
  [[noreturn]] void refuse(const YAML::Mark& mark, std::string what) const {
    // NOLINTNEXTLINE(hicpp-exception-baseclass): see Refused
    throw Refused{source_.place(mark), std::move(what)};
  }

  // The library says `?` for no tag and `!` for a quoted scalar, but also `!` for that very tag:
  // then the node begins with it.
  void check_properties(const YAML::Mark& mark,
                        std::string_view tag,
                        YAML::anchor_t anchor,
                        bool scalar) const {
    if (anchor != YAML::NullAnchor) {
      refuse(mark, "an anchor (&); write each value where it is used");
    }
    const bool plain = tag.empty() || tag == "?" || (scalar && tag == "!");
    if (!plain || (!tag.empty() && source_.at(mark) == '!')) {
      refuse(mark, "a tag (!); values are typed by the field they stand in");
    }
  }

  void add(const YAML::Mark& mark, Node node) {
    if (++nodes_ > kYamlNodesMax) {
      refuse(mark, "more than " + std::to_string(kYamlNodesMax) + " values");
    }
    node.place = source_.place(mark);
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Node& parent = open_.back();
    const bool is_key = parent.kind == NodeKind::map && parent.items.size() % 2 == 0;
    if (is_key && node.kind != NodeKind::scalar) {
      refuse(mark, "a key that is not a text");
    }
    if (is_key && !node.quoted && node.text == "<<") {
      refuse(mark, "a merge key (<<); write the fields out");
    }
    if (!is_key && parent.kind == NodeKind::map && node.kind == NodeKind::null) {
      node.place = parent.items.back().place;
    }
    parent.items.push_back(std::move(node));
  }

  void open(const YAML::Mark& mark, NodeKind kind) {
    if (open_.size() >= kYamlDepthMax) {
      refuse(mark, "nested deeper than " + std::to_string(kYamlDepthMax) + " levels");
    }
    if (++nodes_ > kYamlNodesMax) {
      refuse(mark, "more than " + std::to_string(kYamlNodesMax) + " values");
    }
    if (!open_.empty() && open_.back().kind == NodeKind::map &&
        open_.back().items.size() % 2 == 0) {
      refuse(mark, "a key that is not a text");
    }
    open_.push_back({.kind = kind, .place = source_.place(mark)});
  }

  void close() {
    Node node = std::move(open_.back());
    open_.pop_back();
    if (open_.empty()) {
      root_ = std::move(node);
    } else {
      open_.back().items.push_back(std::move(node));
    }
  }

  static void check_map(const Node& map) {
    std::map<std::string_view, Place> seen;
    for (std::size_t i = 0; i < map.items.size(); i += 2) {
      const Node& key = map.items[i];
      const auto [first, is_new] = seen.emplace(key.text, key.place);
      if (!is_new) {
        // NOLINTNEXTLINE(hicpp-exception-baseclass): see Refused
        throw Refused{key.place,
                      "the key '" + key.text + "' stands twice; first in line " +
                          std::to_string(first->second.line)};
      }
    }
  }

  Source& source_;
  Node root_;
  std::vector<Node> open_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// Lets the library read from the text in place.
class ViewBuffer : public std::streambuf {
 public:
  explicit ViewBuffer(std::string_view text) {
    // The buffer is read only; std::streambuf has no const interface.
    char* begin = const_cast<char*>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + text.size());
  }
};

Node read_document(std::string_view text, Source& source) {
  ViewBuffer buffer(text);
  std::istream stream(&buffer);
  YAML::Parser parser(stream);
  Builder builder(source);
  while (parser.HandleNextDocument(builder)) {
  }
  return std::move(builder.root());
}

std::unexpected<Error> refuse(std::string_view file, const Refused& refused) {
  return fail(Errc::bad_yaml, refused.what, place_text(file, refused.place));
}

}  // namespace

std::string place_text(std::string_view file, Place place) {
  return std::string(file) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

Result<Node> parse_yaml(std::string_view text, std::string_view file) {
  if (text.size() > kYamlMax) {
    return fail(Errc::too_large,
                "the file has " + std::to_string(text.size()) + " bytes; " +
                    std::to_string(kYamlMax) + " are allowed",
                std::string(file));
  }
  if (const auto refused = check_characters(text)) {
    return refuse(file, *refused);
  }
  if (const auto refused = check_directives(text)) {
    return refuse(file, *refused);
  }
  Source source(text);
  try {
    Node root = read_document(text, source);
    if (root.kind == NodeKind::null) {
      return refuse(file, {{}, "the file is empty"});
    }
    return root;
  } catch (const Refused& refused) {
    return refuse(file, refused);
  } catch (const YAML::Exception& error) {
    const bool alias = error.msg.starts_with(YAML::ErrorMsg::UNKNOWN_ANCHOR);
    return refuse(file,
                  {source.place(error.mark),
                   alias ? "an alias (*); write the value out" : "not valid YAML: " + error.msg});
  } catch (const std::exception& error) {
    return refuse(file, {{}, std::string("not valid YAML: ") + error.what()});
  }
}

}  // namespace twoseal::authoring
