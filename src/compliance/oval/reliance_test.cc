#include "compliance/oval/reliance.h"

#include <doctest/doctest.h>

#include "compliance/content/content.h"

using namespace twoseal;        // NOLINT(google-build-using-namespace): a test of one namespace
using namespace twoseal::scap;  // NOLINT(google-build-using-namespace)

namespace {

Criteria extending(Index definition) {
  Criteria criteria;
  criteria.kind = CriteriaKind::definition;
  criteria.ref = definition;
  return criteria;
}

Criteria testing(Index test) {
  Criteria criteria;
  criteria.ref = test;
  criteria.kind = CriteriaKind::test;
  return criteria;
}

Component of(ComponentKind kind, Index ref) {
  Component component;
  component.kind = kind;
  component.ref = ref;
  return component;
}

// So many definitions, each extending the next; the last one the first, in a circle.
OvalDocument definitions(Index count, bool circle = false) {
  OvalDocument document;
  document.definitions.resize(count);
  for (Index i = 0; i + 1 < count; ++i) {
    document.definitions[i].criteria = extending(i + 1);
  }
  if (circle) {
    document.definitions[count - 1].criteria = extending(0);
  }
  return document;
}

// A definition whose test has an object that is made of a variable, which is made of the next
// object, and so on.
OvalDocument objects(Index count) {
  OvalDocument document;
  document.definitions.resize(1);
  document.definitions[0].criteria = testing(0);
  document.tests.resize(1);
  document.tests[0].object = 0;
  document.objects.resize(count);
  document.variables.resize(count);
  for (Index i = 0; i < count; ++i) {
    document.objects[i].entities.resize(1);
    document.objects[i].entities[0].variable = i;
    if (i + 1 < count) {
      document.variables[i].kind = VariableKind::local;
      document.variables[i].component = of(ComponentKind::object, i + 1);
    } else {
      document.variables[i].kind = VariableKind::external;
    }
  }
  return document;
}

}  // namespace

TEST_CASE("a chain is as long as the things that rely on each other in a row") {
  CHECK(longest_chain({}) == 0);
  CHECK(longest_chain(definitions(1)) == 1);
  CHECK(longest_chain(definitions(100)) == 100);
  CHECK(longest_chain(objects(1)) == 4);
  CHECK(longest_chain(objects(50)) == 102);
}

TEST_CASE("all things of a circle are in a row") {
  CHECK(longest_chain(definitions(1, true)) == 1);
  CHECK(longest_chain(definitions(100, true)) == 100);
  OvalDocument document = definitions(100, true);
  document.definitions.resize(101);
  document.definitions[100].criteria = extending(50);
  CHECK(longest_chain(document) == 101);
}

TEST_CASE("things that are nested count as often as they are") {
  OvalDocument document = definitions(3);
  Criteria outer;
  outer.children = {extending(2)};
  Criteria outermost;
  outermost.children = {outer};
  document.definitions[1].criteria = outermost;
  CHECK(longest_chain(document) == 5);
}

TEST_CASE("a document may have long chains without end and is measured all the same") {
  CHECK(longest_chain(definitions(200'000)) == 200'000);
  CHECK(longest_chain(definitions(200'000, true)) == 200'000);
  Content content;
  content.documents = {objects(250)};
  CHECK(check_references(content).has_value());
  content.documents = {objects(300)};
  CHECK(check_references(content).error().code == Errc::bad_content);
}

TEST_CASE("a state of a test is in a row with what is made of the object that it judges") {
  OvalDocument document = objects(2);
  document.states.resize(1);
  document.states[0].entities.resize(1);
  document.states[0].entities[0].variable = 0;
  CHECK(longest_chain(document) == 6);
  document.tests.resize(2);
  document.tests[1].object = 1;
  document.tests[1].states = {0};
  // Object 1 and state 0 are in a circle over variable 0, below object 0.
  CHECK(longest_chain(document) == 7);
}

TEST_CASE("a definition needs the external variables that anything it relies on needs") {
  OvalDocument document = objects(3);
  document.definitions.resize(3);
  document.definitions[1].criteria = extending(0);
  Reliance reliance(document);
  CHECK(reliance.externals_of(0) == std::vector<Index>{2});
  CHECK(reliance.externals_of(1) == std::vector<Index>{2});
  CHECK(reliance.externals_of(2).empty());
  CHECK(reliance.externals_of(0) == std::vector<Index>{2});
}
