#include "cli/evidence/evidence_file.h"

#include <doctest/doctest.h>

#include "cli/vectors/cases.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "ledger/note.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace
using vectors::World;

namespace {

struct Sample {
  World world;
  Files files = world.seal();
  Bytes file = make_evidence({{"web-01", files}}).value();
};

std::string problems(const EvidenceReport& report) {
  std::string text;
  for (const std::string& one : report.problems) {
    text += one + "\n";
  }
  return text;
}

Bytes altered(const Bytes& file, const std::function<void(codec::ArchiveFiles&)>& edit) {
  auto files = codec::read_archive(file).value();
  edit(files);
  return codec::write_archive(files).value();
}

}  // namespace

TEST_CASE("evidence is valid under its organisation and consistent without one") {
  Sample sample;
  const auto anchored = check_evidence(sample.file, sample.world.org(), std::nullopt);
  CAPTURE(problems(anchored));
  CHECK(anchored.answer == EvidenceAnswer::valid);
  CHECK(anchored.cases.size() == 1);
  CHECK(anchored.cases[0].title == "Message of the day");
  CHECK(anchored.log_size == static_cast<std::int64_t>(sample.world.log().size()));
  CHECK(check_evidence(sample.file, std::nullopt, std::nullopt).answer ==
        EvidenceAnswer::consistent);
  CHECK(check_evidence(sample.file, sha256("x"), std::nullopt).answer == EvidenceAnswer::invalid);
}

TEST_CASE("what the packer says to remember anchors nothing") {
  // A roster of the packer's own behind the genuine first one, and a state.json that remembers it.
  World world;
  vectors::add_roster(world);
  vectors::drop(world, "roster-2-root-1");
  vectors::drop(world, "roster-2-root-2");
  world.agent.roster = VersionRef{sha256("filled in below"), 2};
  Files files = world.seal();
  AgentState state = codec::decode<AgentState>(files.at("state.json")).value();
  state.roster = VersionRef{sha256(files.at("roster/2.json")), 2};
  files.at("state.json") = codec::encode(state);
  const auto inputs = load_inputs(files).value();
  CHECK(decide(files, inputs).answer == Answer::permit);
  CHECK(decide(files, inputs, Anchor::first_roster).code == Errc::refuse_r1);
  const auto packed = make_evidence({{"web-01", files}});
  REQUIRE_FALSE(packed);
  CHECK(packed.error().what.find("every roster from version 1 on") != std::string::npos);
  // Packed by another program, it is not what the records say.
  Sample sample;
  const Bytes forged = altered(sample.file, [&](codec::ArchiveFiles& archive) {
    std::erase_if(archive, [](const auto& one) { return one.first.starts_with("cases/web-01/"); });
    for (const auto& [path, bytes] : files) {
      archive["cases/web-01/" + path] = bytes;
    }
  });
  CHECK(check_evidence(forged, world.org(), std::nullopt).answer == EvidenceAnswer::invalid);
  CHECK(check_evidence(forged, std::nullopt, std::nullopt).answer == EvidenceAnswer::invalid);
}

TEST_CASE("a refused decision is evidence too") {
  World world;
  world.statements.erase(world.statements.begin() + 2);
  const Bytes file = make_evidence({{"refused", world.seal()}}).value();
  const auto report = check_evidence(file, world.org(), std::nullopt);
  CHECK(report.answer == EvidenceAnswer::valid);
  CHECK(report.cases[0].decision.code == Errc::refuse_s3);
}

TEST_CASE("what is altered, claimed falsely, added or missing makes evidence invalid") {
  Sample sample;
  const auto check = [&](const Bytes& file) {
    const auto report = check_evidence(file, sample.world.org(), std::nullopt);
    CHECK(report.answer == EvidenceAnswer::invalid);
    CHECK_FALSE(report.problems.empty());
    return problems(report);
  };
  CHECK(check(altered(sample.file, [](auto& files) { files["index.html"] += "<p>all is well"; })) ==
        "index.html: says something else than the records\n");
  CHECK(check(altered(sample.file, [](auto& files) {
          files["population.csv"] += "x";
        })).starts_with("population.csv"));
  CHECK(check(altered(sample.file, [](auto& files) { files["extra"] = "x"; })) ==
        "extra: has no place in an evidence file\n");
  CHECK(check(altered(sample.file, [](auto& files) { files.erase("evidence.json"); })) ==
        "evidence.json: is missing\n");
  CHECK(check(altered(sample.file, [](auto& files) {
          files["cases/web-01/expect.json"] = R"({"code":"S3","decision":"refuse","exit":5})";
        })).starts_with("cases/web-01: the records give permit"));
  CHECK(check(altered(sample.file, [](auto& files) {
          files.erase("cases/web-01/expect.json");
        })).find("no answer is claimed") != std::string::npos);
  CHECK(check(altered(sample.file, [](auto& files) {
          files.erase("cases/web-01/inputs.json");
        })).find("inputs.json") != std::string::npos);
  CHECK(check(altered(sample.file, [](auto& files) { files.clear(); })).find("at least one case") !=
        std::string::npos);
  const Bytes half = sample.file.substr(0, sample.file.size() / 2);
  const auto report = check_evidence(half, sample.world.org(), std::nullopt);
  CHECK(report.answer == EvidenceAnswer::invalid);
  CHECK(report.no_archive.value().code == Errc::bad_zip);
}

TEST_CASE("cases of two logs do not stand in one file") {
  World one;
  World two;
  two.statements.pop_back();
  const auto file = make_evidence({{"a", one.seal()}, {"b", two.seal()}});
  REQUIRE_FALSE(file.has_value());
  CHECK(file.error().code == Errc::bad_field);
  CHECK(make_evidence({{"A", World().seal()}}).error().code == Errc::usage);
}

TEST_CASE("a kept checkpoint must be continued") {
  Sample sample;
  const auto with = [&](const Bytes& note) {
    return check_evidence(sample.file, sample.world.org(), note);
  };
  CHECK(with(sample.files.at("checkpoint.txt")).answer == EvidenceAnswer::valid);
  CHECK(with("nonsense").answer == EvidenceAnswer::invalid);
  World longer;
  vectors::Signing more = longer.statements[1];
  more.label = "again";
  more.at += 1;
  longer.statements.push_back(more);
  CHECK(with(longer.seal().at("checkpoint.txt")).answer == EvidenceAnswer::pending);
  World other;
  other.statements[0].at += 1;
  CHECK(with(other.seal().at("checkpoint.txt")).answer == EvidenceAnswer::invalid);
}

TEST_CASE("the keys for a kept checkpoint are those of the newest of ten rosters") {
  World world;
  world.keys["next-log"] = vectors::software_key("next-log", KeyKind::ssh);
  world.log_key = "next-log";
  while (world.rosters.size() < 10) {
    vectors::add_roster(world);
  }
  const NoteKey key =
      NoteKey::make(vectors::kLogOrigin, world.keys.at("next-log").pub.point()).value();
  world.rosters.back().log.vkeys = {key.text()};
  const Files files = world.seal();
  const Bytes file = make_evidence({{"web-01", files}}).value();
  const auto report = check_evidence(file, world.org(), files.at("checkpoint.txt"));
  CAPTURE(problems(report));
  CHECK(report.answer == EvidenceAnswer::valid);
}

TEST_CASE("hostile titles reach neither formulas nor markup") {
  World world;
  world.change.title = "=cmd|' <script>alert(1)</script>";
  const Bytes file = make_evidence({{"x", world.seal()}}).value();
  const auto files = codec::read_archive(file).value();
  CHECK(files.at("index.html").find("<script") == std::string::npos);
  CHECK(files.at("population.csv").find("\"'=cmd") != std::string::npos);
}

namespace {

// A case whose host signed `outcomes` afterwards, one after the other.
Files with_ending(const std::vector<std::string>& outcomes) {
  World world;
  for (const std::string& outcome : outcomes) {
    vectors::add_result(world, "web-01", outcome);
  }
  Files files;
  for (const auto& [path, bytes] : world.seal()) {
    const bool word = path.starts_with("results/");
    files[(word ? "ended/" : "") + path] = bytes;
  }
  return files;
}

// The digest of the statement by which the host said it, and the path of its record.
std::pair<std::string, std::string> word_in(const Files& files) {
  for (const auto& [path, bytes] : files) {
    if (path.starts_with("statements/")) {
      const auto record = codec::decode<SignatureRecord>(bytes).value();
      if (codec::decode<Statement>(record.statement)->obj_type == ObjType::result) {
        return {sha256(record.statement).hex(), path};
      }
    }
  }
  return {};
}

std::string ending_of(const Files& files) {
  const auto file = make_evidence({{"web-01", files}});
  REQUIRE_MESSAGE(file.has_value(), (file ? "" : file.error().what));
  const auto report = check_evidence(*file, std::nullopt, std::nullopt);
  CAPTURE(problems(report));
  CHECK(report.answer == EvidenceAnswer::consistent);
  return report.cases.at(0).ended;
}

}  // namespace

TEST_CASE("what a host signed afterwards says how it ended, and decides nothing") {
  CHECK(ending_of(Sample().files).empty());
  CHECK(ending_of(with_ending({"ok"})) == "ok");
  CHECK(ending_of(with_ending({"ok", "rolled-back"})) == "ok, rolled-back");
  const auto report =
      check_evidence(make_evidence({{"web-01", with_ending({"failed"})}}).value(), {}, {});
  CHECK(report.cases.at(0).decision.answer == Answer::permit);
}

TEST_CASE("an ending that its host did not sign, or that the log has not, is none") {
  const Files sound = with_ending({"ok"});
  const auto [word, record] = word_in(sound);
  for (const std::string& path : {record, "proofs/" + word + ".json"}) {
    Files files = sound;
    REQUIRE(files.erase(path) == 1);
    CAPTURE(path);
    CHECK_FALSE(make_evidence({{"web-01", files}}).has_value());
  }
  Files lying = sound;
  for (auto& [path, bytes] : lying) {
    if (path.starts_with("ended/")) {
      bytes.replace(bytes.find("\"ok\""), 4, "\"nochange\"");
    }
  }
  CHECK_FALSE(make_evidence({{"web-01", lying}}).has_value());
}
