#include "agent/run_record.h"

#include <doctest/doctest.h>

#include "crypto/hash.h"

using namespace twoseal;  // NOLINT(google-build-using-namespace): a test of one namespace

namespace {

Name name(const char* text) {
  return Name::parse(text).value();
}

RunBegun begun() {
  RunBegun record;
  record.at = 100;
  record.base = sha256("base");
  record.change = sha256("change");
  record.counts_for = name("patches");
  record.dead_man = true;
  record.owned = {"file:/etc/a"};
  record.owned_before = {"file:/etc/b"};
  record.phase = name("canary");
  record.scope = ScopeId::parse("web").value();
  record.undo_until = 200;
  PathState file;
  file.kind = FileKind::regular;
  file.mode = 0644;
  file.content = sha256("content");
  Program program;
  program.arguments = {"/bin/true", "a b"};
  program.environment = {"A=1"};
  program.seconds_max = 7;
  program.user = "www-data";
  PackageOperation packages;
  packages.closure.install = {{"nginx", "1.2", "amd64", sha256("deb"), 10, "http://deb/x"}};
  packages.closure.remove = {{"apache2", "2.4", "amd64", PackageStatus::configured, false}};
  record.operations = {
      keep(FileOperation{"/etc/a", {}, file, nullptr}),
      keep(UnitOperation{
          "a.service", UnitAct::enable, UnitActivity::failed, UnitEnablement::disabled}),
      keep(KernelOperation{"net.ipv4.tcp_rmem", "4096\t131072\t6291456", "1 2 3"}),
      keep(HoldOperation{"nginx", false, true}),
      keep(packages),
      keep(CommandOperation{"c", program, program, program})};
  record.inverses = {keep(HoldOperation{"nginx", true, false})};
  return record;
}

// Whether a record is spelled in one way, and read as what it was.
void check_round_trip(const RunRecord& record) {
  const Bytes bytes = encode_record(record);
  const auto read = decode_record(bytes);
  REQUIRE(read.has_value());
  CHECK(read->index() == record.index());
  CHECK(encode_record(*read) == bytes);
}

Errc error_of(BytesView bytes) {
  const auto read = decode_record(bytes);
  return read ? Errc{} : read.error().code;
}

}  // namespace

TEST_CASE("every record reads back as it was written") {
  check_round_trip(begun());
  RunBegun bare = begun();
  bare.base.reset();
  bare.counts_for.reset();
  bare.inverses.clear();
  bare.operations.clear();
  bare.owned.clear();
  check_round_trip(bare);
  for (const RunStage stage : {RunStage::command, RunStage::checking, RunStage::undoing}) {
    check_round_trip(RunMoved{sha256("change"), 3, stage, "a reason"});
  }
  check_round_trip(RunEnded{7, sha256("change"), "ok", std::nullopt});
  check_round_trip(RunEnded{7, sha256("change"), "rolled-back", 12});
  check_round_trip(RunClosed{sha256("change")});
  check_round_trip(RepairBegun{7, sha256("change"), 2, {"file:/a"}, ScopeId::parse("web").value()});
  check_round_trip(ReportMade{3});
  check_round_trip(OutcomeTold{sha256("change"), "ok"});
  check_round_trip(OutcomeTold{sha256("change"), "refused:W5", 12});
  check_round_trip(RunMemory{{{sha256("change"), true}},
                             {{20'000, 2, name("patches")}},
                             {{sha256("change"), {"file:/a"}, ScopeId::parse("web").value()}},
                             {{sha256("change"), 5}, {sha256("other"), std::nullopt}}});
}

TEST_CASE("each operation of a run is the same after it was kept") {
  const auto record = decode_record(encode_record(begun())).value();
  const auto& operations = std::get<RunBegun>(record).operations;
  REQUIRE(operations.size() == 6);
  const auto file = std::get<FileOperation>(unkeep(operations[0]).value());
  CHECK(file.after.content == sha256("content"));
  CHECK_FALSE(file.before.kind.has_value());
  const auto unit = std::get<UnitOperation>(unkeep(operations[1]).value());
  CHECK(unit.act == UnitAct::enable);
  CHECK(unit.activity == UnitActivity::failed);
  CHECK(unit.enablement == UnitEnablement::disabled);
  const auto kernel = std::get<KernelOperation>(unkeep(operations[2]).value());
  CHECK(kernel.before == "4096\t131072\t6291456");
  CHECK(std::get<HoldOperation>(unkeep(operations[3]).value()).after);
  const auto packages = std::get<PackageOperation>(unkeep(operations[4]).value());
  CHECK(packages.closure.install.front().size == 10);
  CHECK(packages.closure.remove.front().status == PackageStatus::configured);
  const auto command = std::get<CommandOperation>(unkeep(operations[5]).value());
  CHECK(command.run.arguments == std::vector<std::string>{"/bin/true", "a b"});
  CHECK(command.undo->user == "www-data");
  CHECK(command.unless->seconds_max == 7);
}

TEST_CASE("an operation that is nothing, or two things, is none") {
  KeptOperation none;
  CHECK_FALSE(unkeep(none).has_value());
  KeptOperation two = keep(HoldOperation{"nginx", true, false});
  two.kernel = KernelOperation{"a", std::nullopt, "1"};
  CHECK_FALSE(unkeep(two).has_value());
}

TEST_CASE("bytes that are no record are J1") {
  CHECK(error_of("") == Errc::refuse_j1);
  CHECK(error_of("{}") == Errc::refuse_j1);
  CHECK(error_of("not JSON") == Errc::refuse_j1);
  CHECK(error_of(R"({"record":"later"})") == Errc::refuse_j1);
  CHECK(error_of(R"({"record":1})") == Errc::refuse_j1);
  for (const char* kind :
       {"begun", "moved", "ended", "closed", "memory", "repairing", "reported", "told"}) {
    CAPTURE(kind);
    CHECK(error_of("{\"record\":\"" + std::string(kind) + "\"}") == Errc::refuse_j1);
  }
}

TEST_CASE("a record with any octet missing or one too many is J1") {
  const Bytes whole = encode_record(RunMoved{sha256("change"), 3, RunStage::undoing, "why"});
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CAPTURE(at);
    Bytes without = whole;
    without.erase(at, 1);
    if (octet(whole, at) != 'w' && octet(whole, at) != 'h' && octet(whole, at) != 'y') {
      CHECK(error_of(without) == Errc::refuse_j1);
    }
  }
  CHECK(error_of(whole + "\n") == Errc::refuse_j1);
}
