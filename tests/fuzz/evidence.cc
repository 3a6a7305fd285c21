// Evidence files: what was packed out of any directory checks, and a file that somebody edited is
// invalid unless it is what we would pack out of its cases. The first octet chooses.
#include <algorithm>

#include "base/check.h"
#include "cli/evidence/evidence_file.h"
#include "cli/vectors/world.h"
#include "codec/archive.h"
#include "tests/fuzz/directory_edit.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a program of one namespace

namespace {

// Always the same organisation; `file` holds its one case.
struct Sample {
  vectors::World world;
  Files files = world.seal();
  Bytes file = make_evidence({{"web-01", files}}).value();
  Decision decision = check_evidence(file, world.org(), std::nullopt).cases.at(0).decision;
};

const Sample& sample() {
  static const Sample kSample;
  return kSample;
}

EvidenceCases cases_in(const Bytes& file) {
  EvidenceCases cases;
  const codec::ArchiveFiles files = codec::read_archive(file).value();
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("cases/")) {
      const std::size_t slash = path.find('/', 6);
      check(slash != std::string::npos, "in accepted evidence a case is a folder");
      cases[path.substr(6, slash - 6)][path.substr(slash + 1)] = bytes;
    }
  }
  return cases;
}

// A checkpoint that the reader kept, if any.
std::optional<Bytes> chosen_checkpoint(fuzz::Choices& choices) {
  const Bytes& own = sample().files.at("checkpoint.txt");
  switch (choices.below(4)) {
    case 2:
      return own;
    case 3:
      return fuzz::damaged(own, choices);
    default:
      return std::nullopt;
  }
}

EvidenceReport checked(const Bytes& file, const std::optional<Bytes>& kept) {
  auto report = check_evidence(file, sample().world.org(), kept);
  check(report.answer != EvidenceAnswer::consistent, "what is anchored is valid or not");
  check((report.answer == EvidenceAnswer::valid) == report.problems.empty(),
        "what is not valid has a reason");
  if (report.answer != EvidenceAnswer::valid) {
    return report;
  }
  check(make_evidence(cases_in(file)).value() == file, "valid evidence is what we would pack");
  check(report.org == sample().world.org(), "valid evidence is of the given organisation");
  check(!kept || *kept == sample().files.at("checkpoint.txt"), "the log is the one that was kept");
  return report;
}

// Nobody holds a key here, so what such evidence shows as permitted was permitted before.
void check_permits(const EvidenceReport& report) {
  for (const CheckedCase& one : report.cases) {
    if (report.answer == EvidenceAnswer::valid && one.decision.answer == Answer::permit) {
      check(one.decision.change == sample().decision.change &&
                one.decision.counted == sample().decision.counted,
            "evidence permits what was permitted");
    }
  }
}

void edit_archive(fuzz::Choices& choices) {
  const std::optional<Bytes> kept = chosen_checkpoint(choices);
  const codec::ArchiveFiles inside = codec::read_archive(sample().file).value();
  Files files(inside.begin(), inside.end());
  fuzz::edit_files(files, choices);
  if (const auto file = codec::write_archive(codec::ArchiveFiles(files.begin(), files.end()))) {
    check_permits(checked(*file, kept));
  }
}

void edit_case(fuzz::Choices& choices) {
  const std::optional<Bytes> kept = chosen_checkpoint(choices);
  EvidenceCases cases = {{"web-01", sample().files}};
  for (std::size_t i = 0; i < fuzz::kEditsMax && !choices.at_end(); ++i) {
    if (choices.below(8) == 7) {
      cases[choices.flag() ? "web-02" : choices.bytes()] = cases.begin()->second;
    }
    fuzz::edit_file(choices.flag() ? cases.begin()->second : cases.rbegin()->second, choices);
  }
  const auto file = make_evidence(cases);
  if (!file) {
    return;
  }
  check(check_evidence(*file, std::nullopt, std::nullopt).answer == EvidenceAnswer::consistent,
        "what was packed checks");
  check_permits(checked(*file, kept));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer asks for
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Choices choices(data, size);
  switch (choices.below(3)) {
    case 0:
      static_cast<void>(check_evidence(choices.rest(), std::nullopt, std::nullopt));
      break;
    case 1:
      edit_archive(choices);
      break;
    default:
      edit_case(choices);
  }
  return 0;
}
