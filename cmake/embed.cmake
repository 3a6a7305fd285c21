# twoseal_embed(TARGET NAME FILES...)
#   makes the header embedded/NAME.h of TARGET: `twoseal::embedded::NAME`, an array of
#   {file name, text} in the given order. Text files of less than 64 KiB, without the token )~~~".
function(twoseal_embed target name)
  set(rows "")
  foreach(file ${ARGN})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
    file(READ ${file} text)
    get_filename_component(base ${file} NAME)
    string(APPEND rows "    {\"${base}\", R\"~~~(${text})~~~\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/embed/embedded/${name}.h @ONLY CONTENT
"// Made by cmake/embed.cmake out of the files that are named in it.
#pragma once
#include <string_view>
namespace twoseal::embedded {
struct Text { std::string_view file; std::string_view text; };
inline constexpr Text ${name}[] = {
@rows@};
}  // namespace twoseal::embedded
")
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embed)
endfunction()
