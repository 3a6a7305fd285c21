// twoseal canon
#include "base/json.h"
#include "base/os_file.h"
#include "cli/compile.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

constexpr Operand kOperands[] = {{"FILE", "the file to check, or the YAML file to compile"}};
constexpr Flag kFlags[] = {
    {"--compile", "", "make canonical bytes out of a YAML file that people write"},
    {"--kind", "KIND", "change, state, people, hosts or policy, instead of what the file tells"},
    {"--dir",
     "DIR",
     "a directory of the organisation: the documents that the new one is made for and follows"},
    {"--org", "DIGEST", "of a state: the organisation, instead of --dir"},
    {"--author", "ID", "of a change: who writes it, p: or s: and a name"},
    {"--at", "SECONDS", "the time of writing, instead of this machine's"},
    {"--plan", "FILE", "of a change: the plan of its hosts"},
    {"--simulate",
     "",
     "of a change in a demo organisation: the plan of hosts that have nothing of it yet"},
    {"--risk", "NAME", "of a change: a risk that its author accepts", false, true},
    {"--profile", "NAME", "solo or team, when the documents need its defaults; team without it"},
    {"--into",
     "DIR",
     "write all that the file becomes into a decision directory, under the names of its page"},
};

Result<Report> run(const Arguments& arguments, const Session& session) {
  const std::string path = arguments.text("FILE");
  if (arguments.has("--compile")) {
    return compile_file(path, arguments, session);
  }
  for (const Flag& flag : kFlags) {
    if (arguments.has(flag.name)) {
      return fail(Errc::usage, std::string(flag.name) + " goes with --compile");
    }
  }
  TWOSEAL_TRY(const Bytes bytes, read_file(path));
  if (auto checked = json::check_canonical(bytes); !checked) {
    return std::unexpected(in_file(std::move(checked).error(), path));
  }
  const std::string digest = sha256(bytes).text();
  const std::string type = codec::peek_text(bytes, "type");
  Report report;
  report.text = "canonical  " + path + "  " + std::to_string(bytes.size()) + " bytes  " + digest +
                (type.empty() ? "" : "  " + type) + "\n";
  report.fields = {{"canonical", true},
                   {"digest", digest},
                   {"file", path},
                   {"size", bytes.size()},
                   {"type", type}};
  return report;
}

constexpr std::string_view kExamples[] = {
    "twoseal canon change.json",
    "twoseal canon --compile changes/ssh.yaml --author p:ada --dir org --plan plan.json --into org",
    "twoseal canon --compile web.yaml --org sha256:57b5… -o web.json"};
constexpr Exit kExits[] = {
    Exit::error, Exit::bad_data, Exit::no_input, Exit::try_again, Exit::permission};

}  // namespace

const Verb kCanon = {
    "canon",
    Group::objects,
    "check that a file is canonical JSON, or compile YAML to it",
    "Signatures are over exact bytes, so every value has exactly one accepted spelling: UTF-8, no "
    "space outside strings, keys in ascending order, integers only. The first byte that is wrong "
    "is named. Nothing is ever rewritten: a file that is not canonical is not signed.\n\n"
    "With --compile the file is YAML as people write it, and its canonical bytes are printed: a "
    "change with its hosts resolved against signed assignments, a state, or the next version of a "
    "roster, of policy and restrictions, or of assignments. Every fault is told with file, line "
    "and column. What the result names by digest, and files that come in several, are written by "
    "--into, which never changes a file that is there.",
    kOperands,
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
