#include "compliance/oval/oval_reader.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "compliance/issues.h"
#include "compliance/oval/oval_words.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kNestingMax = 64;
constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kDefinitionsSpace = "http://oval.mitre.org/XMLSchema/oval-definitions-5";

using Ids = std::unordered_map<std::string_view, Index>;

class OvalReader {
 public:
  OvalReader(std::string_view name, TextArena& texts, std::vector<std::string>& issues)
      : texts_(texts), issues_(issues) {
    document_.name = texts.keep(name);
  }

  Result<OvalDocument> read(const XmlNode& root) {
    if (root.name != "oval_definitions") {
      return bad(root, "this is no oval_definitions");
    }
    TWOSEAL_TRY_VOID(number(root.child("definitions"), definitions_));
    TWOSEAL_TRY_VOID(number(root.child("tests"), tests_));
    TWOSEAL_TRY_VOID(number(root.child("objects"), objects_));
    TWOSEAL_TRY_VOID(number(root.child("states"), states_));
    TWOSEAL_TRY_VOID(number(root.child("variables"), variables_));
    TWOSEAL_TRY_VOID(read_all(root.child("definitions"), document_.definitions, [&](const auto& n) {
      return read_definition(n);
    }));
    TWOSEAL_TRY_VOID(read_all(
        root.child("tests"), document_.tests, [&](const auto& n) { return read_test(n); }));
    TWOSEAL_TRY_VOID(read_all(
        root.child("objects"), document_.objects, [&](const auto& n) { return read_object(n); }));
    TWOSEAL_TRY_VOID(read_all(
        root.child("states"), document_.states, [&](const auto& n) { return read_state(n); }));
    TWOSEAL_TRY_VOID(read_all(root.child("variables"), document_.variables, [&](const auto& n) {
      return read_variable(n);
    }));
    return std::move(document_);
  }

 private:
  // --- ids -----------------------------------------------------------------------------------

  Result<void> number(const XmlNode* section, Ids& ids) {
    for (const XmlNode* node = section == nullptr ? nullptr : section->first(); node != nullptr;
         node = node->after()) {
      if (node->name == "Signature") {
        continue;
      }
      const std::string_view id = node->get("id");
      if (id.empty()) {
        return bad(*node, "it has no id");
      }
      if (!ids.emplace(id, static_cast<Index>(ids.size())).second) {
        return bad(*node, "two things have the id " + std::string(id));
      }
    }
    return {};
  }

  template <class List, class Read>
  Result<void> read_all(const XmlNode* section, List& list, Read read_one) {
    for (const XmlNode* node = section == nullptr ? nullptr : section->first(); node != nullptr;
         node = node->after()) {
      if (node->name == "Signature") {
        continue;
      }
      TWOSEAL_TRY(auto value, read_one(*node));
      list.push_back(std::move(value));
    }
    return {};
  }

  Index find(const Ids& ids, std::string_view id, const XmlNode& node, const char* what) {
    const auto found = ids.find(trimmed(id));
    if (found != ids.end()) {
      return found->second;
    }
    add_issue(issues_,
              "line " + std::to_string(node.line) + ": there is no " + what + " " +
                  std::string(trimmed(id)));
    return kNone;
  }

  // --- words ---------------------------------------------------------------------------------

  template <class Value>
  Result<Value> word(const XmlNode& node,
                     std::string_view attribute,
                     std::optional<Value> (*meaning)(std::string_view),
                     Value otherwise) {
    const auto text = node.find(attribute);
    if (!text) {
      return otherwise;
    }
    if (const auto value = meaning(*text)) {
      return *value;
    }
    return bad(node, std::string(attribute) + " may not be '" + std::string(*text) + "'");
  }

  Text text_of(const XmlNode& node) {
    const XmlNode* only = node.first_child;
    if (only == nullptr) {
      return {};
    }
    if (only->is_text() && only->next == nullptr) {
      return only->text;
    }
    return texts_.keep(node.all_text());
  }

  static std::unexpected<Error> bad(const XmlNode& node, std::string why) {
    std::string what(node.name);
    if (const auto id = node.find("id")) {
      what += " " + std::string(*id);
    }
    return fail(
        Errc::bad_content, what + ": " + std::move(why), "line " + std::to_string(node.line));
  }

  // --- definitions ---------------------------------------------------------------------------

  Result<Definition> read_definition(const XmlNode& node) {
    Definition definition;
    definition.id = node.get("id");
    definition.version = node.get("version");
    definition.deprecated = is_true(node.get("deprecated"));
    TWOSEAL_TRY(definition.kind,
                word(node, "class", definition_class_of, DefinitionClass::miscellaneous));
    if (const XmlNode* metadata = node.child("metadata")) {
      if (const XmlNode* title = metadata->child("title")) {
        definition.title = text_of(*title);
      }
    }
    if (const XmlNode* criteria = node.child("criteria")) {
      TWOSEAL_TRY(definition.criteria, read_criteria(*criteria, 0));
    }
    return definition;
  }

  Result<Criteria> read_criteria(const XmlNode& node, std::size_t depth) {
    if (depth >= kNestingMax) {
      return fail(
          Errc::too_large, "criteria are nested too deep", "line " + std::to_string(node.line));
    }
    Criteria criteria;
    criteria.negate = is_true(node.get("negate"));
    criteria.applicability = is_true(node.get("applicability_check"));
    criteria.comment = node.get("comment");
    if (node.name == "criterion") {
      criteria.kind = CriteriaKind::test;
      criteria.ref = find(tests_, node.get("test_ref"), node, "test");
      return criteria;
    }
    if (node.name == "extend_definition") {
      criteria.kind = CriteriaKind::definition;
      criteria.ref = find(definitions_, node.get("definition_ref"), node, "definition");
      return criteria;
    }
    if (node.name != "criteria") {
      return bad(node, "criteria do not hold such a thing");
    }
    TWOSEAL_TRY(criteria.op, word(node, "operator", operator_of, Operator::conjunction));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      TWOSEAL_TRY(Criteria read, read_criteria(*child, depth + 1));
      criteria.children.push_back(std::move(read));
    }
    return criteria;
  }

  // --- tests ---------------------------------------------------------------------------------

  Family read_family(const XmlNode& node, std::string_view suffix) {
    std::string_view name = node.name;
    if (name.ends_with(suffix)) {
      name.remove_suffix(suffix.size());
    }
    const Family family = family_of(node.ns, name);
    if (family == Family::unknown && name != "unknown") {
      add_issue(issues_,
                "line " + std::to_string(node.line) + ": tests of the type " + std::string(name) +
                    " are not evaluated (" + std::string(node.get("id")) + ")");
    }
    return family;
  }

  Result<Test> read_test(const XmlNode& node) {
    Test test;
    test.id = node.get("id");
    test.comment = node.get("comment");
    test.family = read_family(node, "_test");
    TWOSEAL_TRY(test.check, word(node, "check", check_of, Check::all));
    TWOSEAL_TRY(test.existence,
                word(node, "check_existence", existence_of, Existence::at_least_one_exists));
    TWOSEAL_TRY(test.state_op, word(node, "state_operator", operator_of, Operator::conjunction));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "object") {
        test.object = find(objects_, child->get("object_ref"), *child, "object");
      } else if (child->name == "state") {
        test.states.push_back(find(states_, child->get("state_ref"), *child, "state"));
      }
    }
    return test;
  }

  // --- objects and states --------------------------------------------------------------------

  // Only states ask how many of an entity there are. An object that does so as well asks for
  // something that the language does not say; as what nobody knows its entity is an error.
  void refuse_existence(const XmlNode& node, Entity& entity) {
    const auto is_usual = [](const Entity& each) {
      return each.existence == Existence::at_least_one_exists;
    };
    if (is_usual(entity) && std::all_of(entity.fields.begin(), entity.fields.end(), is_usual)) {
      return;
    }
    entity.name = EntityName::unknown;
    add_issue(issues_,
              "line " + std::to_string(node.line) +
                  ": an entity of an object has no check_existence (" +
                  std::string(entity.spelled) + ")");
  }

  Result<Entity> read_entity(const XmlNode& node, std::size_t depth = 0) {
    if (depth > 2) {
      return fail(
          Errc::too_large, "records are nested too deep", "line " + std::to_string(node.line));
    }
    Entity entity;
    entity.name = entity_of(node.name);
    entity.spelled = depth == 0 ? node.name : node.get("name");
    TWOSEAL_TRY(entity.datatype, word(node, "datatype", datatype_of, Datatype::string));
    TWOSEAL_TRY(entity.operation, word(node, "operation", operation_of, Operation::equals));
    TWOSEAL_TRY(entity.variable_check, word(node, "var_check", check_of, Check::all));
    TWOSEAL_TRY(entity.entity_check, word(node, "entity_check", check_of, Check::all));
    TWOSEAL_TRY(entity.existence,
                word(node, "check_existence", existence_of, Existence::at_least_one_exists));
    entity.mask = is_true(node.get("mask"));
    entity.nil = is_true(node.find("nil", kXsi).value_or(""));
    if (const auto variable = node.find("var_ref")) {
      entity.variable = find(variables_, *variable, node, "variable");
      if (entity.variable == kNone) {
        return bad(node, "it refers to a variable that is not there: " + std::string(*variable));
      }
    }
    if (entity.datatype == Datatype::record) {
      for (const XmlNode* field = node.first(); field != nullptr; field = field->after()) {
        TWOSEAL_TRY(Entity read, read_entity(*field, depth + 1));
        entity.fields.push_back(std::move(read));
      }
    } else {
      entity.value = text_of(node);
    }
    // The object of a variable test names its variable in the text of an entity.
    if (entity.name == EntityName::var_ref && depth == 0) {
      entity.variable = find(variables_, entity.value, node, "variable");
    }
    return entity;
  }

  Result<Filter> read_filter(const XmlNode& node) {
    Filter filter;
    filter.include = node.get("action", "exclude") == "include";
    filter.state = find(states_, text_of(node), node, "state");
    return filter;
  }

  Result<ObjectSet> read_set(const XmlNode& node, std::size_t depth) {
    if (depth >= kNestingMax) {
      return fail(Errc::too_large, "sets are nested too deep", "line " + std::to_string(node.line));
    }
    ObjectSet set;
    TWOSEAL_TRY(set.op, word(node, "set_operator", set_operator_of, SetOperator::set_union));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "set") {
        TWOSEAL_TRY(ObjectSet inner, read_set(*child, depth + 1));
        set.sets.push_back(std::move(inner));
      } else if (child->name == "object_reference") {
        set.objects.push_back(find(objects_, text_of(*child), *child, "object"));
      } else if (child->name == "filter") {
        TWOSEAL_TRY(const Filter filter, read_filter(*child));
        set.filters.push_back(filter);
      }
    }
    return set;
  }

  Result<Object> read_object(const XmlNode& node) {
    Object object;
    object.id = node.get("id");
    object.comment = node.get("comment");
    object.family = read_family(node, "_object");
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "set") {
        TWOSEAL_TRY(object.set, read_set(*child, 0));
      } else if (child->name == "filter" && child->ns == kDefinitionsSpace) {
        TWOSEAL_TRY(const Filter filter, read_filter(*child));
        object.filters.push_back(filter);
      } else if (child->name == "behaviors") {
        for (std::uint32_t i = 0; i < child->attribute_count; ++i) {
          object.behaviors.emplace_back(child->attributes[i].name, child->attributes[i].value);
        }
      } else if (child->name != "notes" && child->name != "Signature") {
        TWOSEAL_TRY(Entity entity, read_entity(*child));
        refuse_existence(*child, entity);
        object.entities.push_back(std::move(entity));
      }
    }
    return object;
  }

  Result<State> read_state(const XmlNode& node) {
    State state;
    state.id = node.get("id");
    state.comment = node.get("comment");
    state.family = read_family(node, "_state");
    TWOSEAL_TRY(state.op, word(node, "operator", operator_of, Operator::conjunction));
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "notes" || child->name == "Signature") {
        continue;
      }
      TWOSEAL_TRY(Entity entity, read_entity(*child));
      state.entities.push_back(std::move(entity));
    }
    return state;
  }

  // --- variables -----------------------------------------------------------------------------

  Result<Variable> read_variable(const XmlNode& node) {
    Variable variable;
    variable.id = node.get("id");
    variable.comment = node.get("comment");
    TWOSEAL_TRY(variable.datatype, word(node, "datatype", datatype_of, Datatype::string));
    if (node.name == "constant_variable") {
      for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
        if (child->name == "value") {
          variable.values.push_back(text_of(*child));
        }
      }
      return variable;
    }
    if (node.name == "external_variable") {
      variable.kind = VariableKind::external;
      return read_possible(node, std::move(variable));
    }
    if (node.name != "local_variable") {
      return bad(node, "the language has no such variable");
    }
    variable.kind = VariableKind::local;
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "notes" || child->name == "Signature") {
        continue;
      }
      if (variable.component) {
        return bad(node, "a local variable has one function");
      }
      TWOSEAL_TRY(variable.component, read_component(*child, 0));
    }
    if (!variable.component) {
      return bad(node, "a local variable has a function");
    }
    return variable;
  }

  Result<Variable> read_possible(const XmlNode& node, Variable variable) {
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      if (child->name == "possible_value") {
        variable.possible_values.push_back(text_of(*child));
      } else if (child->name == "possible_restriction") {
        std::vector<Restriction> bounds;
        for (const XmlNode* each = child->first(); each != nullptr; each = each->after()) {
          Restriction restriction;
          TWOSEAL_TRY(restriction.op, word(*each, "operation", operation_of, Operation::equals));
          restriction.value = text_of(*each);
          bounds.push_back(restriction);
        }
        variable.possible_restrictions.push_back(std::move(bounds));
      }
    }
    return variable;
  }

  Result<std::int64_t> integer(const XmlNode& node, std::string_view attribute) {
    const std::string_view text = node.get(attribute);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
      return bad(node, std::string(attribute) + " is a whole number");
    }
    return value;
  }

  Result<Component> read_component(const XmlNode& node, std::size_t depth) {
    if (depth >= kNestingMax) {
      return fail(
          Errc::too_large, "functions are nested too deep", "line " + std::to_string(node.line));
    }
    const auto kind = function_of(node.name);
    if (!kind) {
      return bad(node, "the language has no such function");
    }
    Component component;
    component.kind = *kind;
    switch (*kind) {
      case ComponentKind::literal: {
        TWOSEAL_TRY(component.datatype, word(node, "datatype", datatype_of, Datatype::string));
        component.text = text_of(node);
        return component;
      }
      case ComponentKind::object:
        component.ref = find(objects_, node.get("object_ref"), node, "object");
        component.field = entity_of(node.get("item_field"));
        component.record_field = node.get("record_field");
        return component;
      case ComponentKind::variable:
        component.ref = find(variables_, node.get("var_ref"), node, "variable");
        return component;
      default:
        break;
    }
    TWOSEAL_TRY_VOID(read_parameters(node, component));
    return read_arguments(node, std::move(component), depth);
  }

  // The attributes of a function.
  Result<void> read_parameters(const XmlNode& node, Component& component) {
    switch (component.kind) {
      case ComponentKind::arithmetic:
        component.multiply = node.get("arithmetic_operation") == "multiply";
        return {};
      case ComponentKind::begin:
      case ComponentKind::end:
        component.text = node.get("character");
        return {};
      case ComponentKind::glob_to_regex:
        component.noescape = is_true(node.get("glob_noescape"));
        return {};
      case ComponentKind::regex_capture:
        component.text = node.get("pattern");
        return {};
      case ComponentKind::split:
        component.text = node.get("delimiter");
        return {};
      case ComponentKind::substring: {
        TWOSEAL_TRY(component.start, integer(node, "substring_start"));
        TWOSEAL_TRY(component.length, integer(node, "substring_length"));
        return {};
      }
      case ComponentKind::time_difference: {
        TWOSEAL_TRY(component.format_1,
                    word(node, "format_1", time_format_of, TimeFormat::year_month_day));
        TWOSEAL_TRY(component.format_2,
                    word(node, "format_2", time_format_of, TimeFormat::year_month_day));
        return {};
      }
      default:
        return {};
    }
  }

  Result<Component> read_arguments(const XmlNode& node, Component component, std::size_t depth) {
    for (const XmlNode* child = node.first(); child != nullptr; child = child->after()) {
      TWOSEAL_TRY(Component read, read_component(*child, depth + 1));
      component.children.push_back(std::move(read));
    }
    if (component.children.empty()) {
      return bad(node, "a function has something to work on");
    }
    return component;
  }

  TextArena& texts_;
  std::vector<std::string>& issues_;
  OvalDocument document_;
  Ids definitions_, tests_, objects_, states_, variables_;
};

}  // namespace

Result<OvalDocument> read_oval(const XmlNode& root,
                               std::string_view name,
                               TextArena& texts,
                               std::vector<std::string>& issues) {
  return OvalReader(name, texts, issues).read(root);
}

}  // namespace twoseal::scap
