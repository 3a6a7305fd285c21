#include "sensors/mount_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fcntl.h>
#include <unistd.h>

#include "base/os_file.h"
#include "system/mount_table.h"
#include "system/plain_path.h"

namespace twoseal {
namespace {

std::string_view next_word(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line = end == std::string_view::npos ? std::string_view() : line.substr(end + 1);
  return word;
}

// `path` without the directory that it lies below: "" or "/etc".
std::string rest_below(const std::string& directory, const std::string& path) {
  return directory == "/" ? (path == "/" ? "" : path) : path.substr(directory.size());
}

std::string with_rest(const std::string& directory, const std::string& rest) {
  return rest.empty() ? directory : (directory == "/" ? "" : directory) + rest;
}

}  // namespace

std::vector<MountedPlace> parse_mounted_places(std::string_view text) {
  std::vector<MountedPlace> places;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    MountedPlace place;
    const std::string_view id = next_word(line);
    const auto parsed = std::from_chars(id.data(), id.data() + id.size(), place.id);
    next_word(line);  // the mount that it is in
    place.device = next_word(line);
    place.source = unescaped_mount_word(next_word(line));
    place.point = unescaped_mount_word(next_word(line));
    if (parsed.ec == std::errc() && place.point.starts_with('/')) {
      places.push_back(std::move(place));
    }
  }
  return places;
}

std::vector<MountedPlace> mounted_places() {
  const FileDescriptor table(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 65'536> buffer;
  ssize_t size = 0;
  while (table.is_open() && (size = ::read(table.get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return parse_mounted_places(text);
}

std::vector<std::string> names_by_mounts(const std::string& path,
                                         int id,
                                         const std::vector<MountedPlace>& places) {
  std::vector<std::string> names = {path};
  const auto by = std::find_if(
      places.begin(), places.end(), [&](const MountedPlace& place) { return place.id == id; });
  if (by == places.end() || !is_at_or_below(by->point, path)) {
    return names;
  }
  const std::string in_system = with_rest(by->source, rest_below(by->point, path));
  for (const MountedPlace& place : places) {
    if (place.id == id || place.device != by->device || !is_at_or_below(place.source, in_system)) {
      continue;
    }
    std::string name = with_rest(place.point, rest_below(place.source, in_system));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

}  // namespace twoseal
