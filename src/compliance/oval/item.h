// What was found on a host: items with their entities.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "compliance/oval/entity.h"
#include "compliance/oval/value.h"
#include "compliance/oval/verdict.h"

namespace twoseal::scap {

/// One value of an entity; several values are several of these, one after the other. `field`: of a
/// record.
struct ItemEntity {
  EntityName name = EntityName::unknown;
  Status status = Status::exists;
  ItemValue value;
  std::string field;
};

class StoredItem;

/// An item as it is looked at. Some are made up only as far as somebody asks.
class Item {
 public:
  virtual ~Item() = default;

  Item() = default;
  Item(const Item&) = default;
  Item& operator=(const Item&) = default;
  Item(Item&&) = default;
  Item& operator=(Item&&) = default;

  [[nodiscard]] virtual Status status() const = 0;

  /// All values of the entity; empty when the item has no such entity. Lives until the next call.
  [[nodiscard]] virtual std::span<const ItemEntity> get(EntityName name) const = 0;

  /// All of it, to keep.
  [[nodiscard]] virtual StoredItem stored() const = 0;
};

/// An item that is kept whole.
class StoredItem : public Item {
 public:
  explicit StoredItem(Family family, Status status = Status::exists)
      : family_(family), status_(status) {}

  [[nodiscard]] Family family() const { return family_; }

  [[nodiscard]] Status status() const override { return status_; }

  [[nodiscard]] std::span<const ItemEntity> get(EntityName name) const override;

  [[nodiscard]] StoredItem stored() const override { return *this; }

  [[nodiscard]] const std::vector<ItemEntity>& entities() const { return entities_; }

  /// Values of one entity must be added one after the other.
  void add(EntityName name, ItemValue value);

  void add(EntityName name, std::string_view text) { add(name, ItemValue::of(text)); }

  void add_integer(EntityName name, std::int64_t number) {
    add(name, ItemValue::of_integer(number));
  }

  void add_boolean(EntityName name, bool value) { add(name, ItemValue::of_boolean(value)); }

  /// An entity without a value, and why.
  void add_status(EntityName name, Status status, Datatype datatype = Datatype::string);

  void add_field(EntityName name, std::string field, ItemValue value);

  /// Says why the item is in error.
  void set_status(Status status) { status_ = status; }

  /// The line of the file in which it was found, from 1; 0 when that means nothing.
  void set_line(std::uint32_t line) { line_ = line; }

  [[nodiscard]] std::uint32_t line() const { return line_; }

  /// How much memory it takes, nearly.
  [[nodiscard]] std::size_t octets() const;

  /// What identifies it among the items of a set: all its values.
  [[nodiscard]] std::string key() const;

 private:
  Family family_;
  Status status_;
  std::uint32_t line_ = 0;
  std::vector<ItemEntity> entities_;
};

}  // namespace twoseal::scap
