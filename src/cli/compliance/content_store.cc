#include "cli/compliance/content_store.h"

#include <algorithm>
#include <cctype>
#include <sys/stat.h>
#include <unistd.h>

#include "base/os_environment.h"
#include "base/os_file.h"
#include "cli/compliance/own_content.h"
#include "cli/nearest.h"
#include "compliance/content/compiled.h"
#include "compliance/xccdf/selection.h"

namespace twoseal::cli {
namespace {

constexpr std::string_view kEnding = ".content";
constexpr std::size_t kNameMax = 100;
constexpr std::size_t kContentsMax = 10'000;
constexpr std::size_t kNamesTold = 10;

// What a name that is not there was probably meant to be.
std::string those_there(const std::string& wanted, const std::vector<std::string>& names) {
  if (names.empty()) {
    return "add some with: twoseal content add FILE";
  }
  const std::string near = nearest(wanted, names);
  if (!near.empty()) {
    return "did you mean '" + near + "'?";
  }
  std::string told;
  for (std::size_t i = 0; i < names.size() && i < kNamesTold; ++i) {
    told += (i == 0 ? "" : ", ") + names[i];
  }
  return "there is: " + told +
         (names.size() > kNamesTold ? " and more, see: twoseal content list" : "");
}

}  // namespace

std::string content_directory(const Arguments& arguments) {
  if (const auto given = arguments.find("--content-dir")) {
    return *given;
  }
  return ::geteuid() == 0 ? "/var/lib/twoseal/content" : state_directory() + "/content";
}

Result<void> make_directories(const std::string& path, Access access) {
  if (path.empty() || is_directory(path)) {
    return {};
  }
  const std::size_t slash = path.rfind('/');
  if (slash != std::string::npos && slash > 0) {
    TWOSEAL_TRY_VOID(make_directories(path.substr(0, slash)));
  }
  return make_directory(path, access, Existing::replace);
}

bool is_content_name(std::string_view name) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kNameMax && name != kOwnContent &&
         std::all_of(name.begin(), name.end(), is_plain) &&
         std::isalnum(static_cast<unsigned char>(name.front())) != 0;
}

std::unexpected<Error> not_a_content_name(const std::string& name) {
  return fail(
      Errc::usage,
      "'" + name + "' cannot be the name of a content",
      {},
      "give one with --name: letters, digits, dot, hyphen and underscore, a letter or digit "
      "first, at most " +
          std::to_string(kNameMax));
}

Result<std::string> content_name_of(const std::string& path) {
  std::string name = path.substr(path.rfind('/') + 1);
  if (name.ends_with(".xml")) {
    name.resize(name.size() - 4);
  }
  if (!is_content_name(name)) {
    return not_a_content_name(name);
  }
  return name;
}

std::string content_path(const std::string& directory, const std::string& name) {
  return directory + "/" + name + std::string(kEnding);
}

Result<std::vector<std::string>> content_names(const std::string& directory) {
  std::vector<std::string> names;
  if (!path_exists(directory)) {
    return names;
  }
  TWOSEAL_TRY(const auto entries, list_directory(directory, kContentsMax));
  for (const DirectoryEntry& entry : entries) {
    if (entry.kind == EntryKind::file && entry.name.ends_with(kEnding)) {
      names.push_back(entry.name.substr(0, entry.name.size() - kEnding.size()));
    }
  }
  return names;
}

namespace {

// Its digest is no secret: whoever may write the file could make rules pass.
Result<void> check_owner(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    return {};  // opening it says why
  }
  const bool foreign = status.st_uid != 0 && status.st_uid != ::geteuid();
  if (foreign || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail(Errc::unsafe_path,
                "others than root and you may write the compiled content",
                path,
                "remove it, and add it again with: twoseal content add FILE");
  }
  return {};
}

}  // namespace

Result<NamedContent> find_content(const std::string& directory,
                                  const std::optional<std::string>& name) {
  if (name == kOwnContent) {
    TWOSEAL_TRY(scap::Content own, own_content());
    return NamedContent{*name, std::move(own)};
  }
  TWOSEAL_TRY(const auto names, content_names(directory));
  if (!name && names.size() != 1) {
    return fail(Errc::no_such_content,
                names.empty()
                    ? "there is no content in " + directory
                    : "there are " + std::to_string(names.size()) + " contents in " + directory,
                {},
                names.empty() ? "add some with: twoseal content add FILE"
                              : "say which one with --content NAME");
  }
  const std::string wanted = name.value_or(names.empty() ? "" : names.front());
  if (std::find(names.begin(), names.end(), wanted) == names.end()) {
    return fail(Errc::no_such_content,
                "'" + wanted + "' is not in " + directory,
                {},
                those_there(wanted, names));
  }
  TWOSEAL_TRY_VOID(check_owner(content_path(directory, wanted)));
  TWOSEAL_TRY(scap::Content content, scap::open_content(content_path(directory, wanted)));
  return NamedContent{wanted, std::move(content)};
}

Result<const scap::Benchmark*> benchmark_of(const NamedContent& content,
                                            const std::optional<std::string>& id) {
  const auto& benchmarks = content.content.benchmarks;
  if (benchmarks.empty()) {
    return fail(Errc::no_such_content,
                content.name + " is an OVAL document without a benchmark",
                {},
                "add a data stream or an XCCDF file: a benchmark says what is checked and why");
  }
  if (!id && benchmarks.size() == 1) {
    return &benchmarks.front();
  }
  std::string ids;
  for (const scap::Benchmark& benchmark : benchmarks) {
    if (id && (benchmark.id == *id || benchmark.id.ends_with("_benchmark_" + *id))) {
      return &benchmark;
    }
    ids += (ids.empty() ? "" : ", ") + std::string(benchmark.id);
  }
  return fail(Errc::usage,
              id ? content.name + " has no benchmark '" + *id + "'"
                 : content.name + " has " + std::to_string(benchmarks.size()) + " benchmarks",
              {},
              "say which one with --benchmark: " + ids);
}

}  // namespace twoseal::cli
