// CKLB, the checklists of STIG Viewer 3: JSON with the members that that program writes.
#include "compliance/report/checklist.h"
#include "compliance/report/formats.h"
#include "compliance/report/json_writer.h"

namespace twoseal::scap {
namespace {

std::string_view word_of(ChecklistStatus status) {
  switch (status) {
    case ChecklistStatus::not_a_finding:
      return "not_a_finding";
    case ChecklistStatus::open:
      return "open";
    case ChecklistStatus::not_applicable:
      return "not_applicable";
    case ChecklistStatus::not_reviewed:
      break;
  }
  return "not_reviewed";
}

class CklbReport {
 public:
  CklbReport(const ReportTexts& texts, Output& output) : texts_(texts), json_(output) {}

  void write() {
    json_.begin_object();
    json_.member("title", texts_.target() + " " + std::string(short_id(texts_.benchmark().id)));
    json_.member("id", texts_.uuid("checklist"));
    json_.key("active");
    json_.boolean(false);
    json_.member_number("mode", 1);
    json_.key("has_path");
    json_.boolean(true);
    write_target();
    json_.begin_array("stigs");
    write_stig();
    json_.end();
    json_.member("cklb_version", "1.0");
    json_.end();
  }

 private:
  void write_target() {
    const ReportInput& input = texts_.input();
    json_.begin_object("target_data");
    json_.member("target_type", "Computing");
    json_.member("host_name", input.host_name);
    json_.member("ip_address", input.addresses.empty() ? "" : input.addresses.front());
    json_.member("mac_address", input.mac_addresses.empty() ? "" : input.mac_addresses.front());
    json_.member("fqdn", input.fqdn);
    json_.member("comments", "");
    json_.member("role", "None");
    json_.key("is_web_database");
    json_.boolean(false);
    json_.member("technology_area", "");
    json_.member("web_db_site", "");
    json_.member("web_db_instance", "");
    json_.key("classification");
    json_.null();
    json_.end();
  }

  void write_stig() {
    const Benchmark& benchmark = texts_.benchmark();
    json_.begin_object();
    json_.member("stig_name", texts_.filled(benchmark.title));
    json_.member("display_name", texts_.filled(benchmark.title));
    json_.member("stig_id", short_id(benchmark.id));
    json_.member("release_info", release_info(benchmark));
    json_.member("version", benchmark.version);
    json_.member("uuid", texts_.uuid("stig"));
    json_.member("reference_identifier", "");
    json_.member_number("size", static_cast<std::int64_t>(texts_.selected_outcomes().size()));
    json_.begin_array("rules");
    std::size_t number = 0;
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      write_rule(*outcome, number++);
    }
    json_.end();
    json_.end();
  }

  void write_rule(const RuleOutcome& outcome, std::size_t number) {
    const ChecklistRow row = checklist_row(texts_, outcome);
    json_.begin_object();
    json_.member("group_id_src", row.group_id);
    json_.begin_array("group_tree");
    json_.begin_object();
    json_.member("id", row.group_id);
    json_.member("title", row.group_title);
    json_.member("description", "<GroupDescription></GroupDescription>");
    json_.end();
    json_.end();
    json_.member("group_id", row.group_id);
    json_.member("severity", row.severity);
    json_.member("group_title", row.group_title);
    json_.member("rule_id_src", row.rule_id);
    json_.member("rule_id", row.rule_id_short);
    json_.member("rule_version", row.version);
    json_.member("rule_title", row.rule_title);
    json_.member("fix_text", row.fix_text);
    json_.member("weight", row.weight);
    json_.begin_object("check_content_ref");
    json_.member("href", "");
    json_.member("name", "");
    json_.end();
    json_.member("classification", "Unclassified");
    write_discussion(row, outcome);
    json_.member("uuid", texts_.uuid("rule " + std::to_string(number)));
    json_.member("stig_uuid", texts_.uuid("stig"));
    json_.member("status", word_of(checklist_status(outcome.result)));
    json_.begin_object("overrides");
    json_.end();
    json_.member("comments", "");
    json_.member("finding_details", row.finding_details);
    json_.end();
  }

  void write_discussion(const ChecklistRow& row, const RuleOutcome& outcome) {
    json_.member("discussion", texts_.description_of(texts_.rule(outcome)));
    json_.member("false_positives", row.part("FalsePositives"));
    json_.member("false_negatives", row.part("FalseNegatives"));
    json_.member("documentable",
                 row.part("Documentable").empty() ? "false" : row.part("Documentable"));
    json_.member("security_override_guidance", row.part("SeverityOverrideGuidance"));
    json_.member("potential_impacts", row.part("PotentialImpacts"));
    json_.member("third_party_tools", row.part("ThirdPartyTools"));
    json_.member("ia_controls", row.part("IAControls"));
    json_.member("responsibility", row.part("Responsibility"));
    json_.member("mitigations", row.part("Mitigations"));
    json_.member("mitigation_control", row.part("MitigationControl"));
    json_.member("check_content", "");
    json_.member("target_key", "");
    list("legacy_ids", row.legacy_ids);
    list("ccis", row.ccis);
  }

  void list(std::string_view name, const std::vector<std::string>& texts) {
    json_.begin_array(name);
    for (const std::string& text : texts) {
      json_.string(text);
    }
    json_.end();
  }

  const ReportTexts& texts_;
  JsonWriter json_;
};

}  // namespace

void write_cklb(const ReportTexts& texts, Output& output) {
  CklbReport(texts, output).write();
}

}  // namespace twoseal::scap
