# cis2_embed_files(TARGET HEADER name NAMESPACE ns FILES...)
#
# Puts text files into a program, so that it reads none when it runs. The target gets a header with one array
# of {name, content}; name is the file's base name. The header is written again when a file changes.
set(CIS2_EMBED_SCRIPT "${CMAKE_CURRENT_LIST_FILE}")

function(cis2_embed_files target)
  cmake_parse_arguments(ARG "" "HEADER;NAMESPACE" "FILES" ${ARGN})
  set(header "${CMAKE_CURRENT_BINARY_DIR}/embedded/${ARG_HEADER}")
  list(TRANSFORM ARG_FILES PREPEND "${CMAKE_CURRENT_SOURCE_DIR}/" OUTPUT_VARIABLE paths)
  string(REPLACE ";" "|" joined "${paths}")
  add_custom_command(OUTPUT "${header}"
    COMMAND "${CMAKE_COMMAND}" "-DCIS2_EMBED_HEADER=${header}" "-DCIS2_EMBED_NAMESPACE=${ARG_NAMESPACE}"
            "-DCIS2_EMBED_FILES=${joined}" -P "${CIS2_EMBED_SCRIPT}"
    DEPENDS ${paths} "${CIS2_EMBED_SCRIPT}"
    COMMENT "Embedding ${ARG_HEADER}" VERBATIM)
  target_sources(${target} PRIVATE "${header}")
  target_include_directories(${target} PRIVATE "${CMAKE_CURRENT_BINARY_DIR}/embedded")
endfunction()

if(CMAKE_SCRIPT_MODE_FILE AND CIS2_EMBED_HEADER)
  set(text "// Written by cmake/EmbedFiles.cmake.\n#pragma once\n\n#include <string_view>\n\n")
  string(APPEND text "namespace ${CIS2_EMBED_NAMESPACE} {\n\n")
  string(APPEND text "struct EmbeddedFile {\n  std::string_view name;\n  std::string_view content;\n};\n\n")
  string(APPEND text "inline constexpr EmbeddedFile kEmbeddedFiles[] = {\n")
  string(REPLACE "|" ";" files "${CIS2_EMBED_FILES}")
  foreach(file IN LISTS files)
    get_filename_component(name "${file}" NAME)
    file(READ "${file}" content)
    string(APPEND text "    {\"${name}\",\nR\"embedded(${content})embedded\"},\n")
  endforeach()
  string(APPEND text "};\n\n}  // namespace ${CIS2_EMBED_NAMESPACE}\n")
  file(WRITE "${CIS2_EMBED_HEADER}" "${text}")
endif()
