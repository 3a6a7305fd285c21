// The one binary. Release 1 so far: the command line.
#include "base/os_file.h"
#include "cli/run.h"

int main(int argc, char** argv) {
  twoseal::prepare_standard_descriptors();
  return twoseal::cli::run({argv + (argc > 0 ? 1 : 0), argv + argc});
}
