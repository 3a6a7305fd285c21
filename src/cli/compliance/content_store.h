// Where compiled content lies on this machine: a directory with one file for each name.
#pragma once

#include <string>
#include <vector>

#include "base/os_file.h"
#include "base/result.h"
#include "cli/verb.h"
#include "compliance/content/content.h"

namespace twoseal::cli {

/// `--content-dir`; else /var/lib/twoseal/content for root, and a directory of the person's own for
/// everybody else.
[[nodiscard]] std::string content_directory(const Arguments& arguments);

/// Makes a directory and those above it, where they are not there: `access` is that of the last
/// one, those above are for everybody. Errors of make_directory().
[[nodiscard]] Result<void> make_directories(const std::string& path,
                                            Access access = Access::everybody);

/// Letters, digits, dot, hyphen and underscore, at most 100, a letter or digit first; not
/// `twoseal`, which is the program's own.
[[nodiscard]] bool is_content_name(std::string_view name);

/// The error about a name that is none, with what it may be. Errc::usage.
[[nodiscard]] std::unexpected<Error> not_a_content_name(const std::string& name);

/// The name of a content made of `path`: `ssg-debian11-ds` of `/tmp/ssg-debian11-ds.xml`.
/// Errc::usage when that is no name for a content: then --name gives one.
[[nodiscard]] Result<std::string> content_name_of(const std::string& path);

/// The file that holds the content `name`.
[[nodiscard]] std::string content_path(const std::string& directory, const std::string& name);

/// Names of all contents there, ascending; none when there is no directory. Errors of
/// list_directory().
[[nodiscard]] Result<std::vector<std::string>> content_names(const std::string& directory);

/// Opens one. Without a name the only one that is there. Errc::no_such_content, errors of
/// open_content().
struct NamedContent {
  std::string name;
  scap::Content content;
};

[[nodiscard]] Result<NamedContent> find_content(const std::string& directory,
                                                const std::optional<std::string>& name);

/// The benchmark of a content that has one. Errc::no_such_content for an OVAL document alone;
/// Errc::usage when it has several and `id` names none of them.
[[nodiscard]] Result<const scap::Benchmark*> benchmark_of(const NamedContent& content,
                                                          const std::optional<std::string>& id);

}  // namespace twoseal::cli
