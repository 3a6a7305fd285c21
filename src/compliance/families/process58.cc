// process58: running processes, from /proc.
#include <algorithm>

#include "compliance/families/family.h"
#include "compliance/families/lines.h"

namespace twoseal::scap {
namespace {

constexpr std::uint64_t kProcType = 0x9fa0;
constexpr std::size_t kProcFileMax = std::size_t{4} << 20U;
constexpr std::int64_t kKernelThreads = 2;  // pid of kthreadd

std::string text_of(const InspectedHost& host, const std::string& path) {
  const auto text = host.files->read(path, kProcFileMax);
  return text && *text ? **text : std::string();
}

// The arguments with blanks between them; a process without any is called by its name.
std::string command_line(const InspectedHost& host,
                         const std::string& directory,
                         std::string_view name,
                         bool is_zombie) {
  std::string line = text_of(host, directory + "/cmdline");
  while (line.ends_with('\0')) {
    line.pop_back();
  }
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\0' || c == '\n'; }, ' ');
  if (is_zombie) {
    return "[" + std::string(name) + "] <defunct>";
  }
  return line.empty() ? std::string(name) : line;
}

std::string_view scheduling_class(std::string_view policy) {
  constexpr std::string_view kNames[] = {"TS", "FF", "RR", "B", "ISO", "IDL", "DLN"};
  const auto number = whole_number(policy);
  return number && *number >= 0 && *number < 7 ? kNames[static_cast<std::size_t>(*number)] : "?";
}

struct Process {
  std::string name;
  std::vector<std::string_view> fields;  ///< of stat, from the state on
  std::string stat;
};

std::optional<Process> read_process(const InspectedHost& host, const std::string& directory) {
  Process process;
  process.stat = text_of(host, directory + "/stat");
  const std::size_t open = process.stat.find('(');
  const std::size_t close = process.stat.rfind(')');
  if (open == std::string::npos || close == std::string::npos || close < open) {
    return std::nullopt;
  }
  process.name = process.stat.substr(open + 1, close - open - 1);
  process.fields = split_at_blanks(std::string_view(process.stat).substr(close + 1));
  constexpr std::size_t kFieldsMin = 39;  // proc(5): policy is the 41st of the whole line
  return process.fields.size() < kFieldsMin ? std::nullopt : std::optional(std::move(process));
}

std::optional<std::int64_t> user_of(std::string_view status, std::size_t which) {
  std::string_view line;
  while (next_line(status, line)) {
    if (line.starts_with("Uid:")) {
      const auto words = split_at_blanks(line.substr(4));
      return words.size() > which ? whole_number(words[which]) : std::nullopt;
    }
  }
  return std::nullopt;
}

void collect_one(const InspectedHost& host,
                 const ObjectQuery& query,
                 std::int64_t pid,
                 Collection& to) {
  const std::string directory = "/proc/" + std::to_string(pid);
  const auto process = read_process(host, directory);
  if (!process) {
    return;  // it has ended meanwhile
  }
  const auto field = [&](std::size_t i) { return process->fields[i]; };
  const std::int64_t parent = whole_number(field(1)).value_or(0);
  if (pid == kKernelThreads || parent == kKernelThreads) {
    return;
  }
  const std::string line = command_line(host, directory, process->name, field(0) == "Z");
  const std::string status = text_of(host, directory + "/status");
  StoredItem item(Family::process58);
  item.add(EntityName::command_line, line);
  item.add_integer(EntityName::pid, pid);
  item.add_integer(EntityName::ppid, parent);
  item.add_integer(EntityName::priority, whole_number(field(15)).value_or(0));
  if (const auto real = user_of(status, 0)) {
    item.add_integer(EntityName::ruid, *real);
  }
  item.add(EntityName::scheduling_class, scheduling_class(field(38)));
  item.add(EntityName::tty, field(4));
  if (const auto effective = user_of(status, 1)) {
    item.add_integer(EntityName::user_id, *effective);
  }
  if (const auto login = whole_number(text_of(host, directory + "/loginuid"))) {
    item.add_integer(EntityName::loginuid, *login);
  }
  item.add_integer(EntityName::session_id, whole_number(field(3)).value_or(0));
  Verdicts verdicts;
  verdicts.add(query.matches(EntityName::command_line, line));
  verdicts.add(query.matches(EntityName::pid, ItemValue::of_integer(pid)));
  to.add_if(combine(Operator::conjunction, verdicts), item, "a process");
}

}  // namespace

void collect_process58(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (host.files->file_system_type("/proc") != kProcType) {
    to.note(Flag::not_collected, "no running process belongs to this root: it has no /proc");
    return;
  }
  auto proc = host.files->open("/proc");
  const auto entries = proc && *proc != nullptr
                           ? (*proc)->list()
                           : Result<std::vector<NodeEntry>>(fail(Errc::io_failed, "/proc"));
  if (!entries) {
    to.note(Flag::error, entries.error().what);
    return;
  }
  std::vector<std::int64_t> pids;
  for (const NodeEntry& entry : *entries) {
    if (const auto pid = whole_number(entry.name)) {
      pids.push_back(*pid);
    }
  }
  std::sort(pids.begin(), pids.end());
  for (const std::int64_t pid : pids) {
    collect_one(host, query, pid, to);
  }
}

}  // namespace twoseal::scap
