#include "tests/hostile/host_picture.h"

#include <array>

#include "base/check.h"
#include "codec/archive.h"
#include "codec/objects.h"
#include "crypto/hash.h"
#include "model/agent_state.h"

namespace twoseal::hostile {
namespace {

constexpr std::size_t kNamesMax = 100'000;
constexpr std::uint64_t kFileMax = std::uint64_t{1} << 30;
constexpr std::array kUnits = {"cron.service", "nginx.service", "ssh.service"};

std::string text_of(FileSystem& files, const std::string& path, const FileInfo& info) {
  std::string text = std::to_string(info.mode) + " " + std::to_string(info.uid) + ":" +
                     std::to_string(info.gid) + " ";
  switch (info.kind) {
    case FileKind::directory:
      return text + "directory";
    case FileKind::symlink:
      return text + "leads to " + files.read_link(path).value();
    case FileKind::other:
      return text + "other";
    case FileKind::regular:
      break;
  }
  return text + "inode " + std::to_string(info.inode) + " changed " +
         std::to_string(info.changed_ns) + " " + files.digest(path, kFileMax).value().digest.text();
}

void walk(FileSystem& files, const std::string& path, const std::string& but, Picture& picture) {
  const auto names = files.list(path, kNamesMax);
  check(names.has_value(), "a directory in memory can be listed");
  for (const std::string& name : *names) {
    const std::string below = (path == "/" ? "" : path) + "/" + name;
    if (below == but) {
      continue;
    }
    const auto info = files.look(below).value();
    picture[below] = text_of(files, below, *info);
    if (info->kind == FileKind::directory) {
      walk(files, below, but, picture);
    }
  }
}

}  // namespace

Picture picture_of_host(MemorySystem& system, const std::string& but) {
  Picture picture;
  walk(system.files(), "/", but, picture);
  const std::vector<std::string> units(kUnits.begin(), kUnits.end());
  const auto states = system.services().states(units).value();
  for (const UnitState& unit : states) {
    picture[unit.unit] = std::to_string(static_cast<int>(unit.activity)) + " since " +
                         std::to_string(unit.active_since);
  }
  std::string& programs = picture["programs"];
  for (const std::string& one : system.processes().history()) {
    programs += one + "\n";
  }
  return picture;
}

Picture picture_of_home(MemorySystem& system, const std::string& home) {
  Picture picture;
  walk(system.files(), home, home + "/reserve", picture);
  const std::string held = home + "/held/documents";
  if (picture.erase(held) == 0) {
    return picture;
  }
  const auto files = codec::read_archive(system.files().text(held)).value();
  for (const auto& [path, bytes] : files) {
    if (path == "inputs.json") {
      picture["floor"] = std::to_string(codec::decode<DecisionInputs>(bytes).value().floor);
    } else {
      picture[held + "/" + path] = sha256(bytes).text();
    }
  }
  return picture;
}

std::vector<std::string> differences(const Picture& before, const Picture& after) {
  std::vector<std::string> names;
  for (const auto& [name, text] : before) {
    const auto found = after.find(name);
    if (found == after.end() || found->second != text) {
      names.push_back(name);
    }
  }
  for (const auto& [name, text] : after) {
    if (!before.contains(name)) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace twoseal::hostile
