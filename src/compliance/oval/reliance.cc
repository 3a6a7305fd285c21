#include "compliance/oval/reliance.h"

#include <algorithm>

namespace twoseal::scap {
namespace {

// All things of a document have one number: definitions first, then tests, objects, states and
// variables.
class Numbers {
 public:
  explicit Numbers(const OvalDocument& document)
      : tests_(document.definitions.size()),
        objects_(tests_ + document.tests.size()),
        states_(objects_ + document.objects.size()),
        variables_(states_ + document.states.size()),
        size_(variables_ + document.variables.size()) {}

  [[nodiscard]] std::size_t test(Index index) const { return tests_ + index; }

  [[nodiscard]] std::size_t object(Index index) const { return objects_ + index; }

  [[nodiscard]] std::size_t state(Index index) const { return states_ + index; }

  [[nodiscard]] std::size_t variable(Index index) const { return variables_ + index; }

  [[nodiscard]] std::size_t variables() const { return variables_; }

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::size_t tests_;
  std::size_t objects_;
  std::size_t states_;
  std::size_t variables_;
  std::size_t size_;
};

// What each thing relies on, and how deep its own parts are nested.
class Graph {
 public:
  explicit Graph(const OvalDocument& document)
      : numbers_(document), to(numbers_.size()), depth(numbers_.size(), 1) {
    for (Index i = 0; i < document.definitions.size(); ++i) {
      if (document.definitions[i].criteria) {
        depth[i] = add(i, *document.definitions[i].criteria);
      }
    }
    for (Index i = 0; i < document.tests.size(); ++i) {
      const std::size_t test = numbers_.test(i);
      link(test, document.tests[i].object, numbers_.object(0));
      for (const Index state : document.tests[i].states) {
        link(test, state, numbers_.state(0));
      }
    }
    for (Index i = 0; i < document.objects.size(); ++i) {
      add(numbers_.object(i), document.objects[i]);
    }
    for (Index i = 0; i < document.states.size(); ++i) {
      add(numbers_.state(i), document.states[i].entities);
    }
    for (Index i = 0; i < document.variables.size(); ++i) {
      if (document.variables[i].component) {
        const std::size_t variable = numbers_.variable(i);
        depth[variable] = add(variable, *document.variables[i].component);
      }
    }
  }

  // What is forgotten later goes also from the states of a test to the object that they judge.
  void add_judged(const OvalDocument& document) {
    for (const Test& test : document.tests) {
      for (const Index state : test.states) {
        if (test.object != kNone) {
          link(numbers_.object(test.object), state, numbers_.state(0));
        }
      }
    }
  }

 private:
  void link(std::size_t from, Index index, std::size_t first) {
    if (index != kNone) {
      to[from].push_back(static_cast<Index>(first + index));
    }
  }

  std::size_t add(std::size_t from, const Criteria& criteria) {
    if (criteria.kind == CriteriaKind::test) {
      link(from, criteria.ref, numbers_.test(0));
    } else if (criteria.kind == CriteriaKind::definition) {
      link(from, criteria.ref, 0);
    }
    std::size_t below = 0;
    for (const Criteria& child : criteria.children) {
      below = std::max(below, add(from, child));
    }
    return below + 1;
  }

  std::size_t add(std::size_t from, const Component& component) {
    if (component.kind == ComponentKind::object) {
      link(from, component.ref, numbers_.object(0));
    } else if (component.kind == ComponentKind::variable) {
      link(from, component.ref, numbers_.variable(0));
    }
    std::size_t below = 0;
    for (const Component& child : component.children) {
      below = std::max(below, add(from, child));
    }
    return below + 1;
  }

  void add(std::size_t from, const std::vector<Entity>& entities) {
    for (const Entity& entity : entities) {
      link(from, entity.variable, numbers_.variable(0));
      add(from, entity.fields);
    }
  }

  void add(std::size_t from, const std::vector<Filter>& filters) {
    for (const Filter& filter : filters) {
      link(from, filter.state, numbers_.state(0));
    }
  }

  std::size_t add(std::size_t from, const ObjectSet& set) {
    add(from, set.filters);
    for (const Index object : set.objects) {
      link(from, object, numbers_.object(0));
    }
    std::size_t below = 0;
    for (const ObjectSet& inner : set.sets) {
      below = std::max(below, add(from, inner));
    }
    return below + 1;
  }

  void add(std::size_t from, const Object& object) {
    add(from, object.entities);
    add(from, object.filters);
    if (object.set) {
      depth[from] = add(from, *object.set);
    }
  }

  Numbers numbers_;

 public:
  std::vector<std::vector<Index>> to;
  std::vector<std::size_t> depth;
};

// The strongly connected components, each after those that it relies on.
// Source: R. Tarjan, "Depth-first search and linear graph algorithms", 1972; without recursion.
class Chains {
 public:
  explicit Chains(const Graph& graph)
      : graph_(graph), order_(graph.to.size()), low_(graph.to.size()), length_(graph.to.size()) {
    for (std::size_t i = 0; i < graph.to.size(); ++i) {
      if (order_[i] == 0) {
        visit(i);
      }
    }
  }

  [[nodiscard]] std::size_t longest() const { return longest_; }

 private:
  struct Step {
    std::size_t thing;
    std::size_t next = 0;
  };

  void visit(std::size_t begin) {
    enter(begin);
    while (!way_.empty()) {
      Step& step = way_.back();
      const std::size_t thing = step.thing;
      if (step.next == graph_.to[thing].size()) {
        way_.pop_back();
        leave(thing);
        continue;
      }
      const std::size_t target = graph_.to[thing][step.next++];
      if (order_[target] == 0) {
        enter(target);
      } else if (length_[target] == 0) {
        low_[thing] = std::min(low_[thing], order_[target]);  // still open: a circle
      }
    }
  }

  void enter(std::size_t thing) {
    order_[thing] = low_[thing] = ++count_;
    open_.push_back(thing);
    way_.push_back({thing});
  }

  void leave(std::size_t thing) {
    if (!way_.empty()) {
      low_[way_.back().thing] = std::min(low_[way_.back().thing], low_[thing]);
    }
    if (low_[thing] != order_[thing]) {
      return;
    }
    const auto begin = std::find(open_.rbegin(), open_.rend(), thing).base() - 1;
    std::size_t own = 0;
    std::size_t below = 0;
    for (auto each = begin; each != open_.end(); ++each) {
      own += graph_.depth[*each];
      for (const Index target : graph_.to[*each]) {
        below = std::max(below, length_[target]);
      }
    }
    for (auto each = begin; each != open_.end(); ++each) {
      length_[*each] = own + below;
    }
    open_.erase(begin, open_.end());
    longest_ = std::max(longest_, own + below);
  }

  const Graph& graph_;
  std::vector<std::size_t> order_;   // 0: not reached yet
  std::vector<std::size_t> low_;     // the first that is reached from it
  std::vector<std::size_t> length_;  // of the chain that begins there; 0: not known yet
  std::vector<std::size_t> open_;
  std::vector<Step> way_;
  std::size_t count_ = 0;
  std::size_t longest_ = 0;
};

}  // namespace

std::size_t longest_chain(const OvalDocument& document) {
  Graph graph(document);
  graph.add_judged(document);
  return Chains(graph).longest();
}

Reliance::Reliance(const OvalDocument& document)
    : document_(document), relies_on_(Graph(document).to), seen_(relies_on_.size()) {}

std::vector<Index> Reliance::externals_of(Index definition) {
  const std::size_t first_variable = Numbers(document_).variables();
  ++question_;
  seen_[definition] = question_;
  std::vector<Index> externals;
  std::vector<Index> open = {definition};
  while (!open.empty()) {
    const Index thing = open.back();
    open.pop_back();
    if (thing >= first_variable) {
      const auto variable = static_cast<Index>(thing - first_variable);
      if (document_.variables[variable].kind == VariableKind::external) {
        externals.push_back(variable);
      }
    }
    for (const Index next : relies_on_[thing]) {
      if (seen_[next] != question_) {
        seen_[next] = question_;
        open.push_back(next);
      }
    }
  }
  return externals;
}

}  // namespace twoseal::scap
