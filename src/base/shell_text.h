// Commands as people read them.
#pragma once

#include <string>
#include <vector>

namespace twoseal {

/// `ssh-keygen -Y sign -f 'my key'`: as a person can repeat it in a shell. Always one line: what
/// has line ends or other control characters is written as `$'two\nlines'`.
[[nodiscard]] std::string shell_text(const std::vector<std::string>& arguments);

}  // namespace twoseal
