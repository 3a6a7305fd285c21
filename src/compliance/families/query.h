// What an object asks of a host, ready to be collected, and where the items go.
#pragma once

#include <string>
#include <vector>

#include "compliance/families/host.h"
#include "compliance/oval/matcher.h"

namespace twoseal::scap {

/// An object with the values of its variables.
class ObjectQuery {
 public:
  ObjectQuery(const Object& object, std::vector<Matcher> matchers)
      : object_(&object), matchers_(std::move(matchers)) {}

  [[nodiscard]] const Object& object() const { return *object_; }

  /// What it asks of an entity; nullptr when it has no such entity.
  [[nodiscard]] const Matcher* find(EntityName name) const;

  /// Whether it asks nothing of the entity, or what it asks is fulfilled.
  [[nodiscard]] Verdict matches(EntityName name, const ItemValue& found) const;
  [[nodiscard]] Verdict matches(EntityName name, std::string_view found) const;

  /// The literal texts when the entity asks for equality; nothing when it asks for anything else.
  [[nodiscard]] std::optional<std::vector<std::string>> literals(EntityName name) const;

  /// The value of a behaviour, or `otherwise`.
  [[nodiscard]] std::string_view behavior(std::string_view name, std::string_view otherwise) const;

 private:
  const Object* object_;
  std::vector<Matcher> matchers_;
};

/// Where the items of an object go.
class Collection {
 public:
  virtual ~Collection() = default;

  Collection() = default;
  Collection(const Collection&) = delete;
  Collection& operator=(const Collection&) = delete;

  virtual void add(const Item& item) = 0;

  /// Something could not be collected, so that `flag` is what is known of the whole: error,
  /// incomplete, not collected, not applicable. The first reason is kept.
  virtual void note(Flag flag, const std::string& why) = 0;

  /// Adds when `verdict` says yes; notes an error when it says that it cannot say.
  void add_if(Verdict verdict, const Item& item, const std::string& what);
};

/// Collects the items of an object of a family that does not look for files.
using Collect = void (*)(const InspectedHost& host, const ObjectQuery& query, Collection& to);

}  // namespace twoseal::scap
