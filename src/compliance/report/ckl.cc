// CKL, the checklists of STIG Viewer 2: elements in the order in which that program writes them.
#include "compliance/report/checklist.h"
#include "compliance/report/formats.h"
#include "compliance/report/xml_writer.h"

namespace twoseal::scap {
namespace {

std::string_view word_of(ChecklistStatus status) {
  switch (status) {
    case ChecklistStatus::not_a_finding:
      return "NotAFinding";
    case ChecklistStatus::open:
      return "Open";
    case ChecklistStatus::not_applicable:
      return "Not_Applicable";
    case ChecklistStatus::not_reviewed:
      break;
  }
  return "Not_Reviewed";
}

class CklReport {
 public:
  CklReport(const ReportTexts& texts, Output& output) : texts_(texts), xml_(output) {}

  void write() {
    xml_.begin("CHECKLIST");
    write_asset();
    xml_.begin("STIGS");
    xml_.begin("iSTIG");
    write_info();
    for (const RuleOutcome* outcome : texts_.selected_outcomes()) {
      write_rule(*outcome);
    }
    xml_.end();
    xml_.end();
    xml_.end();
  }

 private:
  void write_asset() {
    const ReportInput& input = texts_.input();
    xml_.begin("ASSET");
    xml_.element("ROLE", "None");
    xml_.element("ASSET_TYPE", "Computing");
    xml_.element("MARKING", "");
    xml_.element("HOST_NAME", input.host_name);
    xml_.element("HOST_IP", input.addresses.empty() ? "" : input.addresses.front());
    xml_.element("HOST_MAC", input.mac_addresses.empty() ? "" : input.mac_addresses.front());
    xml_.element("HOST_FQDN", input.fqdn);
    xml_.element("TARGET_COMMENT", "");
    xml_.element("TECH_AREA", "");
    xml_.element("TARGET_KEY", "");
    xml_.element("WEB_OR_DATABASE", "false");
    xml_.element("WEB_DB_SITE", "");
    xml_.element("WEB_DB_INSTANCE", "");
    xml_.end();
  }

  void write_info() {
    const Benchmark& benchmark = texts_.benchmark();
    xml_.begin("STIG_INFO");
    const auto data = [&](std::string_view name, std::string_view value) {
      xml_.begin("SI_DATA");
      xml_.element("SID_NAME", name);
      xml_.element_if("SID_DATA", value);
      xml_.end();
    };
    data("version", benchmark.version);
    data("classification", "UNCLASSIFIED");
    data("customname", "");
    data("stigid", short_id(benchmark.id));
    data("description", texts_.filled(benchmark.description));
    data("filename", texts_.source());
    data("releaseinfo", release_info(benchmark));
    data("title", texts_.filled(benchmark.title));
    data("uuid", texts_.uuid("stig"));
    data("notice", benchmark.notices.empty() ? "" : benchmark.notices.front().id);
    data("source", "");
    xml_.end();
  }

  // `Red Hat Enterprise Linux 9 STIG :: Version 1, Release: 2 Benchmark Date: 24 Jan 2024`
  [[nodiscard]] std::string stig_reference() const {
    const std::string release = release_info(texts_.benchmark());
    return texts_.filled(texts_.benchmark().title) + " :: Version " +
           std::string(texts_.benchmark().version) + (release.empty() ? "" : ", " + release);
  }

  void data(std::string_view name, std::string_view value) {
    xml_.begin("STIG_DATA");
    xml_.element("VULN_ATTRIBUTE", name);
    xml_.element("ATTRIBUTE_DATA", value);
    xml_.end();
  }

  void write_rule(const RuleOutcome& outcome) {
    const ChecklistRow row = checklist_row(texts_, outcome);
    xml_.begin("VULN");
    data("Vuln_Num", row.group_id);
    data("Severity", row.severity);
    data("Group_Title", row.group_title);
    data("Rule_ID", row.rule_id);
    data("Rule_Ver", row.version);
    data("Rule_Title", row.rule_title);
    data("Vuln_Discuss", texts_.description_of(texts_.rule(outcome)));
    data("IA_Controls", row.part("IAControls"));
    data("Check_Content", "");
    data("Fix_Text", row.fix_text);
    data("False_Positives", row.part("FalsePositives"));
    data("False_Negatives", row.part("FalseNegatives"));
    data("Documentable", row.part("Documentable").empty() ? "false" : row.part("Documentable"));
    data("Mitigations", row.part("Mitigations"));
    data("Potential_Impact", row.part("PotentialImpacts"));
    data("Third_Party_Tools", row.part("ThirdPartyTools"));
    data("Mitigation_Control", row.part("MitigationControl"));
    data("Responsibility", row.part("Responsibility"));
    data("Security_Override_Guidance", row.part("SeverityOverrideGuidance"));
    data("Check_Content_Ref", "");
    data("Weight", row.weight);
    data("Class", "Unclass");
    data("STIGRef", stig_reference());
    data("TargetKey", "");
    data("STIG_UUID", texts_.uuid("stig"));
    for (const std::string& id : row.legacy_ids) {
      data("LEGACY_ID", id);
    }
    for (const std::string& cci : row.ccis) {
      data("CCI_REF", cci);
    }
    xml_.element("STATUS", word_of(checklist_status(outcome.result)));
    xml_.element("FINDING_DETAILS", row.finding_details);
    xml_.element("COMMENTS", "");
    xml_.element("SEVERITY_OVERRIDE", "");
    xml_.element("SEVERITY_JUSTIFICATION", "");
    xml_.end();
  }

  const ReportTexts& texts_;
  XmlWriter xml_;
};

}  // namespace

void write_ckl(const ReportTexts& texts, Output& output) {
  CklReport(texts, output).write();
}

}  // namespace twoseal::scap
