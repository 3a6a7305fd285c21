# Warnings are errors everywhere; a warning that is wrong is silenced at its line, with the reason.
add_library(twoseal_warnings INTERFACE)
target_compile_options(twoseal_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(twoseal_warnings INTERFACE -Wthread-safety)
endif()
