#include "compliance/oval/entity.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace twoseal::scap {
namespace {

struct FamilyRow {
  Family family;
  std::string_view schema;
  std::string_view name;
};

constexpr std::string_view kIndependent = "independent";
constexpr std::string_view kUnix = "unix";
constexpr std::string_view kLinux = "linux";

constexpr FamilyRow kFamilies[] = {
    {Family::dpkginfo, kLinux, "dpkginfo"},
    {Family::environmentvariable58, kIndependent, "environmentvariable58"},
    {Family::family, kIndependent, "family"},
    {Family::file, kUnix, "file"},
    {Family::filehash58, kIndependent, "filehash58"},
    {Family::interface, kUnix, "interface"},
    {Family::partition, kLinux, "partition"},
    {Family::password, kUnix, "password"},
    {Family::process58, kUnix, "process58"},
    {Family::rpminfo, kLinux, "rpminfo"},
    {Family::rpmverifyfile, kLinux, "rpmverifyfile"},
    {Family::selinuxboolean, kLinux, "selinuxboolean"},
    {Family::selinuxsecuritycontext, kLinux, "selinuxsecuritycontext"},
    {Family::shadow, kUnix, "shadow"},
    {Family::symlink, kUnix, "symlink"},
    {Family::sysctl, kUnix, "sysctl"},
    {Family::systemdunitdependency, kLinux, "systemdunitdependency"},
    {Family::systemdunitproperty, kLinux, "systemdunitproperty"},
    {Family::textfilecontent54, kIndependent, "textfilecontent54"},
    {Family::uname, kUnix, "uname"},
    {Family::variable, kIndependent, "variable"},
    {Family::xmlfilecontent, kIndependent, "xmlfilecontent"},
};

constexpr std::string_view kEntities[] = {
    "",
#define TWOSEAL_ENTITY(name) #name,
#include "compliance/oval/entities.def"
#undef TWOSEAL_ENTITY
};

const FamilyRow* row_of(Family family) {
  const auto* row = std::find_if(std::begin(kFamilies),
                                 std::end(kFamilies),
                                 [&](const FamilyRow& each) { return each.family == family; });
  return row == std::end(kFamilies) ? nullptr : row;
}

}  // namespace

Family family_of(std::string_view name_space, std::string_view name) {
  const std::size_t mark = name_space.rfind('#');
  const std::string_view schema =
      mark == std::string_view::npos ? std::string_view() : name_space.substr(mark + 1);
  for (const FamilyRow& row : kFamilies) {
    if (row.name == name && row.schema == schema) {
      return row.family;
    }
  }
  return Family::unknown;
}

std::string_view family_name(Family family) {
  const FamilyRow* row = row_of(family);
  return row == nullptr ? std::string_view() : row->name;
}

std::string_view family_schema(Family family) {
  const FamilyRow* row = row_of(family);
  return row == nullptr ? std::string_view() : row->schema;
}

bool is_collected(Family family, EntityName name) {
  constexpr std::pair<Family, EntityName> kLeftOut[] = {
      {Family::process58, EntityName::posix_capability},
      {Family::process58, EntityName::selinux_domain_label},
  };
  return std::find(std::begin(kLeftOut), std::end(kLeftOut), std::pair(family, name)) ==
         std::end(kLeftOut);
}

EntityName entity_of(std::string_view name) {
  static const auto known = [] {
    std::unordered_map<std::string_view, EntityName> names;
    for (std::size_t i = 1; i < std::size(kEntities); ++i) {
      names.emplace(kEntities[i], static_cast<EntityName>(i));
    }
    return names;
  }();
  const auto found = known.find(name);
  return found == known.end() ? EntityName::unknown : found->second;
}

std::string_view entity_name(EntityName name) {
  return kEntities[static_cast<std::size_t>(name)];
}

}  // namespace twoseal::scap
