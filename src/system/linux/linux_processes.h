// Programs on this machine.
#pragma once

#include "system/processes.h"

namespace twoseal {

/// Runs them on the machine itself, whatever the root of its LinuxSystem. Needs root for `user` and
/// for Confinement::health: where the kernel refuses the latter (a container without
/// CAP_SYS_ADMIN), run() says so with Errc::program_failed and does not run the program.
class LinuxProcesses final : public Processes {
 public:
  [[nodiscard]] Result<ProgramEnd> run(const Program& program) override;
};

}  // namespace twoseal
