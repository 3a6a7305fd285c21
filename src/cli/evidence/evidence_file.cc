#include "cli/evidence/evidence_file.h"

#include <algorithm>
#include <charconv>

#include "base/encoding.h"
#include "base/json.h"
#include "base/present.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "model/names.h"
#include "policy/inspection.h"

namespace twoseal {
namespace {

constexpr std::string_view kCases = "cases/";
constexpr std::string_view kManifest = "evidence.json";
constexpr std::string_view kTable = "population.csv";
constexpr std::string_view kPage = "index.html";
constexpr std::string_view kEnded = "ended/";  // in a case

std::string answer_word(const Decision& decision) {
  switch (decision.answer) {
    case Answer::permit:
      return "permit";
    case Answer::nochange:
      return "nochange";
    case Answer::refuse:
      break;
  }
  return "refuse";
}

std::string code_word(const Decision& decision) {
  return decision.answer == Answer::refuse ? std::string(error_info(decision.code).refusal) : "";
}

Expectation expectation_of(const Decision& decision) {
  return {code_word(decision), answer_word(decision), static_cast<std::int64_t>(decision.exit)};
}

bool same(const Expectation& a, const Expectation& b) {
  return a.code == b.code && a.decision == b.decision && a.exit == b.exit;
}

std::optional<Change> change_of(const Files& files) {
  const auto found = files.find("change.json");
  if (found == files.end()) {
    return std::nullopt;
  }
  auto change = codec::decode<Change>(found->second);
  return change ? std::optional(*std::move(change)) : std::nullopt;
}

// A cell that no spreadsheet takes for a formula.
std::string csv_cell(std::string_view text) {
  std::string cell = present(text);
  if (!cell.empty() && std::string_view("=+-@").find(cell.front()) != std::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  std::string quoted = "\"";
  for (const char c : cell) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : present(text)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// What the host decided from; what it said afterwards lies apart.
Files decision_part(const Files& files) {
  Files part;
  for (const auto& [path, bytes] : files) {
    if (!path.starts_with(kEnded)) {
      part.emplace(path, bytes);
    }
  }
  return part;
}

// The decision directory with the host's later words in it, and the time of the latest.
Files whole_case(const Files& files, UnixSeconds& latest) {
  Files whole;
  for (const auto& [path, bytes] : files) {
    const bool ended = path.starts_with(kEnded);
    whole.insert_or_assign(ended ? path.substr(kEnded.size()) : path, bytes);
    const auto result = ended && path.find("results/") != std::string::npos
                            ? codec::decode<HostResult>(bytes)
                            : Result<HostResult>(fail(Errc::not_found, ""));
    latest = result ? std::max(latest, result->at) : latest;
  }
  return whole;
}

// How the change ended on the host, by its own words in the case, in their order; empty when it has
// none.
Result<std::string> ended_in(const Files& files, DecisionInputs inputs) {
  const auto first = files.lower_bound(std::string(kEnded));
  if (first == files.end() || !first->first.starts_with(kEnded)) {
    return std::string();
  }
  const Files whole = whole_case(files, inputs.clock);
  const Authorization judged = authorize(whole, inputs, Anchor::first_roster);
  Inspection& in = *judged.facts;
  const bool readable = in.change != nullptr && in.judge && inputs.host && in.change->phases;
  for (const Phase& phase : readable ? *in.change->phases : std::vector<Phase>()) {
    if (!std::binary_search(phase.hosts.begin(), phase.hosts.end(), *inputs.host)) {
      continue;
    }
    std::string ended;
    for (const HostResult* one : results_of(in, phase, *inputs.host)) {
      ended += (ended.empty() ? "" : ", ") + one->outcome;
    }
    if (!ended.empty()) {
      return ended;
    }
  }
  return fail(Errc::bad_field, "what lies under ended/ is not proven to be the word of its host");
}

struct Row {
  std::string name;
  std::vector<std::string> cells;
};

const std::vector<std::string>& headings() {
  static const std::vector<std::string> kHeadings = {"case",
                                                     "change",
                                                     "title",
                                                     "kind",
                                                     "author",
                                                     "host",
                                                     "phase",
                                                     "decision",
                                                     "code",
                                                     "ended",
                                                     "counted"};
  return kHeadings;
}

Row row_of(const std::string& name,
           const Files& files,
           const Decision& decision,
           const std::string& ended) {
  const auto change = change_of(files);
  std::string counted;
  for (const Digest& digest : decision.counted) {
    counted += (counted.empty() ? "" : " ") + digest.hex().substr(0, 16);
  }
  return {name,
          {name,
           decision.change.text(),
           change ? change->title : "",
           change ? std::string(enum_name(change->kind)) : "",
           change ? change->author.text() : "",
           decision.host ? decision.host->text() : "",
           decision.phase.text(),
           answer_word(decision),
           code_word(decision),
           ended,
           counted}};
}

Bytes table_of(const std::vector<Row>& rows) {
  Bytes out;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
      out += (i > 0 ? "," : "") + csv_cell(cells[i]);
    }
    out += "\r\n";
  };
  line(headings());
  for (const Row& row : rows) {
    line(row.cells);
  }
  return out;
}

Bytes page_of(const Digest& org, std::int64_t log_size, const std::vector<Row>& rows) {
  Bytes out =
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n"
      "<title>twoseal evidence</title>\n<style>body{font:1rem/1.5 system-ui,sans-serif;margin:2rem;"
      "color-scheme:light dark}table{border-collapse:collapse}td,th{border:1px solid;padding:.3rem "
      ".6rem;text-align:left;overflow-wrap:anywhere}</style>\n<h1>twoseal evidence</h1>\n";
  out += "<p>Organisation <code>" + html_text(org.text()) + "</code>, log of " +
         std::to_string(log_size) + " entries, " + std::to_string(rows.size()) +
         " decisions.</p>\n<p>This page is a summary. What it says is proven only by <code>twoseal "
         "verify FILE --org DIGEST</code>, with the digest received from "
         "elsewhere.</p>\n<table>\n<tr>";
  for (const std::string& heading : headings()) {
    out += "<th>" + html_text(heading) + "</th>";
  }
  out += "</tr>\n";
  for (const Row& row : rows) {
    out += "<tr>";
    for (const std::string& cell : row.cells) {
      out += "<td>" + html_text(cell) + "</td>";
    }
    out += "</tr>\n";
  }
  return out + "</table>\n</html>\n";
}

// The cases as their records show them: organisation, log and answers.
struct Reading {
  Digest org;
  std::int64_t log_size = 0;
  std::vector<CheckedCase> cases;
  std::vector<Row> rows;
};

Result<Reading> read_cases(const EvidenceCases& cases) {
  if (cases.empty()) {
    return fail(Errc::usage, "an evidence file has at least one case");
  }
  Reading reading;
  const Bytes* checkpoint = nullptr;
  for (const auto& [name, files] : cases) {
    TWOSEAL_TRY(const DecisionInputs inputs, load_inputs(files));
    const auto note = files.find("checkpoint.txt");
    if (note == files.end() || (checkpoint != nullptr && *checkpoint != note->second) ||
        (checkpoint != nullptr && reading.org != inputs.org)) {
      return fail(Errc::bad_field,
                  "all cases have the organisation and the checkpoint of the first",
                  std::string(kCases) + name);
    }
    checkpoint = &note->second;
    reading.org = inputs.org;
    // What a host remembers is its own; to the reader of the evidence it is somebody's word.
    CheckedCase one{name, "", decide(decision_part(files), inputs, Anchor::first_roster), ""};
    const auto change = change_of(files);
    one.title = change ? change->title : "";
    auto ended = ended_in(files, inputs);
    if (!ended) {
      return fail(ended.error().code, ended.error().what, std::string(kCases) + name);
    }
    one.ended = *std::move(ended);
    reading.rows.push_back(row_of(name, files, one.decision, one.ended));
    reading.cases.push_back(std::move(one));
  }
  return reading;
}

Digest root_of_note(BytesView note, std::int64_t& size) {
  // The second and third line of a checkpoint whose signature decide() has judged.
  const std::size_t first = note.find('\n');
  const std::size_t second = note.find('\n', first + 1);
  const std::size_t third = note.find('\n', second + 1);
  if (third == BytesView::npos) {
    return {};
  }
  const BytesView digits = note.substr(first + 1, second - first - 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), size);
  const auto root = base64_decode(note.substr(second + 1, third - second - 1));
  return root && root->size() == Digest::kSize ? Digest::from_bytes(*root) : Digest();
}

Bytes manifest_of(const Reading& reading) {
  Bytes out = "{\"cases\":[";
  for (std::size_t i = 0; i < reading.cases.size(); ++i) {
    out += (i > 0 ? "," : "") + json::quote(reading.cases[i].name);
  }
  return out + "],\"org\":" + json::quote(reading.org.text()) +
         ",\"type\":\"evidence-file\",\"v\":1}";
}

// The files of every case and what is derived from them.
codec::ArchiveFiles archive_of(const EvidenceCases& cases, const Reading& reading) {
  codec::ArchiveFiles files;
  for (std::size_t i = 0; i < reading.cases.size(); ++i) {
    const std::string folder = std::string(kCases) + reading.cases[i].name + "/";
    for (const auto& [path, bytes] : cases.at(reading.cases[i].name)) {
      files[folder + path] = bytes;
    }
    files[folder + "expect.json"] = codec::encode(expectation_of(reading.cases[i].decision));
  }
  files[std::string(kManifest)] = manifest_of(reading);
  files[std::string(kTable)] = table_of(reading.rows);
  files[std::string(kPage)] = page_of(reading.org, reading.log_size, reading.rows);
  return files;
}

void read_log_size(const EvidenceCases& cases, Reading& reading) {
  static_cast<void>(root_of_note(cases.begin()->second.at("checkpoint.txt"), reading.log_size));
}

EvidenceCases split(const codec::ArchiveFiles& files) {
  EvidenceCases cases;
  for (const auto& [path, bytes] : files) {
    if (path.starts_with(kCases)) {
      const std::size_t slash = path.find('/', kCases.size());
      const std::string name = path.substr(kCases.size(), slash - kCases.size());
      cases[name][slash == std::string::npos ? "" : path.substr(slash + 1)] = bytes;
    }
  }
  return cases;
}

// What the file claims about a case against what its records give.
void compare_answer(const Files& files, const CheckedCase& one, EvidenceReport& report) {
  const auto claimed = files.find("expect.json");
  const auto expectation = claimed != files.end()
                               ? codec::decode<Expectation>(claimed->second)
                               : Result<Expectation>(fail(Errc::not_found, "there is none"));
  if (expectation && same(*expectation, expectation_of(one.decision))) {
    return;
  }
  report.problems.push_back("cases/" + one.name + ": the records give " +
                            answer_word(one.decision) + " " + code_word(one.decision) +
                            (expectation
                                 ? ", claimed is " + expectation->decision + " " + expectation->code
                                 : ", and no answer is claimed"));
}

// The bytes of the roster with the highest number, or nullptr. Numbers have no leading zeros, so of
// two paths the longer one has the higher one.
const Bytes* newest_roster(const Files& files) {
  const Files::value_type* newest = nullptr;
  for (const auto& one : files) {
    if (one.first.starts_with("roster/") &&
        (newest == nullptr || one.first.size() >= newest->first.size())) {
      newest = &one;
    }
  }
  return newest != nullptr ? &newest->second : nullptr;
}

// Whether the log in the evidence continues the checkpoint that the reader kept.
void compare_checkpoint(const EvidenceCases& cases, BytesView kept, EvidenceReport& report) {
  const Files& files = cases.begin()->second;
  std::int64_t own_size = 0;
  const Digest own_root = root_of_note(files.at("checkpoint.txt"), own_size);
  const Bytes* const roster = newest_roster(files);
  const auto decoded = roster != nullptr
                           ? codec::decode<Roster>(*roster)
                           : Result<Roster>(fail(Errc::not_found, "there is no roster"));
  std::vector<NoteKey> keys;
  for (const std::string& vkey : decoded ? decoded->log.vkeys : std::vector<std::string>()) {
    if (auto key = NoteKey::parse(vkey)) {
      keys.push_back(*std::move(key));
    }
  }
  const auto held = open_checkpoint(kept, decoded ? decoded->log.origin : "", keys);
  if (!held) {
    report.problems.push_back("the given checkpoint: " + held.error().what);
    return;
  }
  const auto held_size = static_cast<std::int64_t>(held->size);
  if (held_size > own_size) {
    report.answer = EvidenceAnswer::pending;
    report.problems.push_back("the given checkpoint has " + std::to_string(held_size) +
                              " entries, the evidence only " + std::to_string(own_size));
    return;
  }
  std::vector<Digest> path;
  for (const auto& [name, one] : cases) {
    const auto proof = one.find("proofs/consistency-" + std::to_string(held_size) + "-" +
                                std::to_string(own_size) + ".json");
    const auto read = proof != one.end() ? codec::decode<ConsistencyProof>(proof->second)
                                         : Result<ConsistencyProof>(fail(Errc::not_found, ""));
    path = read ? read->path : path;
  }
  const auto consistent = verify_consistency(
      held->size, static_cast<std::uint64_t>(own_size), path, held->root, own_root);
  if (!consistent) {
    report.problems.push_back(
        "the log in the evidence is not shown to continue the given checkpoint: " +
        consistent.error().what);
  }
}

void compare_file(const codec::ArchiveFiles& files,
                  const codec::ArchiveFiles& expected,
                  EvidenceReport& report) {
  for (const auto& [path, bytes] : files) {
    const auto found = expected.find(path);
    if (found == expected.end()) {
      report.problems.push_back(path + ": has no place in an evidence file");
    } else if (found->second != bytes && !path.ends_with("/expect.json")) {
      report.problems.push_back(path + ": says something else than the records");
    }
  }
  for (const auto& [path, bytes] : expected) {
    if (!files.contains(path)) {
      report.problems.push_back(path + ": is missing");
    }
  }
}

}  // namespace

namespace {

// A host that remembers a roster decides without those before; a reader of evidence cannot.
Result<void> check_anchored(const EvidenceCases& cases, const Reading& reading) {
  for (const CheckedCase& one : reading.cases) {
    const Files& files = cases.at(one.name);
    TWOSEAL_TRY(const DecisionInputs inputs, load_inputs(files));
    const Decision own = decide(decision_part(files), inputs);
    if (own.answer != one.decision.answer || own.code != one.decision.code) {
      return fail(Errc::bad_field,
                  "the reader starts at the first roster: put every roster from version 1 on into "
                  "the directory, with the statements of the root keys",
                  std::string(kCases) + one.name);
    }
  }
  return {};
}

}  // namespace

Result<Bytes> make_evidence(const EvidenceCases& cases) {
  for (const auto& [name, files] : cases) {
    if (!is_id_text(name)) {
      return fail(Errc::usage, "'" + name + "' cannot name a case");
    }
  }
  TWOSEAL_TRY(Reading reading, read_cases(cases));
  TWOSEAL_TRY_VOID(check_anchored(cases, reading));
  read_log_size(cases, reading);
  return codec::write_archive(archive_of(cases, reading));
}

EvidenceReport check_evidence(BytesView file,
                              const std::optional<Digest>& org,
                              const std::optional<Bytes>& checkpoint) {
  EvidenceReport report;
  const auto files = codec::read_archive(file);
  if (!files) {
    report.no_archive = files.error();
    return report;
  }
  const EvidenceCases cases = split(*files);
  auto reading = read_cases(cases);
  if (!reading) {
    report.problems.push_back(reading.error().what + (reading.error().where.empty()
                                                          ? ""
                                                          : " (" + reading.error().where + ")"));
    return report;
  }
  read_log_size(cases, *reading);
  report.org = reading->org;
  report.log_size = reading->log_size;
  report.answer = org ? EvidenceAnswer::valid : EvidenceAnswer::consistent;
  for (const CheckedCase& one : reading->cases) {
    compare_answer(cases.at(one.name), one, report);
  }
  compare_file(*files, archive_of(cases, *reading), report);
  if (org && *org != report.org) {
    report.problems.push_back("the evidence is of organisation " + report.org.text());
  }
  const std::size_t problems = report.problems.size();
  if (checkpoint) {
    compare_checkpoint(cases, *checkpoint, report);
  }
  report.cases = std::move(reading->cases);
  if (report.answer != EvidenceAnswer::pending ? !report.problems.empty() : problems > 0) {
    report.answer = EvidenceAnswer::invalid;
  }
  return report;
}

}  // namespace twoseal
