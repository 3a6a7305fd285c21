#include "cli/client/change_json.h"

#include "cli/client/change_text.h"
#include "model/names.h"

namespace twoseal::cli {
namespace {

template <class Ids>
Json ids_json(const Ids& ids) {
  Json::Array list;
  for (const auto& id : ids) {
    list.emplace_back(id.text());
  }
  return list;
}

Json targets_json(const Change& change) {
  Json::Array list;
  for (const TargetHost& host : change.targets.hosts.value_or(std::vector<TargetHost>())) {
    list.emplace_back(Json::Object{{"host", host.id.text()}, {"name", host.name}});
  }
  for (const TargetAsset& asset : change.targets.assets.value_or(std::vector<TargetAsset>())) {
    list.emplace_back(Json::Object{{"asset", asset.id.text()},
                                   {"name", asset.name},
                                   {"env", asset.env.text()},
                                   {"data_class", asset.data_class.text()},
                                   {"components", ids_json(asset.components)}});
  }
  return list;
}

Json phases_json(const Change& change) {
  Json::Array list;
  for (const Phase& phase : change.phases.value_or(std::vector<Phase>())) {
    Json::Object gate = {{"kind", enum_name(phase.gate.kind)}};
    if (phase.gate.failed_max) {
      gate.emplace_back("failed_max", *phase.gate.failed_max);
    }
    if (phase.gate.n) {
      gate.emplace_back("n", *phase.gate.n);
    }
    list.emplace_back(Json::Object{{"name", phase.name.text()},
                                   {"hosts", ids_json(phase.hosts)},
                                   {"gate", std::move(gate)},
                                   {"soak", phase.soak}});
  }
  return list;
}

Json health_json(const HealthCheck& check) {
  Json::Object fields = {{"kind", enum_name(check.kind)}, {"within", check.within}};
  if (check.port) {
    fields.emplace_back("port", *check.port);
  }
  if (check.url) {
    fields.emplace_back("url", *check.url);
  }
  if (check.expect) {
    fields.emplace_back("expect", *check.expect);
  }
  if (check.name) {
    fields.emplace_back("name", *check.name);
  }
  if (check.argv) {
    fields.emplace_back("argv", json_list(*check.argv));
  }
  return fields;
}

Json rollback_json(const KnownChange& known) {
  const RollbackPlan& rollback = known.change().rollback;
  Json::Object fields = {{"kind", enum_name(rollback.kind)},
                         {"within", rollback.within},
                         {"auto_on", ids_json(rollback.auto_on)}};
  if (rollback.state) {
    fields.emplace_back("state", rollback.state->text());
    fields.emplace_back("resources", way_back_json(known));
  }
  if (rollback.blob) {
    fields.emplace_back("procedure", rollback.blob->text());
  }
  return fields;
}

Json evidence_json(const Change& change) {
  Json::Array list;
  for (const EvidenceRef& one : change.evidence) {
    list.emplace_back(
        Json::Object{{"kind", one.kind.text()}, {"by", one.by.text()}, {"blob", one.blob.text()}});
  }
  return list;
}

Json::Object deploy_json(const Change& change) {
  if (!change.deploy) {
    return {};
  }
  const Deploy& deploy = *change.deploy;
  return {{"action", deploy.action},
          {"job", deploy.job},
          {"build", deploy.build},
          {"branch", deploy.branch},
          {"env", deploy.env},
          {"links", json_list(deploy.links)},
          {"scan", deploy.scan.status.text()}};
}

Json signature_json(const SaidAbout& one) {
  const Statement& said = one.judged->statement();
  Json::Object fields = {{"statement", one.judged->source->digest.text()},
                         {"act", enum_name(said.act)},
                         {"by", said.by.text()},
                         {"role", said.role.text()},
                         {"at", said.at},
                         {"note", said.note.value_or("")},
                         {"valid", one.judged->valid()},
                         {"withdrawn", one.withdrawn}};
  if (!one.judged->valid()) {
    fields.emplace_back("problem", *one.judged->problem);
  }
  return fields;
}

}  // namespace

Json::Object change_fields(const KnownChange& known) {
  const Change& change = known.change();
  const auto& state = known.facts().state;
  Json::Array health;
  for (const HealthCheck& check : change.health) {
    health.emplace_back(health_json(check));
  }
  Json::Array signatures;
  for (const SaidAbout& one : said_about(known)) {
    signatures.emplace_back(signature_json(one));
  }
  return {{"kind", enum_name(change.kind)},
          {"components", ids_json(change.components)},
          {"contributors", json_list(change.contributors.value_or(std::vector<std::string>()))},
          {"summary", change.summary},
          {"why", change.why},
          {"scope", change.scope ? change.scope->text() : ""},
          {"window",
           Json::Object{{"not_before", change.window.not_before},
                        {"not_after", change.window.not_after}}},
          {"targets", targets_json(change)},
          {"phases", phases_json(change)},
          {"health", std::move(health)},
          {"rollback", rollback_json(known)},
          {"executor", enum_name(change.executor.by)},
          {"enforce", state ? enum_name(state->enforce) : ""},
          {"use", enum_name(change.use)},
          {"auto_rule", change.auto_rule ? change.auto_rule->text() : ""},
          {"requires", ids_json(change.requires_changes)},
          {"evidence", evidence_json(change)},
          {"deploy", deploy_json(change)},
          {"risks", ids_json(change.risks)},
          {"effects", ids_json(change.effects)},
          {"signatures", std::move(signatures)}};
}

}  // namespace twoseal::cli
