// What systemd's units are on disk: where a definition stands and which links enable it. Read by
// ourselves because systemd takes 2 ms for each question about it (GetUnitFileState), and its list
// of all unit files 360 ms.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "system/files.h"
#include "system/services.h"

namespace twoseal {

/// The section [Install] of a definition: the units that want it when it is enabled, and its other
/// names.
struct UnitInstall {
  std::vector<std::string> wanted_by;
  std::vector<std::string> required_by;
  std::vector<std::string> aliases;

  [[nodiscard]] bool empty() const {
    return wanted_by.empty() && required_by.empty() && aliases.empty();
  }

  bool operator==(const UnitInstall&) const = default;
};

/// Lines that are not understood are passed over, as systemd does. An empty value takes back what
/// was said before. Source: systemd.unit(5).
[[nodiscard]] UnitInstall parse_unit_install(std::string_view text);

/// Whether `text` is the name of a unit: letters, digits, `:-_.\@`, and a suffix that systemd
/// knows, at most 255 octets. Source: systemd.unit(5).
[[nodiscard]] bool is_unit_name(std::string_view text);

/// `getty@.service` of `getty@tty1.service`; nothing when it is no instance.
[[nodiscard]] std::optional<std::string> template_of_unit(std::string_view unit);

/// A definition. `masked`: it leads to /dev/null or is empty. `alias`: it is a link to a definition
/// of another name.
struct UnitFile {
  std::string path;
  std::string text;
  bool masked = false;
  bool alias = false;
};

/// The unit files of a host. Reads directories of links once, so use a new one for each question.
/// Not for two threads at once.
class UnitFiles {
 public:
  explicit UnitFiles(const FileSystem& files) : files_(files) {}

  /// The definition that counts, or that of the template of an instance; nothing when there is
  /// none. Errors of FileSystem.
  [[nodiscard]] Result<std::optional<UnitFile>> find(const std::string& unit) const;

  /// As `systemctl is-enabled` judges it: links in /etc/systemd/system first, then whether there
  /// would be anything to enable.
  [[nodiscard]] Result<UnitEnablement> enablement(const std::string& unit);

 private:
  [[nodiscard]] Result<std::optional<UnitFile>> open(const std::string& path,
                                                     const std::string& unit) const;
  [[nodiscard]] Result<void> read_links();
  void take_link(const std::string& unit);

  const FileSystem& files_;
  bool links_read_ = false;
  std::set<std::string, std::less<>> linked_;  // units that a link in /etc/systemd/system enables
};

}  // namespace twoseal
