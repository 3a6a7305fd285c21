// twoseal decide
#include <charconv>

#include "base/limits.h"
#include "cli/decision_directory.h"
#include "cli/verb_list.h"
#include "policy/authorize.h"

namespace twoseal::cli {
namespace {

Result<UnixSeconds> parse_time(const std::string& text) {
  UnixSeconds time = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time);
  if (error != std::errc() || end != text.data() + text.size() || time < 0 ||
      time > limits::kIntegerMax) {
    return fail(Errc::usage, "--clock takes seconds since 1970, not '" + text + "'");
  }
  return time;
}

Result<HostId> parse_host(const std::string& text) {
  auto host = HostId::parse(text);
  return host ? std::move(host)
              : fail(Errc::bad_id,
                     "takes h: and 32 hexadecimal digits, not '" + text + "'",
                     "--host",
                     "take the id from the assignment of the host");
}

// What the command line says instead of inputs.json.
struct Instead {
  std::optional<UnixSeconds> clock;
  std::optional<HostId> host;
};

Result<Instead> instead_of(const Arguments& arguments) {
  Instead instead;
  if (const auto clock = arguments.find("--clock")) {
    TWOSEAL_TRY(instead.clock, parse_time(*clock));
  }
  if (const auto host = arguments.find("--host")) {
    TWOSEAL_TRY(instead.host, parse_host(*host));
  }
  return instead;
}

// inputs.json with what is said instead.
Result<DecisionInputs> inputs_of(const Arguments& arguments,
                                 const FoundDirectory& found,
                                 const Instead& instead) {
  if (const auto unread = found.unread.find("inputs.json"); unread != found.unread.end()) {
    return std::unexpected(unread->second);
  }
  auto loaded = load_inputs(found.files);
  if (!loaded) {
    return std::unexpected(
        in_file(std::move(loaded).error(), arguments.text("DIR") + "/inputs.json"));
  }
  DecisionInputs inputs = *std::move(loaded);
  inputs.clock = instead.clock.value_or(inputs.clock);
  inputs.host = instead.host ? instead.host : inputs.host;
  return inputs;
}

std::string_view word_of(Answer answer) {
  return answer == Answer::permit ? "permit" : answer == Answer::nochange ? "nochange" : "refuse";
}

std::string text_of(const Decision& decision) {
  std::string text(word_of(decision.answer));
  if (decision.answer == Answer::refuse) {
    text += " " + std::string(error_info(decision.code).refusal) + "\n";
  } else {
    text += "\n  change  " + decision.change.text() + "\n  phase   " + decision.phase.text() + "\n";
    text += decision.host ? "  host    " + decision.host->text() + "\n" : "";
    for (const Name& rule : decision.rules) {
      text += "  rule    " + rule.text() + "\n";
    }
    for (const Digest& digest : decision.counted) {
      text += "  counts  " + digest.text() + "\n";
    }
  }
  for (const Criterion& one : decision.criteria) {
    text += std::string(one.holds ? "  holds   " : "  fails   ") + one.name + ": " + one.value +
            (one.limit.empty() ? "" : " (" + one.limit + ")") + "\n";
  }
  for (const Reason& reason : decision.reasons) {
    text += "  step " + std::to_string(static_cast<int>(reason.step)) + "  " +
            std::string(error_info(reason.code).refusal) + "  " + reason.text + "\n";
  }
  for (const std::string& note : decision.notes) {
    text += "  note    " + note + "\n";
  }
  if (decision.answer == Answer::refuse) {
    text += "  next    " + std::string(error_info(decision.code).next) + "\n";
  }
  return text;
}

Json::Object fields_of(const Decision& decision) {
  const bool refused = decision.answer == Answer::refuse;
  Json::Array reasons;
  for (const Reason& reason : decision.reasons) {
    reasons.emplace_back(Json::Object{{"code", error_info(reason.code).refusal},
                                      {"error", error_code_text(reason.code)},
                                      {"exit", static_cast<int>(reason.exit)},
                                      {"step", static_cast<int>(reason.step)},
                                      {"text", reason.text}});
  }
  Json::Array counted;
  for (const Digest& digest : decision.counted) {
    counted.emplace_back(digest.text());
  }
  Json::Array rules;
  for (const Name& rule : decision.rules) {
    rules.emplace_back(rule.text());
  }
  return {{"decision", word_of(decision.answer)},
          {"code", refused ? error_info(decision.code).refusal : ""},
          {"exit", static_cast<int>(decision.exit)},
          {"org", decision.org.text()},
          {"change", decision.change.text()},
          {"host", decision.host ? decision.host->text() : ""},
          {"phase", decision.phase.text()},
          {"rules", rules},
          {"counted", counted},
          {"reasons", reasons},
          {"notes", json_list(decision.notes)}};
}

Result<Report> run(const Arguments& arguments, const Session&) {
  TWOSEAL_TRY(const Instead instead, instead_of(arguments));
  TWOSEAL_TRY(const FoundDirectory found, find_decision_directory(arguments.text("DIR")));
  TWOSEAL_TRY(const DecisionInputs inputs, inputs_of(arguments, found, instead));
  const Decision decision = decide(found.files, inputs, Anchor::memory, found.unread);
  return Report{text_of(decision), fields_of(decision), {}, decision.exit};
}

constexpr Operand kOperands[] = {{"DIR", "a decision directory"}};
constexpr Flag kFlags[] = {
    {"--clock", "SECONDS", "decide as if it were this time, in seconds since 1970"},
    {"--host", "ID", "decide for this host, h: and 32 hexadecimal digits"},
};
constexpr std::string_view kExamples[] = {"twoseal decide case",
                                          "twoseal decide case --clock 1795421400 --json"};
constexpr Exit kExits[] = {Exit::denied,
                           Exit::verification_failed,
                           Exit::stale,
                           Exit::pending,
                           Exit::bad_data,
                           Exit::no_input,
                           Exit::permission};

}  // namespace

const Verb kDecide = {
    "decide",
    Group::decisions,
    "decide from signed bytes whether a change may run",
    "Reads documents, statements and proofs out of a directory and runs the very code that an "
    "agent "
    "runs before it touches a host: authorize(), and admit() when inputs.json has an own plan. "
    "Prints "
    "permit, nochange or refuse with a code, and every reason.\n\nThe time comes from inputs.json "
    "or "
    "--clock, never from this machine, so the answer is the same everywhere and always.",
    kOperands,
    kFlags,
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
