// process58: running processes, from /proc.
#include <algorithm>
#include <ctime>
#include <unistd.h>

#include "compliance/families/family.h"
#include "compliance/families/lines.h"
#include "compliance/families/running_processes.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kProcFileMax = std::size_t{4} << 20U;
constexpr std::int64_t kKernelThread = 0x200000;  // PF_KTHREAD of linux/sched.h

// Nothing when the process has ended meanwhile, or when that was noted as an error.
std::optional<std::string> text_of(const InspectedHost& host,
                                   const std::string& path,
                                   Collection& to) {
  auto text = host.files->read(path, kProcFileMax);
  if (!text) {
    to.note(Flag::error, text.error().what + ": " + path);
    return std::nullopt;
  }
  return std::move(*text);
}

// The arguments with blanks between them; a process without any is called by its name.
std::string command_line(std::string arguments, std::string_view name, bool is_zombie) {
  while (arguments.ends_with('\0')) {
    arguments.pop_back();
  }
  std::replace_if(
      arguments.begin(), arguments.end(), [](char c) { return c == '\0' || c == '\n'; }, ' ');
  if (is_zombie) {
    return "[" + std::string(name) + "] <defunct>";
  }
  return arguments.empty() ? std::string(name) : arguments;
}

// The terminal of a process by its number (proc(5), Documentation/admin-guide/devices.txt), as
// ps(1) writes it; `?` for none.
std::string terminal(std::string_view field) {
  constexpr std::int64_t kConsoles = 4;
  constexpr std::int64_t kSerial = 64;
  constexpr std::int64_t kFirstPseudo = 136;
  constexpr std::int64_t kPseudo = 8;
  const std::int64_t number = whole_number(field).value_or(0);
  const std::int64_t major = (number >> 8) & 0xFFF;
  const std::int64_t minor = (number & 0xFF) | ((number >> 12) & 0xFFF00);
  if (major >= kFirstPseudo && major < kFirstPseudo + kPseudo) {
    return "pts/" + std::to_string((major - kFirstPseudo) * 256 + minor);
  }
  if (major == kConsoles) {
    return minor < kSerial ? "tty" + std::to_string(minor)
                           : "ttyS" + std::to_string(minor - kSerial);
  }
  return number == 0 ? "?" : std::to_string(major) + ":" + std::to_string(minor);
}

std::string_view scheduling_class(std::string_view policy) {
  constexpr std::string_view kNames[] = {"TS", "FF", "RR", "B", "ISO", "IDL", "DLN"};
  const auto number = whole_number(policy);
  return number && *number >= 0 && *number < 7 ? kNames[static_cast<std::size_t>(*number)] : "?";
}

std::string two_digits(std::int64_t number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

std::string clock_words(std::int64_t hours, std::int64_t minutes, std::int64_t seconds) {
  return two_digits(hours) + ":" + two_digits(minutes) + ":" + two_digits(seconds);
}

// Whether a number can be one of ticks, or of seconds since 1970; the sum of two is a number too.
bool is_time(const std::optional<std::int64_t>& number) {
  constexpr std::int64_t kMax = std::int64_t{1} << 53U;
  return number && *number >= 0 && *number <= kMax;
}

// `00:01:02`, from a day on `1-00:00:00`, as ps(1) writes it. Nothing when a field is no time.
std::optional<std::string> exec_time(std::string_view user, std::string_view system) {
  constexpr std::int64_t kDay = 86400;
  const auto of_user = whole_number(user);
  const auto of_system = whole_number(system);
  if (!is_time(of_user) || !is_time(of_system)) {
    return std::nullopt;
  }
  const std::int64_t seconds = (*of_user + *of_system) / ::sysconf(_SC_CLK_TCK);
  const std::int64_t days = seconds / kDay;
  return (days == 0 ? "" : std::to_string(days) + "-") +
         clock_words(seconds % kDay / 3600, seconds / 60 % 60, seconds % 60);
}

// When the kernel was started, and now, by its own count; in seconds since 1970.
struct Moments {
  std::int64_t boot = 0;
  std::int64_t now = 0;
};

std::optional<Moments> moments_of(const InspectedHost& host) {
  const auto stat = host.files->read("/proc/stat", kProcFileMax);
  const auto uptime = host.files->read("/proc/uptime", kProcFileMax);
  if (!stat || !*stat || !uptime || !*uptime) {
    return std::nullopt;
  }
  const auto up = whole_number(std::string_view(**uptime).substr(0, (*uptime)->find('.')));
  std::string_view rest = **stat;
  std::string_view line;
  while (is_time(up) && next_line(rest, line)) {
    const auto boot = line.starts_with("btime ") ? whole_number(line.substr(6)) : std::nullopt;
    if (is_time(boot)) {
      return Moments{*boot, *boot + *up};
    }
  }
  return std::nullopt;
}

// `12:34:56` of this day, `Feb_5` of another one, in the time zone of the machine that looks.
// Nothing when it cannot be told.
std::optional<std::string> start_time(std::string_view ticks,
                                      const std::optional<Moments>& moments) {
  constexpr const char* kMonths[] = {
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto after_boot = whole_number(ticks);
  if (!moments || !is_time(after_boot)) {
    return std::nullopt;
  }
  const std::time_t started = moments->boot + *after_boot / ::sysconf(_SC_CLK_TCK);
  const std::time_t now = moments->now;
  std::tm start = {};
  std::tm today = {};
  if (started > now || ::localtime_r(&started, &start) == nullptr ||
      ::localtime_r(&now, &today) == nullptr) {
    return std::nullopt;
  }
  if (start.tm_year == today.tm_year && start.tm_yday == today.tm_yday) {
    return clock_words(start.tm_hour, start.tm_min, start.tm_sec);
  }
  return kMonths[start.tm_mon] + ("_" + std::to_string(start.tm_mday));
}

void add_or_error(EntityName name, const std::optional<std::string>& text, StoredItem& item) {
  if (text) {
    item.add(name, *text);
  } else {
    item.add_status(name, Status::error);
  }
}

struct Process {
  std::string name;
  std::vector<std::string_view> fields;  ///< of stat, from the state on
  std::string stat;
};

std::optional<Process> parse_process(std::string stat) {
  Process process;
  process.stat = std::move(stat);
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

// Whether it is a thread of the kernel. Its number tells nothing: in a container any process may
// have that of kthreadd.
std::optional<bool> is_of_kernel(const Process& process) {
  constexpr std::size_t kFlags = 6;  // proc(5): the 9th of the whole line
  const auto flags = whole_number(process.fields[kFlags]);
  return flags ? std::optional((*flags & kKernelThread) != 0) : std::nullopt;
}

// What /proc tells of one process.
struct Files {
  Process process;
  std::string arguments;
  std::string status;
  std::optional<std::int64_t> login;
};

std::optional<Files> read_files(const InspectedHost& host, std::int64_t pid, Collection& to) {
  const std::string directory = "/proc/" + std::to_string(pid);
  auto stat = text_of(host, directory + "/stat", to);
  auto arguments = text_of(host, directory + "/cmdline", to);
  auto status = text_of(host, directory + "/status", to);
  const auto login = text_of(host, directory + "/loginuid", to);
  if (!stat || !arguments || !status) {
    return std::nullopt;
  }
  auto process = parse_process(std::move(*stat));
  if (!process) {
    to.note(Flag::error, "it is no state of a process: " + directory + "/stat");
    return std::nullopt;
  }
  return Files{std::move(*process),
               std::move(*arguments),
               std::move(*status),
               login ? whole_number(*login) : std::nullopt};
}

void collect_one(const InspectedHost& host,
                 const ObjectQuery& query,
                 std::int64_t pid,
                 const std::optional<Moments>& moments,
                 Collection& to) {
  const Verdict wanted = query.matches(EntityName::pid, ItemValue::of_integer(pid));
  if (wanted == Verdict::no) {
    return;
  }
  const auto files = read_files(host, pid, to);
  if (!files) {
    return;
  }
  const auto of_kernel = is_of_kernel(files->process);
  if (!of_kernel) {
    to.note(Flag::error, "a process has no flags: " + std::to_string(pid));
    return;
  }
  if (*of_kernel) {
    return;
  }
  const auto field = [&](std::size_t i) { return files->process.fields[i]; };
  const std::int64_t parent = whole_number(field(1)).value_or(0);
  const std::string line = command_line(files->arguments, files->process.name, field(0) == "Z");
  StoredItem item(Family::process58);
  item.add(EntityName::command_line, line);
  add_or_error(EntityName::exec_time, exec_time(field(11), field(12)), item);
  item.add_integer(EntityName::pid, pid);
  item.add_integer(EntityName::ppid, parent);
  item.add_integer(EntityName::priority, whole_number(field(15)).value_or(0));
  if (const auto real = user_of(files->status, 0)) {
    item.add_integer(EntityName::ruid, *real);
  }
  item.add(EntityName::scheduling_class, scheduling_class(field(38)));
  add_or_error(EntityName::start_time, start_time(field(19), moments), item);
  item.add(EntityName::tty, terminal(field(4)));
  if (const auto effective = user_of(files->status, 1)) {
    item.add_integer(EntityName::user_id, *effective);
  }
  if (files->login) {
    item.add_integer(EntityName::loginuid, *files->login);
  }
  item.add_integer(EntityName::session_id, whole_number(field(3)).value_or(0));
  Verdicts verdicts;
  verdicts.add(query.matches(EntityName::command_line, line));
  verdicts.add(wanted);
  to.add_if(combine(Operator::conjunction, verdicts), item, "a process");
}

}  // namespace

void collect_process58(const InspectedHost& host, const ObjectQuery& query, Collection& to) {
  if (!has_processes(host, to)) {
    return;
  }
  const std::vector<std::int64_t> pids = running_processes(host, to);
  const std::optional<Moments> moments = moments_of(host);  // later than any of them has started
  for (const std::int64_t pid : pids) {
    collect_one(host, query, pid, moments, to);
  }
}

}  // namespace twoseal::scap
