#include "system/linux/apt_output.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "system/dpkg_status.h"

namespace twoseal {
namespace {

std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// Takes what stands before `end` off the line, and `end` too; nothing when it is not there.
std::optional<std::string_view> take_until(std::string_view& line, std::string_view end) {
  const std::size_t at = line.find(end);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view taken = line.substr(0, at);
  line.remove_prefix(at + end.size());
  return taken;
}

// `libc6:i386` without the architecture.
std::string plain_name(std::string_view name) {
  return std::string(name.substr(0, name.find(':')));
}

// `NAME [OLD] (NEW ORIGIN [ARCH]) …`, OLD only when it is installed.
std::optional<AptStep> parse_install(std::string_view line) {
  const auto name = take_until(line, " ");
  if (!name || !take_until(line, "(")) {
    return std::nullopt;
  }
  const auto version = take_until(line, " ");
  const auto origin = take_until(line, ")");
  if (!version || !origin || !origin->ends_with(']')) {
    return std::nullopt;
  }
  const std::size_t bracket = origin->rfind('[');
  if (bracket == std::string_view::npos) {
    return std::nullopt;
  }
  AptStep step{plain_name(*name),
               std::string(*version),
               std::string(origin->substr(bracket + 1, origin->size() - bracket - 2))};
  const bool sound =
      is_package_name(step.name) && is_package_version(step.version) && is_package_arch(step.arch);
  return sound ? std::optional(step) : std::nullopt;
}

// `NAME [OLD] …`.
std::optional<AptStep> parse_removal(std::string_view line) {
  const auto name = take_until(line, " [");
  const auto version = name ? take_until(line, "]") : std::nullopt;
  if (!version || !is_package_name(plain_name(*name)) || !is_package_version(*version)) {
    return std::nullopt;
  }
  return AptStep{plain_name(*name), std::string(*version), ""};
}

void order(std::vector<AptStep>& steps) {
  std::sort(steps.begin(), steps.end());
  steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
}

std::unexpected<Error> fail_line(std::string_view line) {
  return fail(Errc::package_failed, "apt-get says what is not understood: " + std::string(line));
}

// `NAME_VERSION_ARCH.deb`; the version as it is, or with `:` written as %3a.
bool take_file_name(std::string_view text, PackageFile& file) {
  const auto name = take_until(text, "_");
  const auto version = take_until(text, "_");
  if (!name || !version || !text.ends_with(".deb")) {
    return false;
  }
  file.name = *name;
  for (std::string_view rest = *version; !rest.empty();) {
    const bool colon = rest.starts_with("%3a") || rest.starts_with("%3A");
    file.version += colon ? ':' : rest.front();
    rest.remove_prefix(colon ? 3 : 1);
  }
  file.arch = text.substr(0, text.size() - 4);
  return is_package_name(file.name) && is_package_version(file.version) &&
         is_package_arch(file.arch);
}

std::optional<PackageFile> parse_uri(std::string_view line) {
  PackageFile file;
  line.remove_prefix(1);
  const auto uri = take_until(line, "' ");
  const auto name = take_until(line, " ");
  const auto size = take_until(line, " SHA256:");
  if (!uri || !name || !size || !take_file_name(*name, file)) {
    return std::nullopt;
  }
  const auto [end, error] = std::from_chars(size->data(), size->data() + size->size(), file.size);
  const auto digest = Digest::parse_hex(line);
  if (error != std::errc() || end != size->data() + size->size() || !digest) {
    return std::nullopt;
  }
  file.uri = *uri;
  file.digest = *digest;
  return file;
}

std::string complaint_of(std::string_view text) {
  std::string errors;
  std::string_view last;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (line.starts_with("E: ")) {
      errors += (errors.empty() ? "" : " ") + std::string(line.substr(3));
    }
    last = line.empty() ? last : line;
  }
  return errors.empty() ? std::string(last) : errors;
}

}  // namespace

Result<AptSteps> parse_apt_steps(std::string_view text) {
  AptSteps steps;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    const bool install = line.starts_with("Inst ");
    if (!install && !line.starts_with("Remv ")) {
      continue;
    }
    const auto step = install ? parse_install(line.substr(5)) : parse_removal(line.substr(5));
    if (!step) {
      return fail_line(line);
    }
    (install ? steps.install : steps.remove).push_back(*step);
  }
  order(steps.install);
  order(steps.remove);
  return steps;
}

Result<std::vector<PackageFile>> parse_apt_uris(std::string_view text) {
  std::vector<PackageFile> files;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!line.starts_with('\'')) {
      continue;
    }
    auto file = parse_uri(line);
    if (!file) {
      return fail_line(line);
    }
    files.push_back(*std::move(file));
  }
  return files;
}

Error apt_error(std::string_view output, const std::string& program) {
  // As apt 2.6 says it; without a translation, because programs run with LANG=C.UTF-8.
  constexpr std::array<std::string_view, 4> kAbsent = {"Unable to locate package",
                                                       " was not found",
                                                       "has no installation candidate",
                                                       "Can't find a source to download"};
  constexpr std::array<std::string_view, 2> kLocked = {"Could not get lock",
                                                       "Unable to acquire the dpkg frontend lock"};
  const std::string complaint = complaint_of(output);
  const auto says = [&](std::string_view words) {
    return complaint.find(words) != std::string::npos;
  };
  Errc code = Errc::package_failed;
  if (std::any_of(kAbsent.begin(), kAbsent.end(), says)) {
    code = Errc::no_such_package;
  } else if (std::any_of(kLocked.begin(), kLocked.end(), says)) {
    code = Errc::package_locked;
  }
  return {code, complaint.empty() ? "failed and says nothing" : complaint, program};
}

}  // namespace twoseal
