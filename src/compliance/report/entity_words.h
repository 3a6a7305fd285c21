// What states and objects ask for and what items hold, in words for people. All that comes from
// hosts or content is shown safely: see present().
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compliance/oval/evaluation.h"
#include "compliance/report/masked_entities.h"

namespace twoseal::scap {

/// Safe to print, on one line, and cut to `points_max` characters with `…`.
[[nodiscard]] std::string short_text(std::string_view text, std::size_t points_max = 120);

/// `is 0600`, `matches ^no$`, `is at least 5`, `is one of a, b`, `does not exist`. Values of a
/// variable are those that the evaluation has worked out already; those of a masked entity are not
/// shown.
[[nodiscard]] std::string comparison_words(const Entity& entity, const Evaluation& evaluation);

/// `gread` as `read by group`, `user_id` as `owner`, `exp_warn` as `exp warn`; empty for entities
/// that hold the value itself (`subexpression`, `value`, …).
[[nodiscard]] std::string entity_words(const Entity& entity);

/// The literal value of an entity of an object, or its pattern; of a variable its values.
[[nodiscard]] std::string asked_words(const Entity& entity, const Evaluation& evaluation);

/// What an object looks for, and what is said of it where `where` stands beside.
struct ThingWords {
  std::string thing;    ///< `package telnetd`, `a match of ^PermitRootLogin`
  std::string present;  ///< `installed`, `a match`
  std::string absent;   ///< `not installed`, `no match of ^PermitRootLogin`
  std::string such;     ///< before what a state asks for: `a match that `, or empty
  std::string nothing;  ///< what is said when nothing was found
  std::string where;    ///< `package telnetd`, `/etc/ssh/sshd_config`
  std::string file;     ///< a path that is asked for literally, as it is; else empty
};

/// `object`: an index of the document of the evaluation; kNone gives empty words.
[[nodiscard]] ThingWords words_of_object(const Evaluation& evaluation, Index object);

/// Whether values of the item must not be shown: passwords of accounts, and hashes of passwords
/// wherever they are.
[[nodiscard]] bool is_secret(const StoredItem& item, EntityName name);

/// The path of the file that an item is about, as it is; empty when it is about none.
[[nodiscard]] std::string file_of(const StoredItem& item);

/// `/etc/ssh/sshd_config:33`, `package telnetd`, `sysctl kernel.sysrq`.
[[nodiscard]] std::string place_of(const StoredItem& item);

/// All values of an entity of an item: `yes`, or `nothing`; kNotShown when they are masked.
[[nodiscard]] std::string value_words(const StoredItem& item,
                                      EntityName name,
                                      const MaskedEntities& masked);

/// `mode 0644` of a file item; empty when it does not tell its mode.
[[nodiscard]] std::string mode_words(const StoredItem& item);

/// Whether an entity is one of the bits that make up the mode of a file.
[[nodiscard]] bool is_mode_bit(EntityName name);

}  // namespace twoseal::scap
