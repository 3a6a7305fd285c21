// Which fields each part of a content has in its compiled bytes, in their order: one table for
// writing and reading. `archive(a, b, c)` takes numbers, texts, enumerations, lists and parts.
#pragma once

#include "compliance/content/content.h"

namespace twoseal::scap {

template <class Archive>
void fields(Archive& archive, Entity& part) {
  archive(part.name,
          part.spelled,
          part.datatype,
          part.operation,
          part.variable_check,
          part.entity_check,
          part.existence,
          part.mask,
          part.nil,
          part.value,
          part.variable,
          part.fields);
}

template <class Archive>
void fields(Archive& archive, Filter& part) {
  archive(part.state, part.include);
}

template <class Archive>
void fields(Archive& archive, ObjectSet& part) {
  archive(part.op, part.sets, part.objects, part.filters);
}

template <class Archive>
void fields(Archive& archive, Object& part) {
  archive(
      part.id, part.comment, part.family, part.entities, part.behaviors, part.filters, part.set);
}

template <class Archive>
void fields(Archive& archive, State& part) {
  archive(part.id, part.comment, part.family, part.op, part.entities);
}

template <class Archive>
void fields(Archive& archive, Test& part) {
  archive(part.id,
          part.comment,
          part.family,
          part.check,
          part.existence,
          part.state_op,
          part.object,
          part.states);
}

template <class Archive>
void fields(Archive& archive, Component& part) {
  archive(part.kind,
          part.datatype,
          part.text,
          part.ref,
          part.field,
          part.record_field,
          part.multiply,
          part.noescape,
          part.start,
          part.length,
          part.format_1,
          part.format_2,
          part.children);
}

template <class Archive>
void fields(Archive& archive, Restriction& part) {
  archive(part.op, part.value);
}

template <class Archive>
void fields(Archive& archive, Variable& part) {
  archive(part.id,
          part.comment,
          part.kind,
          part.datatype,
          part.values,
          part.component,
          part.possible_values,
          part.possible_restrictions);
}

template <class Archive>
void fields(Archive& archive, Criteria& part) {
  archive(
      part.kind, part.op, part.negate, part.applicability, part.comment, part.ref, part.children);
}

template <class Archive>
void fields(Archive& archive, Definition& part) {
  archive(part.id, part.title, part.version, part.kind, part.deprecated, part.criteria);
}

template <class Archive>
void fields(Archive& archive, OvalDocument& part) {
  archive(part.name, part.definitions, part.tests, part.objects, part.states, part.variables);
}

template <class Archive>
void fields(Archive& archive, ContentRef& part) {
  archive(part.href, part.name, part.document, part.definition);
}

template <class Archive>
void fields(Archive& archive, CheckExport& part) {
  archive(part.value, part.variable);
}

template <class Archive>
void fields(Archive& archive, RuleCheck& part) {
  archive(part.system,
          part.selector,
          part.negate,
          part.multiple,
          part.exports,
          part.refs,
          part.complex,
          part.op,
          part.children);
}

template <class Archive>
void fields(Archive& archive, Fix& part) {
  archive(part.system, part.id, part.text);
}

template <class Archive>
void fields(Archive& archive, Ident& part) {
  archive(part.system, part.value);
}

template <class Archive>
void fields(Archive& archive, NamedText& part) {
  archive(part.id, part.text);
}

template <class Archive>
void fields(Archive& archive, Reference& part) {
  archive(part.href, part.text);
}

template <class Archive>
void item_fields(Archive& archive, BenchmarkItem& part) {
  archive(part.id,
          part.title,
          part.description,
          part.version,
          part.version_time,
          part.cluster,
          part.parent,
          part.selected,
          part.hidden,
          part.weight,
          part.platforms,
          part.needs,
          part.conflicts);
}

template <class Archive>
void fields(Archive& archive, Group& part) {
  item_fields(archive, part);
  archive(part.rationale);
}

template <class Archive>
void fields(Archive& archive, Rule& part) {
  item_fields(archive, part);
  archive(part.severity,
          part.role,
          part.rationale,
          part.fix_text,
          part.warning,
          part.idents,
          part.references,
          part.checks,
          part.fixes);
}

template <class Archive>
void fields(Archive& archive, ValueChoice& part) {
  archive(part.selector, part.values);
}

template <class Archive>
void fields(Archive& archive, Value& part) {
  archive(part.id, part.title, part.type, part.op, part.choices);
}

template <class Archive>
void fields(Archive& archive, Select& part) {
  archive(part.item, part.selected);
}

template <class Archive>
void fields(Archive& archive, RefineValue& part) {
  archive(part.value, part.selector, part.op);
}

template <class Archive>
void fields(Archive& archive, SetValue& part) {
  archive(part.value, part.values);
}

template <class Archive>
void fields(Archive& archive, RefineRule& part) {
  archive(part.rule, part.selector, part.severity, part.weight, part.role);
}

template <class Archive>
void fields(Archive& archive, Profile& part) {
  archive(part.id,
          part.title,
          part.description,
          part.extends,
          part.selects,
          part.refine_values,
          part.set_values,
          part.refine_rules);
}

template <class Archive>
void fields(Archive& archive, PlatformTest& part) {
  archive(part.op, part.negate, part.facts, part.checks, part.children);
}

template <class Archive>
void fields(Archive& archive, Platform& part) {
  archive(part.id, part.title, part.test);
}

template <class Archive>
void fields(Archive& archive, CpeItem& part) {
  archive(part.name, part.title, part.check);
}

template <class Archive>
void fields(Archive& archive, Benchmark& part) {
  archive(part.id,
          part.title,
          part.version,
          part.status,
          part.description,
          part.notices,
          part.front_matter,
          part.rear_matter,
          part.plain_texts,
          part.platforms,
          part.platform_tests,
          part.groups,
          part.rules,
          part.values,
          part.profiles);
}

template <class Archive>
void fields(Archive& archive, Content& part) {
  archive(
      part.source_name, part.source, part.benchmarks, part.dictionary, part.documents, part.issues);
}

}  // namespace twoseal::scap
