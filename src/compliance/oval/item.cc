#include "compliance/oval/item.h"

#include <algorithm>

namespace twoseal::scap {

std::span<const ItemEntity> StoredItem::get(EntityName name) const {
  const auto is_named = [&](const ItemEntity& entity) { return entity.name == name; };
  const auto begin = std::find_if(entities_.begin(), entities_.end(), is_named);
  const auto end = std::find_if_not(begin, entities_.end(), is_named);
  return {begin, end};
}

void StoredItem::add(EntityName name, ItemValue value) {
  entities_.push_back({name, Status::exists, std::move(value), {}});
}

void StoredItem::add_status(EntityName name, Status status, Datatype datatype) {
  ItemValue value;
  value.datatype = datatype;
  entities_.push_back({name, status, std::move(value), {}});
}

void StoredItem::add_field(EntityName name, std::string field, ItemValue value) {
  entities_.push_back({name, Status::exists, std::move(value), std::move(field)});
}

std::size_t StoredItem::octets() const {
  std::size_t octets = sizeof(StoredItem) + entities_.size() * sizeof(ItemEntity);
  for (const ItemEntity& entity : entities_) {
    octets += entity.value.text.size() + entity.field.size();
  }
  return octets;
}

std::string StoredItem::key() const {
  std::string key;
  for (const ItemEntity& entity : entities_) {
    key += static_cast<char>(entity.name);
    key += static_cast<char>(entity.status);
    const std::string text = entity.value.written();
    key += std::to_string(text.size());
    key += ':';
    key += text;
    key += entity.field;
  }
  return key;
}

}  // namespace twoseal::scap
