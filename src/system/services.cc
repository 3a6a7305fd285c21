#include "system/services.h"

namespace twoseal {

std::string_view name_of(UnitAct act) {
  switch (act) {
    case UnitAct::start:
      return "start";
    case UnitAct::stop:
      return "stop";
    case UnitAct::restart:
      return "restart";
    case UnitAct::reload:
      return "reload";
    case UnitAct::enable:
      return "enable";
    case UnitAct::disable:
      return "disable";
    case UnitAct::mask:
      return "mask";
    case UnitAct::unmask:
      break;
  }
  return "unmask";
}

}  // namespace twoseal
