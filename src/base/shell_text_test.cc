#include "base/shell_text.h"

#include <doctest/doctest.h>

using twoseal::shell_text;

TEST_CASE("arguments are printed so that a shell reads them back") {
  CHECK(shell_text({"ssh-keygen", "-Y", "sign", "my key", "", "it's"}) ==
        "ssh-keygen -Y sign 'my key' '' 'it'\\''s'");
}

TEST_CASE("what no line can show is escaped, so that nothing hides behind a line end") {
  CHECK(shell_text({"/bin/sh", "-c", "true # only looks\ntouch /etc/x"}) ==
        "/bin/sh -c $'true # only looks\\ntouch /etc/x'");
  CHECK(shell_text({"a\tb", "it's\r", "c:\\n\x1b", "c:\\n"}) ==
        "$'a\\tb' $'it\\'s\\r' $'c:\\\\n\\x1b' 'c:\\n'");
}
