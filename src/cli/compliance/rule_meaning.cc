#include "cli/compliance/rule_meaning.h"

#include <map>

namespace twoseal::cli {
namespace {

using scap::Index;
using scap::kNone;

// Copies parts of a document with what they refer to, numbered in the order in which they are met.
class DocumentPart {
 public:
  explicit DocumentPart(const scap::OvalDocument& from) : from_(from) {}

  Index definition(Index index) {
    return copy(index, from_.definitions, to_.definitions, definitions_, [&](auto& part) {
      part.id = part.title = part.version = {};
      if (part.criteria) {
        fill(*part.criteria);
      }
    });
  }

  [[nodiscard]] const scap::OvalDocument& made() const { return to_; }

 private:
  template <class Part, class Fill>
  static Index copy(Index index,
                    const std::vector<Part>& from,
                    std::vector<Part>& to,
                    std::map<Index, Index>& known,
                    const Fill& fill) {
    if (index == kNone) {
      return kNone;
    }
    const auto [place, added] = known.try_emplace(index, static_cast<Index>(to.size()));
    if (added) {
      to.emplace_back();  // its place, before anything that it refers to takes one
      Part part = from[index];
      fill(part);
      to[place->second] = std::move(part);
    }
    return place->second;
  }

  void fill(scap::Criteria& criteria) {
    criteria.comment = {};
    criteria.ref = criteria.kind == scap::CriteriaKind::test         ? test(criteria.ref)
                   : criteria.kind == scap::CriteriaKind::definition ? definition(criteria.ref)
                                                                     : kNone;
    for (scap::Criteria& child : criteria.children) {
      fill(child);
    }
  }

  Index test(Index index) {
    return copy(index, from_.tests, to_.tests, tests_, [&](scap::Test& part) {
      part.id = part.comment = {};
      part.object = object(part.object);
      for (Index& each : part.states) {
        each = state(each);
      }
    });
  }

  Index object(Index index) {
    return copy(index, from_.objects, to_.objects, objects_, [&](scap::Object& part) {
      part.id = part.comment = {};
      fill(part.entities);
      fill(part.filters);
      if (part.set) {
        fill(*part.set);
      }
    });
  }

  Index state(Index index) {
    return copy(index, from_.states, to_.states, states_, [&](scap::State& part) {
      part.id = part.comment = {};
      fill(part.entities);
    });
  }

  // An external variable is known by its id to who gives it a value.
  Index variable(Index index) {
    return copy(index, from_.variables, to_.variables, variables_, [&](scap::Variable& part) {
      part.comment = {};
      if (part.kind != scap::VariableKind::external) {
        part.id = {};
      }
      if (part.component) {
        fill(*part.component);
      }
    });
  }

  void fill(std::vector<scap::Entity>& entities) {
    for (scap::Entity& entity : entities) {
      entity.variable = variable(entity.variable);
      fill(entity.fields);
    }
  }

  void fill(std::vector<scap::Filter>& filters) {
    for (scap::Filter& filter : filters) {
      filter.state = state(filter.state);
    }
  }

  void fill(scap::ObjectSet& set) {
    for (Index& each : set.objects) {
      each = object(each);
    }
    for (scap::ObjectSet& inner : set.sets) {
      fill(inner);
    }
    fill(set.filters);
  }

  void fill(scap::Component& component) {
    component.ref = component.kind == scap::ComponentKind::object     ? object(component.ref)
                    : component.kind == scap::ComponentKind::variable ? variable(component.ref)
                                                                      : kNone;
    for (scap::Component& child : component.children) {
      fill(child);
    }
  }

  const scap::OvalDocument& from_;
  scap::OvalDocument to_;
  std::map<Index, Index> definitions_;
  std::map<Index, Index> tests_;
  std::map<Index, Index> objects_;
  std::map<Index, Index> states_;
  std::map<Index, Index> variables_;
};

class ChecksAlone {
 public:
  explicit ChecksAlone(const scap::Content& content) : content_(content) {}

  scap::Content of(const scap::Rule& rule) {
    scap::Rule bare;
    bare.checks = rule.checks;
    for (scap::RuleCheck& check : bare.checks) {
      fill(check);
    }
    scap::Content made;
    made.benchmarks.emplace_back().rules.push_back(std::move(bare));
    return with_documents(std::move(made));
  }

  scap::Content of_platforms(const scap::Benchmark& benchmark) {
    scap::Content made;
    scap::Benchmark& bare = made.benchmarks.emplace_back();
    bare.platforms = benchmark.platforms;
    bare.platform_tests = benchmark.platform_tests;
    for (scap::Platform& platform : bare.platform_tests) {
      fill(platform.test);
    }
    made.dictionary = content_.dictionary;
    for (scap::CpeItem& item : made.dictionary) {
      item.title = {};
      fill(item.check);
    }
    return with_documents(std::move(made));
  }

 private:
  [[nodiscard]] scap::Content with_documents(scap::Content made) const {
    for (const DocumentPart& part : parts_) {
      made.documents.push_back(part.made());
    }
    return made;
  }

  void fill(scap::PlatformTest& test) {
    for (scap::ContentRef& ref : test.checks) {
      fill(ref);
    }
    for (scap::PlatformTest& child : test.children) {
      fill(child);
    }
  }

  void fill(scap::RuleCheck& check) {
    for (scap::CheckExport& each : check.exports) {
      each.value = kNone;  // values are compared by themselves
    }
    for (scap::ContentRef& ref : check.refs) {
      fill(ref);
    }
    for (scap::RuleCheck& child : check.children) {
      fill(child);
    }
  }

  void fill(scap::ContentRef& ref) {
    if (ref.document == kNone) {
      // Nothing is known but what it is called; files carry the names of releases.
      ref.href = ref.name.empty() ? ref.href : scap::Text();
      return;
    }
    const scap::OvalDocument& document = content_.documents[ref.document];
    const auto [place, added] =
        places_.try_emplace(ref.document, static_cast<Index>(parts_.size()));
    if (added) {
      parts_.emplace_back(document);
    }
    DocumentPart& part = parts_[place->second];
    if (ref.definition != kNone) {
      ref.definition = part.definition(ref.definition);
    } else {
      for (Index each = 0; each < document.definitions.size(); ++each) {
        (void)part.definition(each);
      }
    }
    ref.document = place->second;
    ref.href = ref.name = {};
  }

  const scap::Content& content_;
  std::map<Index, Index> places_;  // of documents in `parts_`
  std::vector<DocumentPart> parts_;
};

}  // namespace

scap::Content checks_alone(const scap::Content& content, const scap::Rule& rule) {
  return ChecksAlone(content).of(rule);
}

scap::Content platforms_alone(const scap::Content& content, const scap::Benchmark& benchmark) {
  return ChecksAlone(content).of_platforms(benchmark);
}

}  // namespace twoseal::cli
