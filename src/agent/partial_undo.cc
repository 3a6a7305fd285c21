#include "agent/partial_undo.h"

#include <charconv>

namespace twoseal {
namespace {

constexpr std::size_t kRecordMax = std::size_t{1} << 20U;
constexpr std::string_view kNoFile = "-";

std::string name_of(const PathState& state) {
  return state.kind ? state.content.hex() : std::string(kNoFile);
}

std::string_view next_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  return word;
}

}  // namespace

std::string PartialUndo::file_of(const Digest& change) {
  return "changes/" + change.hex() + ".taken";
}

// A line for each operation: its place, and the digests of the file before and then.
Result<PartialUndo::Record> PartialUndo::read(const Digest& change) const {
  Record record;
  TWOSEAL_TRY(const auto bytes, home_.read(file_of(change), kRecordMax));
  std::string_view rest = bytes ? std::string_view(*bytes) : std::string_view();
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    const std::string_view number = next_word(line);
    std::size_t place = 0;
    const auto parsed = std::from_chars(number.data(), number.data() + number.size(), place);
    Taken taken;
    taken.from = next_word(line);
    taken.to = next_word(line);
    if (parsed.ec != std::errc() || taken.to.empty() || !line.empty()) {
      return fail(Errc::refuse_b3, "what was noted of an undo is damaged", file_of(change));
    }
    record[place] = std::move(taken);
  }
  return record;
}

Result<void> PartialUndo::write(const Digest& change, const Record& record) {
  Bytes text;
  for (const auto& [place, taken] : record) {
    text += std::to_string(place) + " " + taken.from + " " + taken.to + "\n";
  }
  return home_.write(file_of(change), std::move(text));
}

Result<std::optional<FileOperation>> PartialUndo::inverse_of(const Digest& change,
                                                             std::size_t place,
                                                             const FileOperation& one) {
  TWOSEAL_TRY(const auto edit, store_.edit_of(one));
  if (!edit) {
    return std::nullopt;
  }
  TWOSEAL_TRY(Record record, read(change));
  TWOSEAL_TRY(const PathState now, operator_.path_state(one.path));
  const auto known = record.find(place);
  if (known != record.end() && name_of(now) == known->second.to) {
    return FileOperation{one.path, now, now, nullptr};
  }
  // It may be out, and somebody has edited the file again: a second time would take other lines.
  if (known != record.end() && name_of(now) != known->second.from) {
    return fail(
        Errc::changed_meanwhile, "it was changed again since its lines were taken out", one.path);
  }
  TWOSEAL_TRY(FileOperation back, operator_.partial_inverse_of(one, edit->before, edit->after));
  record[place] = {name_of(back.before), name_of(back.after)};
  TWOSEAL_TRY_VOID(home_.with_reserve([&] { return write(change, record); }));
  return back;
}

}  // namespace twoseal
