#include "compliance/sql/fact_readers.h"

#include <algorithm>
#include <iterator>

#include "compliance/families/lines.h"
#include "compliance/xml.h"
#include "system/os_release.h"

namespace twoseal::scap {
namespace {

constexpr std::size_t kFileMax = std::size_t{4} << 20U;
constexpr std::size_t kNamesMax = 100'000;
constexpr std::size_t kSlavesMax = 16;  // devices that lie on one another

FactProblem error_of(const Error& error) {
  return {RuleResult::error, error.where.empty() ? error.what : error.what + ", " + error.where};
}

std::string_view kind_word(NodeKind kind) {
  constexpr std::string_view kWords[] = {"unknown",
                                         "regular",
                                         "directory",
                                         "symlink",
                                         "fifo",
                                         "socket",
                                         "character device",
                                         "block device"};
  return kWords[static_cast<std::size_t>(kind)];
}

// Names in a directory, ascending; none when it is not there. Errc::too_large above the bound.
Result<std::vector<std::string>> names_in(const InspectedHost& host, const std::string& directory) {
  std::vector<std::string> names;
  TWOSEAL_TRY(const auto open, host.files->open(directory));
  if (open == nullptr) {
    return names;
  }
  TWOSEAL_TRY_VOID(each_entry(*open, [&](const NodeEntry& entry) {
    if (names.size() <= kNamesMax) {
      names.emplace_back(entry.name);
    }
  }));
  if (names.size() > kNamesMax) {
    return fail(Errc::too_large, "the directory holds too many names", directory);
  }
  std::sort(names.begin(), names.end());
  return names;
}

// Whether a name is one of `a*b`, with one star at most.
bool fits(std::string_view pattern, std::string_view name) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == name;
  }
  const std::string_view head = pattern.substr(0, star);
  const std::string_view tail = pattern.substr(star + 1);
  return name.size() >= head.size() + tail.size() && name.starts_with(head) && name.ends_with(tail);
}

// The paths that a path with a star in its last part stands for.
Result<std::vector<std::string>> paths_of(const InspectedHost& host, const std::string& pattern) {
  if (pattern.find('*') == std::string::npos) {
    return std::vector<std::string>{pattern};
  }
  const std::size_t slash = pattern.rfind('/');
  const std::string directory = pattern.substr(0, slash);
  const std::string_view last = std::string_view(pattern).substr(slash + 1);
  std::vector<std::string> paths;
  TWOSEAL_TRY(const auto names, names_in(host, directory));
  for (const std::string& name : names) {
    if (fits(last, name)) {
      paths.push_back(directory + "/" + name);
    }
  }
  return paths;
}

// --- settings ------------------------------------------------------------------------------------

struct Setting {
  std::string_view key;
  std::string_view value;
};

// A key ends at a blank, `=`, or a colon with a blank behind it: `server a`, `NTP=a`, `passwd: a`.
Setting setting_of(std::string_view line) {
  std::size_t end = 0;
  while (end < line.size()) {
    const char c = line[end];
    const bool colon =
        c == ':' && (end + 1 == line.size() || line[end + 1] == ' ' || line[end + 1] == '\t');
    if (c == ' ' || c == '\t' || c == '=' || colon) {
      break;
    }
    ++end;
  }
  const std::size_t value = line.find_first_not_of(" \t=:", end);
  return {line.substr(0, end),
          value == std::string_view::npos ? std::string_view() : trimmed(line.substr(value))};
}

void add_settings(const std::string& path, std::string_view text, const RowSink& row) {
  std::string_view line;
  std::string section;
  for (std::int64_t number = 1; next_line(text, line); ++number) {
    const std::string_view plain = trimmed(line);
    if (plain.empty() || plain.front() == '#' || plain.front() == ';' || plain.starts_with("//")) {
      continue;
    }
    if (plain.front() == '[' && plain.back() == ']') {
      section = plain.substr(1, plain.size() - 2);
      continue;
    }
    const Setting setting = setting_of(plain);
    row({path, number, section, std::string(setting.key), std::string(setting.value)});
  }
}

// --- volumes -------------------------------------------------------------------------------------

std::string first_line(const InspectedHost& host, const std::string& path) {
  const auto text = host.files->read(path, kFileMax);
  return text && *text ? std::string(trimmed(**text)) : std::string();
}

// What the device mapper calls a device: `CRYPT-LUKS2-…` is crypt, `LVM-…` is lvm.
std::string kind_of_device(const std::string& uuid) {
  const std::size_t dash = uuid.find('-');
  if (dash == std::string::npos) {
    return "disk";
  }
  std::string kind = uuid.substr(0, dash);
  std::transform(kind.begin(), kind.end(), kind.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return kind;
}

// Of what the device mapper calls CRYPT- too, dm-verity and dm-integrity encrypt nothing.
bool is_crypt(std::string_view uuid) {
  constexpr std::string_view kKinds[] = {"LUKS", "PLAIN", "LOOPAES", "TCRYPT", "BITLK", "FVAULT2"};
  constexpr std::string_view kPrefix = "CRYPT-";
  return uuid.starts_with(kPrefix) &&
         std::any_of(std::begin(kKinds), std::end(kKinds), [&](std::string_view kind) {
           return uuid.substr(kPrefix.size()).starts_with(kind);
         });
}

// A device is encrypted when it is made by dm-crypt, or all that it lies on is. Errors mean no.
bool is_encrypted(const InspectedHost& host, const std::string& device, std::size_t depth) {
  const std::string directory = "/sys/class/block/" + device;
  if (is_crypt(first_line(host, directory + "/dm/uuid"))) {
    return true;
  }
  const auto below = names_in(host, directory + "/slaves");
  return depth < kSlavesMax && below && !below->empty() &&
         std::all_of(
             below->begin(),
             below->end(),
             [&](const std::string& name) { return is_encrypted(host, name, depth + 1); });
}

// --- facts ---------------------------------------------------------------------------------------

void add_release(std::string_view text, const RowSink& row) {
  constexpr std::pair<std::string_view, std::string_view> kFacts[] = {
      {"ID", "os.id"}, {"ID_LIKE", "os.like"}, {"VERSION_ID", "os.version"}};
  while (const auto field = next_os_release_field(text)) {
    for (const auto& [key, fact] : kFacts) {
      if (field->key == key) {
        row({std::string(fact), std::string(field->value)});
      }
    }
  }
}

// --- units ---------------------------------------------------------------------------------------

bool is_shown(std::string_view unit) {
  return unit.ends_with(".service") || unit.ends_with(".socket") || unit.ends_with(".timer");
}

FactCell property(const std::vector<UnitProperty>& all, std::string_view name) {
  for (const UnitProperty& each : all) {
    if (each.name == name && !each.values.empty()) {
      return each.values.front();
    }
  }
  return {};
}

// Not by a link that leads nowhere, as removed packages leave it, nor when the unit is masked.
Result<bool> is_started(const InspectedHost& host,
                        const std::string& directory,
                        const std::string& unit,
                        const std::string& path) {
  TWOSEAL_TRY(const auto target, host.files->status(path, FollowLast::yes));
  TWOSEAL_TRY(const auto mask, host.files->read_link(directory + "/" + unit));
  return target && target->kind == NodeKind::regular && mask != "/dev/null";
}

// Links below `*.wants` and `*.requires`.
Result<void> add_wanted_units(const InspectedHost& host,
                              const std::string& directory,
                              const RowSink& row) {
  TWOSEAL_TRY(const auto names, names_in(host, directory));
  for (const std::string& name : names) {
    if (!name.ends_with(".wants") && !name.ends_with(".requires")) {
      continue;
    }
    TWOSEAL_TRY(const auto links, names_in(host, directory + "/" + name));
    for (const std::string& link : links) {
      const std::string path = directory + "/" + name + "/" + link;
      TWOSEAL_TRY(const bool starts, is_started(host, directory, link, path));
      if (starts) {
        row({link, path});
      }
    }
  }
  return {};
}

}  // namespace

std::optional<FactProblem> fill_groups(const FactRequest& request, const RowSink& row) {
  const auto text = request.host.files->read("/etc/group", kFileMax);
  if (!text) {
    return error_of(text.error());
  }
  if (!*text) {
    return FactProblem{RuleResult::error, "/etc/group is not there"};
  }
  std::string_view rest = **text;
  std::string_view line;
  while (next_line(rest, line)) {
    const auto fields = split_at(line, ':');
    if (fields.size() < 3 || fields[0].empty()) {
      continue;
    }
    const auto gid = whole_number(fields[2]);
    row({std::string(fields[0]),
         gid ? FactCell(*gid) : FactCell(),
         fields.size() > 3 ? std::string(fields[3]) : std::string()});
  }
  return std::nullopt;
}

std::optional<FactProblem> fill_enabled_units(const FactRequest& request, const RowSink& row) {
  const auto added = add_wanted_units(request.host, "/etc/systemd/system", row);
  return added ? std::nullopt : std::optional(error_of(added.error()));
}

std::optional<FactProblem> fill_units(const FactRequest& request, const RowSink& row) {
  if (request.host.kernel == nullptr || request.host.units == nullptr) {
    return FactProblem{RuleResult::notchecked, "only a running host can tell"};
  }
  const auto names = request.host.units->names();
  if (!names) {
    return error_of(names.error());
  }
  for (const std::string& name : *names) {
    if (!is_shown(name)) {
      continue;
    }
    const auto properties = request.host.units->properties(name);
    if (!properties) {
      return error_of(properties.error());
    }
    row({name, property(*properties, "ActiveState"), property(*properties, "UnitFileState")});
  }
  return std::nullopt;
}

std::optional<FactProblem> fill_facts(const FactRequest& request, const RowSink& row) {
  for (const char* path : kOsReleasePaths) {
    const auto text = request.host.files->read(path, kFileMax);
    if (!text) {
      return error_of(text.error());
    }
    if (*text) {
      add_release(**text, row);
      break;
    }
  }
  row({std::string("now"), request.now});
  const bool running = request.host.kernel != nullptr;
  row({std::string("running"), std::int64_t{running ? 1 : 0}});
  if (running) {
    row({std::string("hostname"), request.host.kernel->name().node});
  }
  return std::nullopt;
}

std::optional<FactProblem> fill_files(const FactRequest& request, const RowSink& row) {
  for (const std::string& pattern : request.files) {
    const auto paths = paths_of(request.host, pattern);
    if (!paths) {
      return error_of(paths.error());
    }
    for (const std::string& path : *paths) {
      const auto status = request.host.files->status(path, FollowLast::yes);
      if (!status) {
        return error_of(status.error());
      }
      if (*status) {
        row({path,
             std::string(kind_word((*status)->kind)),
             std::int64_t{(*status)->mode},
             std::int64_t{(*status)->uid},
             std::int64_t{(*status)->gid},
             static_cast<std::int64_t>((*status)->size),
             (*status)->modified});
      }
    }
  }
  return std::nullopt;
}

std::optional<FactProblem> fill_settings(const FactRequest& request, const RowSink& row) {
  for (const std::string& pattern : request.settings) {
    const auto paths = paths_of(request.host, pattern);
    if (!paths) {
      return error_of(paths.error());
    }
    for (const std::string& path : *paths) {
      const auto text = request.host.files->read(path, kFileMax);
      if (!text) {
        return error_of(text.error());
      }
      if (*text) {
        add_settings(path, **text, row);
      }
    }
  }
  return std::nullopt;
}

std::optional<FactProblem> fill_volumes(const FactRequest& request, const RowSink& row) {
  if (request.host.kernel == nullptr) {
    return FactProblem{RuleResult::notchecked, "only a running host can tell"};
  }
  const auto devices = names_in(request.host, "/sys/class/block");
  if (!devices) {
    return error_of(devices.error());
  }
  if (devices->empty()) {
    return FactProblem{RuleResult::error, "/sys/class/block shows no devices"};
  }
  for (const std::string& device : *devices) {
    const std::string uuid = first_line(request.host, "/sys/class/block/" + device + "/dm/uuid");
    std::string path = "/dev/" + device;
    std::replace(path.begin(), path.end(), '!', '/');  // as the kernel writes names with slashes
    row({path, kind_of_device(uuid), std::int64_t{is_encrypted(request.host, device, 0) ? 1 : 0}});
  }
  return std::nullopt;
}

}  // namespace twoseal::scap
