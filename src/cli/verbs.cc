#include "cli/verbs.h"

#include <algorithm>
#include <array>

#include "cli/verb_list.h"

namespace twoseal::cli {
namespace {

constexpr std::array kVerbs = {
    &kLogin,
    &kLogout,
    &kSessionList,
    &kSessionEnd,
    &kStatus,
    &kPlan,
    &kPropose,
    &kReview,
    &kApprove,
    &kReject,
    &kWithdraw,
    &kShip,
    &kSignoff,
    &kRollback,
    &kChangeList,
    &kChangeShow,
    &kChangeDiff,
    &kChangeLogs,
    &kChangeWait,
    &kChangeStop,
    &kChangePause,
    &kChangeResume,
    &kTokenJoin,
    &kTokenList,
    &kTokenRevoke,
    &kHostAssign,
    &kHostSign,
    &kHostList,
    &kHostShow,
    &kHostRetire,
    &kAgentJoin,
    &kAgentRun,
    &kAgentSimulate,
    &kApply,
    &kCheck,
    &kContentAdd,
    &kContentList,
    &kContentShow,
    &kContentProfiles,
    &kContentDiff,
    &kCanon,
    &kDigest,
    &kWords,
    &kKeyNew,
    &kKeyShow,
    &kKeyRestore,
    &kKeyOffer,
    &kSign,
    &kOrgNew,
    &kDocumentList,
    &kDocumentShow,
    &kDocumentIssue,
    &kDocumentSign,
    &kChangeRelease,
    &kDecide,
    &kVectorsList,
    &kVectorsExport,
    &kVectorsRun,
    &kLedgerInit,
    &kLedgerAppend,
    &kLedgerCheckpoint,
    &kLedgerProve,
    &kLedgerVerify,
    &kLedgerAudit,
    &kEvidencePack,
    &kEvidenceExport,
    &kVerify,
    &kTestbedUp,
    &kTestbedList,
    &kTestbedRun,
    &kTestbedCopy,
    &kTestbedDown,
    &kExplain,
    &kServerInit,
    &kServerRun,
    &kServerBackup,
    &kServerKeyBackup,
    &kServerRestore,
    &kServerMigrate,
    &kDoctor,
    &kCompletion,
    &kMan,
};

constexpr Flag kGlobalFlags[] = {
    {"--help", "", "show what the verb does, its flags and an example (also -h)"},
    {"--version", "", "show the version"},
    {"--quiet", "", "say nothing on standard error but errors (also -q)"},
    {"--verbose", "", "say what is done (also -v)"},
    {"--debug", "", "say in detail what is done, every program that is called among it"},
    {"--json", "[=FIELDS]", "print one JSON object; with FIELDS only these, separated by commas"},
    {"--output", "FILE", "write the result to FILE, which may not exist yet (also -o)"},
    {"--no-input", "", "never ask; what would have to be asked is an error"},
    {"--no-color", "", "print without colour, as NO_COLOR in the environment does"},
};

}  // namespace

std::span<const Verb* const> all_verbs() {
  return kVerbs;
}

const Verb* find_verb(std::string_view name) {
  const auto found = std::find_if(
      kVerbs.begin(), kVerbs.end(), [&](const Verb* verb) { return verb->name == name; });
  return found == kVerbs.end() ? nullptr : *found;
}

bool is_noun(std::string_view noun) {
  return std::any_of(kVerbs.begin(), kVerbs.end(), [&](const Verb* verb) {
    return verb->name.size() > noun.size() && verb->name.starts_with(noun) &&
           verb->name[noun.size()] == ' ';
  });
}

std::span<const Flag> global_flags() {
  return kGlobalFlags;
}

std::string_view group_title(Group group) {
  switch (group) {
    case Group::daily:
      return "Every day";
    case Group::hosts:
      return "Hosts";
    case Group::compliance:
      return "Compliance";
    case Group::server:
      return "Server";
    case Group::objects:
      return "Objects and signatures";
    case Group::organisation:
      return "Organisation";
    case Group::decisions:
      return "Decisions";
    case Group::ledger:
      return "Ledger and evidence";
    case Group::testbed:
      return "Test bed";
    case Group::help:
      return "Help";
  }
  return "";
}

std::string_view exit_meaning(Exit exit) {
  switch (exit) {
    case Exit::done:
      return "done, nothing differs";
    case Exit::error:
      return "error";
    case Exit::difference:
      return "a difference was found";
    case Exit::sign_in_needed:
      return "signing in is needed first";
    case Exit::denied:
      return "denied";
    case Exit::verification_failed:
      return "verification failed";
    case Exit::stale:
      return "stale or in conflict";
    case Exit::pending:
      return "still pending";
    case Exit::usage:
      return "wrong usage";
    case Exit::bad_data:
      return "malformed input";
    case Exit::no_input:
      return "no such input";
    case Exit::unavailable:
      return "unavailable";
    case Exit::try_again:
      return "try again";
    case Exit::permission:
      return "permission denied";
    case Exit::configuration:
      return "wrong configuration";
    case Exit::timed_out:
      return "timed out";
    case Exit::interrupted:
      return "interrupted";
  }
  return "";
}

std::vector<Exit> exits_of(const Verb& verb) {
  // Any verb may be called wrongly, lose its output, or be interrupted.
  std::vector<Exit> exits = {
      Exit::done, Exit::error, Exit::usage, Exit::try_again, Exit::interrupted};
  exits.insert(exits.end(), verb.exits.begin(), verb.exits.end());
  std::sort(exits.begin(), exits.end());
  exits.erase(std::unique(exits.begin(), exits.end()), exits.end());
  return exits;
}

std::string usage_line(const Verb& verb) {
  std::string line = "twoseal " + std::string(verb.name);
  const auto add = [&](const Flag& flag) {
    line += " " + std::string(flag.name) + (flag.value.empty() ? "" : " ");
    line += flag.value;
  };
  for (const Flag& flag : verb.flags) {
    if (flag.required) {
      add(flag);
    }
  }
  for (const Operand& operand : verb.operands) {
    const std::string name(operand.name);
    line += operand.occurs == Occurs::once       ? " " + name
            : operand.occurs == Occurs::optional ? " [" + name + "]"
                                                 : " [" + name + "…]";
  }
  return line + " [flags]";
}

}  // namespace twoseal::cli
