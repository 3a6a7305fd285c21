#include "cli/compliance/own_content.h"

#include <memory>

#include "authoring/checks_yaml.h"
#include "compliance/text_arena.h"
#include "crypto/hash.h"
#include "embedded/kChecks.h"

namespace twoseal::cli {
namespace {

const std::string kPrefix = "xccdf_org.twoseal_";
constexpr std::string_view kRequirements = "urn:twoseal:requirements";

// Makes the parts of a benchmark out of what was written, with texts that an arena keeps.
class OwnContent {
 public:
  OwnContent() : texts_(std::make_shared<scap::TextArena>()) {
    benchmark_.id = keep(kPrefix + "benchmark_host");
    benchmark_.title = keep("Checks of twoseal");
    benchmark_.version = keep(TWOSEAL_VERSION);
    benchmark_.status = keep("accepted");
    benchmark_.description = keep(
        "What the policy demands of a host and no SCAP content checks, asked in SQL over its "
        "facts.");
  }

  void add(const authoring::CheckFile& file) {
    for (const authoring::CheckValue& value : file.values) {
      add_value(value);
    }
    for (const authoring::CheckRule& rule : file.rules) {
      add_rule(rule);
    }
  }

  scap::Content take(const std::string& source) {
    scap::Profile profile;
    profile.id = keep(kPrefix + "profile_baseline");
    profile.title = keep("Every check of twoseal");
    benchmark_.profiles.push_back(std::move(profile));
    scap::Content content;
    content.source_name = std::string(kOwnContent);
    content.source = sha256(source);
    content.benchmarks.push_back(std::move(benchmark_));
    content.sql_checks = std::move(checks_);
    content.keeps = texts_;
    return content;
  }

 private:
  scap::Text keep(std::string_view text) { return texts_->keep(text); }

  std::vector<scap::Text> keep(const std::vector<std::string>& texts) {
    std::vector<scap::Text> kept;
    for (const std::string& text : texts) {
      kept.push_back(keep(text));
    }
    return kept;
  }

  void add_value(const authoring::CheckValue& written) {
    scap::Value value;
    value.id = keep(kPrefix + "value_" + written.id);
    value.title = keep(written.title);
    value.choices.push_back({{}, keep(written.usual)});
    benchmark_.values.push_back(std::move(value));
  }

  void add_rule(const authoring::CheckRule& written) {
    scap::Rule rule;
    rule.id = keep(kPrefix + "rule_" + written.id);
    rule.title = keep(written.title);
    rule.description = keep(written.description);
    rule.fix_text = keep(written.fix);
    rule.severity = scap::severity_of(written.severity).value_or(scap::Severity::unknown);
    for (const std::string& requirement : written.requirements) {
      rule.references.push_back({keep(kRequirements), keep(requirement)});
    }
    scap::RuleCheck check;
    check.system = scap::kSqlSystem;
    check.refs.push_back({{}, keep(written.id)});
    rule.checks.push_back(std::move(check));
    benchmark_.rules.push_back(std::move(rule));
    checks_.push_back({keep(written.id),
                       keep(written.ask),
                       keep(written.needs),
                       keep(written.files),
                       keep(written.settings)});
  }

  std::shared_ptr<scap::TextArena> texts_;
  scap::Benchmark benchmark_;
  std::vector<scap::SqlCheck> checks_;
};

}  // namespace

Result<scap::Content> own_content() {
  OwnContent content;
  std::string source;
  for (const embedded::Text& file : embedded::kChecks) {
    TWOSEAL_TRY(const authoring::CheckFile one, authoring::read_checks({file.text, file.file}));
    content.add(one);
    source += file.text;
  }
  return content.take(source);
}

}  // namespace twoseal::cli
