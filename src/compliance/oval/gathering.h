// Takes the items of one object: filters them, judges them for all tests of it, keeps them where
// they are needed. Used by Evaluation alone.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "compliance/oval/evaluation.h"

namespace twoseal::scap {

class Evaluation::Gathering : public Collection {
 public:
  Gathering(Evaluation& evaluation, Index object);

  void add(const Item& item) override;

  void note(Flag flag, const std::string& why) override;

  /// Sets the flag of the object by what came.
  void finish();

  /// The path of the file that the item is of; empty when it is of none.
  [[nodiscard]] static std::string_view file_of(const Item& item);

 private:
  bool take(const Item& item);
  void judge(const Item& item);

  Evaluation& evaluation_;
  Index index_;
  const Object& object_;
  ObjectState& state_;
  bool keeps_;
  bool repeats_;
  std::size_t known_;  // items that were there before
  std::optional<Flag> noted_;
  std::unordered_set<std::string> keys_;  // of new items, where one may come twice
  std::size_t octets_ = 0;                // of what is kept, and new keys
};

}  // namespace twoseal::scap
