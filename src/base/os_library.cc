#include "base/os_library.h"

#include <dlfcn.h>

namespace twoseal {

SharedLibrary::SharedLibrary(const char* name) : library_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {}

void* SharedLibrary::find(const char* name) const {
  return library_ == nullptr ? nullptr : ::dlsym(library_, name);
}

}  // namespace twoseal
