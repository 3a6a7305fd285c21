// twoseal canon
#include "base/json.h"
#include "base/os_file.h"
#include "cli/verb_list.h"
#include "codec/objects.h"
#include "crypto/hash.h"

namespace twoseal::cli {
namespace {

Result<Report> run(const Arguments& arguments, const Session&) {
  const std::string path = arguments.text("FILE");
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

constexpr Operand kOperands[] = {{"FILE", "the file to check"}};
constexpr std::string_view kExamples[] = {"twoseal canon change.json"};
constexpr Exit kExits[] = {Exit::bad_data, Exit::no_input, Exit::permission};

}  // namespace

const Verb kCanon = {
    "canon",
    Group::objects,
    "check that a file is canonical JSON",
    "Signatures are over exact bytes, so every value has exactly one accepted spelling: UTF-8, no "
    "space outside strings, keys in ascending order, integers only. The first byte that is wrong "
    "is named. Nothing is ever rewritten: a file that is not canonical is not signed.",
    kOperands,
    {},
    kExamples,
    kExits,
    OutputFile::report,
    run,
};

}  // namespace twoseal::cli
