// Names that OVAL's schemas give: families of tests, and entities within them.
#pragma once

#include <cstdint>
#include <string_view>

namespace twoseal::scap {

/// A family of tests with its object, state and item. `unknown`: one that this program has no
/// collector for; what depends on it is never judged.
enum class Family : std::uint8_t {
  unknown,
  dpkginfo,
  environmentvariable58,
  family,
  file,
  filehash58,
  interface,
  partition,
  password,
  process58,
  rpminfo,
  rpmverifyfile,
  selinuxboolean,
  selinuxsecuritycontext,
  shadow,
  symlink,
  sysctl,
  systemdunitdependency,
  systemdunitproperty,
  textfilecontent54,
  uname,
  variable,
  xmlfilecontent,
};

enum class EntityName : std::uint8_t {
  unknown,
#define TWOSEAL_ENTITY(name) name,
#include "compliance/oval/entities.def"
#undef TWOSEAL_ENTITY
};

/// The family of `textfilecontent54` in the name space `…#independent`; unknown for any other.
[[nodiscard]] Family family_of(std::string_view name_space, std::string_view name);

/// `textfilecontent54`; empty for unknown.
[[nodiscard]] std::string_view family_name(Family family);

/// `independent`, `unix` or `linux`: the schema that the family is of.
[[nodiscard]] std::string_view family_schema(Family family);

/// Whether items of the family have the entity at all. False for what its schema knows and this
/// program never looks for: that an item does not have it says nothing.
[[nodiscard]] bool is_collected(Family family, EntityName name);

[[nodiscard]] EntityName entity_of(std::string_view name);

/// Empty for unknown.
[[nodiscard]] std::string_view entity_name(EntityName name);

}  // namespace twoseal::scap
