#include "compliance/report/oval_results.h"

#include <algorithm>
#include <map>
#include <span>

#include "compliance/oval/oval_words.h"
#include "compliance/report/masked_entities.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kDepthMax = 128;
constexpr std::string_view kVersion = "0";
constexpr std::string_view kBase = "http://oval.mitre.org/XMLSchema/";

std::string item_name(Family family) {
  return family == Family::textfilecontent54 ? "textfilecontent_item"
                                             : std::string(family_name(family)) + "_item";
}

class OvalResults {
 public:
  OvalResults(const ReportTexts& texts, const Evaluation& evaluation, XmlWriter& xml)
      : texts_(texts), evaluation_(evaluation), document_(evaluation.document()), xml_(xml) {
    std::uint64_t next = 1;
    for (Index i = 0; i < document_.tests.size(); ++i) {
      first_items_.push_back(next);
      const TestOutcome* outcome = evaluation_.outcome(i);
      next += outcome == nullptr ? 0 : outcome->items.size();
      if (outcome != nullptr && document_.tests[i].object != kNone) {
        objects_[document_.tests[i].object].tests.push_back(i);
      }
    }
    for (Index i = 0; i < document_.objects.size(); ++i) {
      const auto flag = evaluation_.flag_of(i);
      if (!flag) {
        objects_.erase(i);
        continue;
      }
      CollectedObject& object = objects_[i];
      object.flag = *flag;
      object.masked.add_object(document_, i);
      if (object.tests.empty()) {
        object.first_item = next;
        next += evaluation_.kept_items(i).size();
      }
    }
    for (const Test& test : document_.tests) {
      if (const auto object = objects_.find(test.object); object != objects_.end()) {
        object->second.masked.add_states(document_, test);
      }
    }
  }

  void write() {
    xml_.begin("oval_results");
    xml_.attribute("xmlns", std::string(kBase) + "oval-results-5");
    xml_.attribute("xmlns:oval", std::string(kBase) + "oval-common-5");
    write_generator("generator");
    write_directives();
    xml_.begin("results");
    xml_.begin("system");
    xml_.begin("definitions");
    for (Index i = 0; i < document_.definitions.size(); ++i) {
      write_definition(i);
    }
    xml_.end();
    write_tests();
    write_characteristics();
    xml_.end();
    xml_.end();
    xml_.end();
  }

 private:
  /// An object that was collected. Items of one that is tested are those of its tests; of one that
  /// variables or sets are made of, those that the evaluation kept.
  struct CollectedObject {
    Flag flag = Flag::does_not_exist;
    std::vector<Index> tests;  // those with an outcome
    std::uint64_t first_item = 0;
    MaskedEntities masked;
  };

  void write_generator(std::string_view name) {
    xml_.begin(name);
    xml_.element("oval:product_name", "twoseal");
    xml_.element("oval:product_version", texts_.input().product_version);
    xml_.element("oval:schema_version", "5.11");
    std::string time = time_text(texts_.input().ended);
    xml_.element("oval:timestamp", time);
    xml_.end();
  }

  void write_directives() {
    xml_.begin("directives");
    xml_.attribute("include_source_definitions", "false");
    for (const std::string_view verdict :
         {"true", "false", "unknown", "error", "not_evaluated", "not_applicable"}) {
      xml_.begin("definition_" + std::string(verdict));
      xml_.attribute("reported", "true");
      xml_.attribute("content", "full");
      xml_.end();
    }
    xml_.end();
  }

  void write_definition(Index index) {
    const auto verdict = evaluation_.verdict_of(index);
    if (!verdict) {
      return;
    }
    const Definition& definition = document_.definitions[index];
    xml_.begin("definition");
    xml_.attribute("definition_id", definition.id);
    xml_.attribute("version", definition.version.empty() ? kVersion : definition.version);
    xml_.attribute("result", word_of(*verdict));
    xml_.attribute("class", word_of(definition.kind));
    if (definition.criteria && says_something(*definition.criteria, 0)) {
      write_criteria(*definition.criteria, 0);
    }
    xml_.end();
  }

  // Criteria of which no part refers to anything are not written: the schema has none without
  // parts.
  static bool says_something(const Criteria& criteria, std::size_t depth) {
    if (criteria.kind != CriteriaKind::criteria) {
      return criteria.ref != kNone;
    }
    return depth < kDepthMax &&
           std::any_of(
               criteria.children.begin(),
               criteria.children.end(),
               [&](const Criteria& child) { return says_something(child, depth + 1); });
  }

  void write_criteria(const Criteria& criteria, std::size_t depth) {
    switch (criteria.kind) {
      case CriteriaKind::criteria:
        xml_.begin("criteria");
        xml_.attribute("operator", word_of(criteria.op));
        break;
      case CriteriaKind::test:
        xml_.begin("criterion");
        xml_.attribute("test_ref", document_.tests[criteria.ref].id);
        xml_.attribute("version", kVersion);
        break;
      case CriteriaKind::definition: {
        const Definition& definition = document_.definitions[criteria.ref];
        xml_.begin("extend_definition");
        xml_.attribute("definition_ref", definition.id);
        xml_.attribute("version", definition.version.empty() ? kVersion : definition.version);
        break;
      }
    }
    if (criteria.negate) {
      xml_.attribute("negate", "true");
    }
    xml_.attribute("result", word_of(criteria_verdict(evaluation_, criteria)));
    for (const Criteria& child : criteria.children) {
      if (says_something(child, depth + 1)) {
        write_criteria(child, depth + 1);
      }
    }
    xml_.end();
  }

  void write_tests() {
    bool any = false;
    for (Index i = 0; i < document_.tests.size(); ++i) {
      const TestOutcome* outcome = evaluation_.outcome(i);
      if (outcome == nullptr) {
        continue;
      }
      if (!any) {
        xml_.begin("tests");
      }
      any = true;
      write_test(i, *outcome);
    }
    if (any) {
      xml_.end();
    }
  }

  void write_test(Index index, const TestOutcome& outcome) {
    const Test& test = document_.tests[index];
    xml_.begin("test");
    xml_.attribute("test_id", test.id);
    xml_.attribute("version", kVersion);
    xml_.attribute("check_existence", word_of(test.existence));
    xml_.attribute("check", word_of(test.check));
    xml_.attribute("state_operator", word_of(test.state_op));
    xml_.attribute("result", word_of(outcome.verdict));
    if (!outcome.why.empty()) {
      xml_.begin("message");
      xml_.attribute("level", "warning");
      xml_.text(outcome.why);
      xml_.end();
    }
    for (std::size_t i = 0; i < outcome.items.size(); ++i) {
      xml_.begin("tested_item");
      xml_.attribute("item_id", std::to_string(first_items_[index] + i));
      xml_.attribute("result", word_of(outcome.items[i].verdict));
      xml_.end();
    }
    xml_.end();
  }

  // --- system characteristics ----------------------------------------------------------------

  void write_characteristics() {
    const std::string space = std::string(kBase) + "oval-system-characteristics-5";
    xml_.begin("oval_system_characteristics");
    xml_.attribute("xmlns", space);
    xml_.attribute("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance");
    for (const std::string schema : {"independent", "unix", "linux"}) {
      xml_.attribute("xmlns:" + schema, space + "#" + schema);
    }
    write_generator("generator");
    write_system_info();
    write_objects();
    write_items();
    xml_.end();
  }

  void write_system_info() {
    const ReportInput& input = texts_.input();
    const auto known = [](const std::string& text) { return text.empty() ? "unknown" : text; };
    xml_.begin("system_info");
    xml_.element("os_name", known(input.os_name));
    xml_.element("os_version", known(input.os_version));
    xml_.element("architecture", known(input.architecture));
    xml_.element("primary_host_name", texts_.target());
    xml_.element("interfaces", "");
    xml_.end();
  }

  // Neither this list nor that of items may be empty.
  void write_objects() {
    if (objects_.empty()) {
      return;
    }
    xml_.begin("collected_objects");
    for (const auto& [index, object] : objects_) {
      xml_.begin("object");
      xml_.attribute("id", document_.objects[index].id);
      xml_.attribute("version", kVersion);
      xml_.attribute("flag", word_of(object.flag));
      write_left_out(object);
      for_each_item(index, object, [&](const StoredItem& /*item*/, std::uint64_t id) {
        xml_.begin("reference");
        xml_.attribute("item_ref", std::to_string(id));
        xml_.end();
      });
      xml_.end();
    }
    xml_.end();
  }

  void write_left_out(const CollectedObject& object) {
    if (object.tests.empty()) {
      return;
    }
    const TestOutcome& first = *evaluation_.outcome(object.tests.front());
    if (first.statuses.total() > first.items.size()) {
      xml_.begin("message");
      xml_.attribute("level", "info");
      xml_.text(std::to_string(first.statuses.total()) +
                " items were found; only those that a verdict rests on were kept");
      xml_.end();
    }
  }

  /// `see`: takes each item and its number.
  template <class See>
  void for_each_item(Index index, const CollectedObject& object, const See& see) const {
    const std::span<const StoredItem> kept = evaluation_.kept_items(index);
    for (std::size_t i = 0; object.tests.empty() && i < kept.size(); ++i) {
      see(kept[i], object.first_item + i);
    }
    for (const Index test : object.tests) {
      const std::vector<JudgedItem>& judged = evaluation_.outcome(test)->items;
      for (std::size_t i = 0; i < judged.size(); ++i) {
        see(judged[i].item, first_items_[test] + i);
      }
    }
  }

  void write_items() {
    bool any = false;
    for (const auto& each : objects_) {
      for_each_item(each.first, each.second, [&](const StoredItem& item, std::uint64_t id) {
        if (!any) {
          xml_.begin("system_data");
        }
        any = true;
        write_item(item, id, each.second.masked);
      });
    }
    if (any) {
      xml_.end();
    }
  }

  void write_item(const StoredItem& item, std::uint64_t id, const MaskedEntities& masked) {
    const std::string prefix = std::string(family_schema(item.family())) + ":";
    xml_.begin(prefix + item_name(item.family()));
    xml_.attribute("id", std::to_string(id));
    if (item.status() != Status::exists) {
      xml_.attribute("status", word_of(item.status()));
    }
    for (const ItemEntity& entity : item.entities()) {
      write_entity(entity, masked.hides(item, entity.name), prefix);
    }
    xml_.end();
  }

  void write_entity(const ItemEntity& entity, bool masked, const std::string& prefix) {
    const bool later = entity.name == EntityName::space_left_for_unprivileged_users;  // 5.11.2
    if (entity.name == EntityName::unknown || later) {
      return;
    }
    xml_.begin(prefix + std::string(entity_name(entity.name)));
    if (entity.value.datatype == Datatype::debian_evr) {
      xml_.attribute("datatype", word_of(Datatype::evr));  // the other word came with 5.11.2
    } else if (entity.value.datatype != Datatype::string) {
      xml_.attribute("datatype", word_of(entity.value.datatype));
    }
    // An item without a file name is the directory itself.
    const bool directory =
        entity.name == EntityName::filename && entity.status == Status::does_not_exist;
    if (directory) {
      xml_.attribute("xsi:nil", "true");
    } else if (entity.status != Status::exists) {
      xml_.attribute("status", word_of(entity.status));
    } else if (masked) {
      xml_.attribute("mask", "true");
    } else {
      xml_.text(entity.value.written());
    }
    xml_.end();
  }

  const ReportTexts& texts_;
  const Evaluation& evaluation_;
  const OvalDocument& document_;
  XmlWriter& xml_;
  std::vector<std::uint64_t> first_items_;  // by test
  std::map<Index, CollectedObject> objects_;
};

}  // namespace

bool has_results(const Evaluation& evaluation) {
  for (Index i = 0; i < evaluation.document().definitions.size(); ++i) {
    if (evaluation.verdict_of(i)) {
      return true;
    }
  }
  return false;
}

void write_oval_results(const ReportTexts& texts, const Evaluation& evaluation, XmlWriter& xml) {
  OvalResults(texts, evaluation, xml).write();
}

}  // namespace twoseal::scap
