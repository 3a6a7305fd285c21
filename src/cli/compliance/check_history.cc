#include "cli/compliance/check_history.h"

#include <charconv>
#include <unistd.h>

#include <fmt/format.h>

#include "base/os_environment.h"
#include "base/os_file.h"
#include "cli/compliance/content_store.h"
#include "compliance/families/lines.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kHeading = "twoseal-checks 1 ";
constexpr std::size_t kHistoryMax = std::size_t{16} << 20U;

std::optional<scap::RuleResult> result_of_word(std::string_view word) {
  for (std::size_t i = 0; i < scap::kRuleResults; ++i) {
    const auto result = static_cast<scap::RuleResult>(i);
    if (word_of(result) == word) {
      return result;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string history_directory(const Arguments& arguments) {
  if (const auto given = arguments.find("--history")) {
    return *given;
  }
  return ::geteuid() == 0 ? "/var/lib/twoseal/checks" : state_directory() + "/checks";
}

CheckHistory CheckHistory::open(const std::string& directory,
                                const std::string& content,
                                const scap::Assessment& assessment,
                                const std::string& root) {
  const std::string what = content + '\n' + std::string(assessment.benchmark().id) + '\n' +
                           assessment.selection().profile + '\n' + root;
  CheckHistory history(directory + "/" + sha256(what).hex().substr(0, 32));
  const auto text = read_file(history.path_, kHistoryMax);
  if (!text && text.error().code != Errc::no_input) {
    history.unreadable_ = text.error();
    history.problem_ = text.error().what + " " + text.error().where;
  } else if (text && !history.read(*text)) {
    history.problem_ = history.path_ + " is damaged";
    history.results_.clear();
  }
  return history;
}

// The heading with the time of the last check, then a line for each rule: since when, result, id.
bool CheckHistory::read(const Bytes& text) {
  std::string_view rest = text;
  std::string_view line;
  if (!scap::next_line(rest, line) || !line.starts_with(kHeading)) {
    return false;
  }
  const auto last = scap::whole_number(line.substr(kHeading.size()));
  while (scap::next_line(rest, line)) {
    const auto fields = scap::split_at(line, ' ');
    const auto since = scap::whole_number(fields.front());
    const auto result = fields.size() == 3 ? result_of_word(fields[1]) : std::nullopt;
    if (!since || !result || fields[2].empty()) {
      return false;
    }
    results_[std::string(fields[2])] = {*result, *since};
  }
  return last.has_value();
}

std::optional<PastResult> CheckHistory::find(std::string_view rule) const {
  const auto found = results_.find(rule);
  return found == results_.end() ? std::nullopt : std::optional(found->second);
}

UnixSeconds CheckHistory::since(const scap::Assessment& assessment,
                                const scap::RuleOutcome& outcome) const {
  const auto past = find(assessment.benchmark().rules[outcome.rule].id);
  return past && past->result == outcome.result ? past->since : assessment.now();
}

void CheckHistory::turn(const scap::Assessment& assessment,
                        const scap::RuleOutcome& outcome,
                        UnixSeconds at) {
  results_[std::string(assessment.benchmark().rules[outcome.rule].id)] = {outcome.result, at};
}

Result<void> CheckHistory::keep(const scap::Assessment& assessment) {
  if (unreadable_) {
    return std::unexpected(*unreadable_);
  }
  for (const scap::RuleOutcome& outcome : assessment.outcomes()) {
    const std::string id(assessment.benchmark().rules[outcome.rule].id);
    if (outcome.result != scap::RuleResult::notselected) {
      results_[id] = {outcome.result, since(assessment, outcome)};
    }
  }
  Bytes text = std::string(kHeading) + std::to_string(assessment.now()) + "\n";
  for (const auto& [id, past] : results_) {
    if (id.find_first_of(" \n") == std::string::npos) {
      text += fmt::format("{} {} {}\n", past.since, word_of(past.result), id);
    }
  }
  TWOSEAL_TRY_VOID(make_directories(path_.substr(0, path_.rfind('/'))));
  return write_file(path_, text, Access::owner, Existing::replace, Durability::remakeable);
}

}  // namespace twoseal::cli
