#include "server/routes/shared.h"

namespace twoseal::server {
namespace {

// Whether its newest report has a lower number than one that the server has: its memory is gone, or
// a copy of it runs.
bool counts_anew(const Call& call, const HostContact& contact) {
  const auto report = call.parts.registry->newest_report(contact.host);
  return report && report->counter > contact.counter;
}

// What is signed, then what the server heard.
Json::Object host_fields(const Call& call, const HeldHost& held) {
  const Assignment& signed_part = *held.assignment;
  Json::Object labels;
  for (const auto& [name, value] : signed_part.labels) {
    labels.emplace_back(name, value);
  }
  Json::Object fields = {{"host", signed_part.host.text()},
                         {"name", signed_part.name},
                         {"env", signed_part.env.text()},
                         {"data_class", signed_part.data_class.text()},
                         {"components", ids_json(signed_part.components)},
                         {"groups", ids_json(signed_part.groups)},
                         {"labels", std::move(labels)},
                         {"version", signed_part.version},
                         {"expires", signed_part.expires},
                         {"denied", call.parts.denials.is_denied(signed_part.host)}};
  if (const auto contact = call.parts.contacts.of(signed_part.host)) {
    fields.emplace_back("heard",
                        Json::Object{{"at", contact->at},
                                     {"agent", contact->agent},
                                     {"boot", contact->boot},
                                     {"counter", contact->counter},
                                     {"looks_on", contact->looks_on},
                                     {"counts_anew", counts_anew(call, *contact)},
                                     {"checkpoint", contact->checkpoint_size},
                                     {"certificate", contact->serial},
                                     {"certificate_until", contact->not_after}});
  }
  return fields;
}

}  // namespace

Result<HttpResponse> list_hosts(const Call& call) {
  Json::Array list;
  for (const auto& [host, held] : call.caller.documents->hosts) {
    list.emplace_back(host_fields(call, held));
  }
  return json_answer({{"hosts", std::move(list)}});
}

Result<HttpResponse> get_host(const Call& call) {
  const Documents& documents = *call.caller.documents;
  TWOSEAL_TRY(const HostId host, host_named(documents, call.value("host")));
  Json::Object fields = host_fields(call, *documents.host(host));
  Json::Array work;
  for (const Work& one : call.parts.work.work_of(host)) {
    work.emplace_back(
        Json::Object{{"change", one.digest.text()},
                     {"kind", one.kind == WorkKind::rollback ? "rollback" : "apply"}});
  }
  fields.emplace_back("work", std::move(work));
  const auto report = call.parts.registry->newest_report(host);
  if (report) {
    fields.emplace_back(
        "report",
        Json::Object{
            {"at", report->at}, {"counter", report->counter}, {"digest", report->digest.text()}});
  }
  return json_answer(fields);
}

}  // namespace twoseal::server
