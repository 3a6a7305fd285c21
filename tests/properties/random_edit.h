// Single random edits of a World, by theme; random_world.h strings them together.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "cli/vectors/cases.h"

namespace twoseal::properties {

/// Draws numbers, the same ones for the same seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : engine_(seed) {}

  /// 0 to `n` - 1. `n` > 0.
  [[nodiscard]] std::size_t below(std::size_t n) { return engine_() % n; }

  /// True once in `n`.
  [[nodiscard]] bool once_in(std::size_t n) { return below(n) == 0; }

  template <class List>
  [[nodiscard]] auto& pick(List& list) {
    return list[below(list.size())];
  }

  template <class T>
  [[nodiscard]] T one_of(std::initializer_list<T> list) {
    return list.begin()[below(list.size())];
  }

  [[nodiscard]] std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

using EditWorld = void (*)(vectors::World& world, Dice& dice);

/// An edit and how often it is drawn.
struct NamedEdit {
  std::string_view name;
  EditWorld edit;
  std::size_t weight = 1;
};

[[nodiscard]] std::vector<NamedEdit> statement_edits();
[[nodiscard]] std::vector<NamedEdit> people_edits();
[[nodiscard]] std::vector<NamedEdit> document_edits();
[[nodiscard]] std::vector<NamedEdit> change_edits();

// What many edits draw.

/// A key by name, mostly one of a person.
[[nodiscard]] std::string any_key(const vectors::World& world, Dice& dice);
[[nodiscard]] vectors::Signing* any_statement(vectors::World& world, Dice& dice);
/// Whether a statement has that label: vectors and edits drop some.
[[nodiscard]] bool has_statement(const vectors::World& world, std::string_view label);
[[nodiscard]] Person& any_person(vectors::World& world, Dice& dice);
[[nodiscard]] RoleId any_role(Dice& dice);
[[nodiscard]] std::string new_label(const vectors::World& world, std::string_view prefix);

/// A distance in seconds from a moment at which something ends.
[[nodiscard]] std::int64_t any_distance(Dice& dice);

/// Puts `signing` before the first release, behind it, or at the end.
void put_somewhere(vectors::World& world, vectors::Signing signing, Dice& dice);

}  // namespace twoseal::properties
