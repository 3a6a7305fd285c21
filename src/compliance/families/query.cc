#include "compliance/families/query.h"

#include <algorithm>

namespace twoseal::scap {

const Matcher* ObjectQuery::find(EntityName name) const {
  const auto found = std::find_if(matchers_.begin(), matchers_.end(), [&](const Matcher& each) {
    return each.entity().name == name;
  });
  return found == matchers_.end() ? nullptr : &*found;
}

Verdict ObjectQuery::matches(EntityName name, const ItemValue& found) const {
  const Matcher* matcher = find(name);
  return matcher == nullptr ? Verdict::yes : matcher->matches(found);
}

Verdict ObjectQuery::matches(EntityName name, std::string_view found) const {
  const Matcher* matcher = find(name);
  return matcher == nullptr ? Verdict::yes : matcher->matches(found);
}

std::optional<std::vector<std::string>> ObjectQuery::literals(EntityName name) const {
  const Matcher* matcher = find(name);
  if (matcher == nullptr || matcher->entity().operation != Operation::equals) {
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const Wanted& wanted : matcher->wanted()) {
    if (std::find(texts.begin(), texts.end(), wanted.text) == texts.end()) {
      texts.push_back(wanted.text);
    }
  }
  return texts;
}

std::string_view ObjectQuery::behavior(std::string_view name, std::string_view otherwise) const {
  for (const auto& [known, value] : object_->behaviors) {
    if (known == name) {
      return value;
    }
  }
  return otherwise;
}

void Collection::add_if(Verdict verdict, const Item& item, const std::string& what) {
  if (verdict == Verdict::yes) {
    add(item);
  } else if (verdict != Verdict::no) {
    note(Flag::error, what + " cannot be compared");
  }
}

}  // namespace twoseal::scap
