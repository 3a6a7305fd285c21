#include "tests/fuzz/json_edit.h"

#include <array>
#include <map>

#include "base/encoding.h"
#include "base/json.h"

namespace twoseal::fuzz {
namespace {

struct Node {
  json::Kind kind = json::Kind::null;
  std::int64_t integer = 0;
  std::string text;
  std::vector<Node> items;
  std::map<std::string, Node> members;
};

Node tree_of(const json::Value& value) {
  Node node{.kind = value.kind()};
  switch (node.kind) {
    case json::Kind::null:
      break;
    case json::Kind::boolean:
    case json::Kind::integer:
      node.integer = value.integer();
      break;
    case json::Kind::string:
      node.text = value.text();
      break;
    case json::Kind::array:
    case json::Kind::object: {
      json::Value member = value.first();
      for (std::size_t i = 0; i < value.count(); ++i) {
        if (i > 0) {
          member = member.after();
        }
        if (node.kind == json::Kind::array) {
          node.items.push_back(tree_of(member));
        } else {
          const std::string key = member.text();
          member = member.after();
          node.members.emplace(key, tree_of(member));
        }
      }
    }
  }
  return node;
}

void write(const Node& node, Bytes& out) {
  std::string_view before;
  switch (node.kind) {
    case json::Kind::null:
      out += "null";
      return;
    case json::Kind::boolean:
      out += node.integer != 0 ? "true" : "false";
      return;
    case json::Kind::integer:
      out += std::to_string(node.integer);
      return;
    case json::Kind::string:
      out += json::quote(node.text);
      return;
    case json::Kind::array:
      out += '[';
      for (const Node& item : node.items) {
        out += before;
        write(item, out);
        before = ",";
      }
      out += ']';
      return;
    case json::Kind::object:
      out += '{';
      for (const auto& [key, member] : node.members) {
        out += before;
        out += json::quote(key) + ':';
        write(member, out);
        before = ",";
      }
      out += '}';
  }
}

void collect(Node& node, std::vector<Node*>& all) {
  all.push_back(&node);
  for (Node& item : node.items) {
    collect(item, all);
  }
  for (auto& [key, member] : node.members) {
    collect(member, all);
  }
}

Node integer_node(std::int64_t value) {
  return {.kind = json::Kind::integer, .integer = value};
}

Node text_node(std::string text) {
  return {.kind = json::Kind::string, .text = std::move(text)};
}

void edit_integer(Node& node, Choices& choices) {
  static constexpr std::array<std::int64_t, 8> kSpecial = {
      0, 1, -1, 2, 256, 4096, limits::kIntegerMax, -limits::kIntegerMax};
  switch (choices.below(4)) {
    case 0:
      node.integer += 1;
      break;
    case 1:
      node.integer -= 1;
      break;
    case 2:
      node.integer = kSpecial[choices.below(kSpecial.size())];
      break;
    default:
      node.integer += static_cast<std::int16_t>(choices.number<std::uint16_t>());
  }
  node.integer = std::clamp(node.integer, -limits::kIntegerMax, limits::kIntegerMax);
}

// Binary values are edited inside their base64, names and digests digit by digit.
void edit_text(Node& node, Choices& choices) {
  const auto octets = base64_decode(node.text);
  if (octets && !octets->empty() && choices.flag()) {
    node.text = base64_encode(damaged(*octets, choices));
    return;
  }
  const std::size_t at = choices.below(node.text.size() + 1);
  static constexpr std::string_view kLetters = "0123456789abcdef.:-/_ ZA\n\"\\*?=,";
  const char letter = kLetters[choices.below(kLetters.size())];
  switch (choices.below(5)) {
    case 0:
      node.text.resize(at);
      break;
    case 1:
      node.text.insert(at, 1, letter);
      break;
    case 2:
      node.text.erase(at, 1);
      break;
    case 3:
      node.text += node.text.substr(at);
      break;
    default:
      if (at < node.text.size()) {
        node.text[at] = letter;
      }
  }
}

void edit_array(Node& node, Choices& choices) {
  if (node.items.empty()) {
    node.items.push_back(choices.flag() ? text_node("a") : integer_node(0));
    return;
  }
  const std::size_t at = choices.below(node.items.size());
  switch (choices.below(4)) {
    case 0:
      node.items.erase(node.items.begin() + static_cast<std::ptrdiff_t>(at));
      break;
    case 1:
      node.items.push_back(node.items[at]);
      break;
    case 2:
      std::swap(node.items[at], node.items[choices.below(node.items.size())]);
      break;
    default:
      node.items.clear();
  }
}

void edit_object(Node& node, const std::vector<Node*>& all, Choices& choices) {
  std::vector<std::string> keys;
  for (const Node* one : all) {
    for (const auto& [key, member] : one->members) {
      keys.push_back(key);
    }
  }
  if (!node.members.empty() && choices.flag()) {
    auto member = node.members.begin();
    std::advance(member, choices.below(node.members.size()));
    node.members.erase(member);
    return;
  }
  const std::string key = keys.empty() || choices.octet() == 0 ? "a" : choices.one_of(keys);
  node.members[key] = Node(*choices.one_of(all));
}

void edit(Node& node, const std::vector<Node*>& all, Choices& choices) {
  if (choices.below(6) == 0) {
    const Node other = *choices.one_of(all);  // may hold `node` itself
    node = other;
    return;
  }
  switch (node.kind) {
    case json::Kind::null:
      node = text_node("a");
      break;
    case json::Kind::boolean:
      node.integer = 1 - node.integer;
      break;
    case json::Kind::integer:
      edit_integer(node, choices);
      break;
    case json::Kind::string:
      edit_text(node, choices);
      break;
    case json::Kind::array:
      edit_array(node, choices);
      break;
    case json::Kind::object:
      edit_object(node, all, choices);
  }
}

}  // namespace

Bytes edit_json(const Bytes& bytes, Choices& choices) {
  const auto document = json::Document::parse(bytes);
  if (!document) {
    return damaged(bytes, choices);
  }
  Node root = tree_of(document->root());
  std::vector<Node*> all;
  collect(root, all);
  edit(*choices.one_of(all), all, choices);
  Bytes out;
  write(root, out);
  return out;
}

}  // namespace twoseal::fuzz
