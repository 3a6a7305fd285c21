#include "compliance/report/masked_entities.h"

#include <doctest/doctest.h>

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Object masked_object() {
  Object object;
  object.entities.emplace_back();
  object.entities[0].name = EntityName::pattern;
  object.entities[0].mask = true;
  return object;
}

// Each object is a set of the next one, and the last has a mask.
OvalDocument chain(std::size_t sets) {
  OvalDocument document;
  document.objects.resize(sets);
  for (std::size_t i = 0; i < sets; ++i) {
    document.objects[i].set.emplace().objects = {static_cast<Index>(i + 1)};
  }
  document.objects.push_back(masked_object());
  return document;
}

// One object whose set holds a set, and so on; the innermost one holds what has a mask.
OvalDocument nest(std::size_t sets) {
  OvalDocument document;
  document.objects.resize(1);
  ObjectSet set;
  set.objects = {1};
  for (std::size_t i = 1; i < sets; ++i) {
    ObjectSet outer;
    outer.sets.push_back(std::move(set));
    set = std::move(outer);
  }
  document.objects[0].set = std::move(set);
  document.objects.push_back(masked_object());
  return document;
}

MaskedEntities masks_of(const OvalDocument& document) {
  MaskedEntities masks;
  masks.add_object(document, 0);
  return masks;
}

const StoredItem kItem(Family::textfilecontent54);

}  // namespace

TEST_CASE("a mask holds for what sets make of its object") {
  for (const OvalDocument& document : {chain(0), chain(1), chain(16), nest(1), nest(15)}) {
    const MaskedEntities masks = masks_of(document);
    CHECK(masks.hides(kItem, EntityName::pattern));
    CHECK(masks.hides(kItem, EntityName::text));
    CHECK_FALSE(masks.hides(kItem, EntityName::filepath));
    CHECK_FALSE(masks.hides_place());
  }
}

TEST_CASE("where sets are nested too deep for their masks to be gathered everything is hidden") {
  for (const OvalDocument& document : {chain(17), chain(40), nest(20), nest(100)}) {
    const MaskedEntities masks = masks_of(document);
    CHECK(masks.hides(kItem, EntityName::pattern));
    CHECK(masks.hides(kItem, EntityName::filepath));
    CHECK(masks.hides_place());
  }
}
