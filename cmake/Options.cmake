# What every target of ours is compiled with. cis2_options carries the language, the warnings and the
# hardening; cis2_sanitize the sanitizers, kept apart because the PAM module never has them (a host
# process such as sshd is not built with them).

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(CIS2_CCACHE ccache)
if(CIS2_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER "${CIS2_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CIS2_CCACHE}")
endif()

add_library(cis2_options INTERFACE)
target_include_directories(cis2_options INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_definitions(cis2_options INTERFACE
  _GNU_SOURCE CIS2_VERSION="${PROJECT_VERSION}" $<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)
target_compile_options(cis2_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wformat=2 -Wundef -Wcast-qual
  -Wconversion -Wsign-conversion -Wimplicit-fallthrough -Wswitch-enum
  $<$<COMPILE_LANGUAGE:CXX>:-Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wduplicated-branches -Wlogical-op>
  -fstack-protector-strong -fstack-clash-protection -fcf-protection
  "-ffile-prefix-map=${PROJECT_SOURCE_DIR}/="
  $<$<NOT:$<CONFIG:Debug>>:-ftrivial-auto-var-init=zero>
  $<$<BOOL:${CIS2_WERROR}>:-Werror>)
if(NOT CIS2_SANITIZE AND NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
  target_compile_options(cis2_options INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
endif()
target_link_options(cis2_options INTERFACE -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)

add_library(cis2_sanitize INTERFACE)
if(CIS2_SANITIZE)
  target_compile_options(cis2_sanitize INTERFACE
    "-fsanitize=${CIS2_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(CIS2_SANITIZE STREQUAL "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(cis2_sanitize INTERFACE -Wno-tsan)  # Asio's fences, which ThreadSanitizer does not follow
  endif()
  target_link_options(cis2_sanitize INTERFACE "-fsanitize=${CIS2_SANITIZE}")
endif()
if(CIS2_FUZZ)
  target_compile_options(cis2_sanitize INTERFACE -fsanitize=fuzzer-no-link)
endif()

# cis2_library(NAME SOURCES... [DEPENDS targets...]): one static library a folder, sources by hand.
function(cis2_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC cis2_options cis2_sanitize ${ARG_DEPENDS})
endfunction()

# cis2_program(NAME SOURCES... DEPENDS targets...)
function(cis2_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE cis2_options cis2_sanitize ${ARG_DEPENDS})
endfunction()

# cis2_test(NAME LABEL label SOURCES... DEPENDS...): a GoogleTest program, each case known to ctest.
function(cis2_test name)
  cmake_parse_arguments(ARG "" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  if(NOT CIS2_BUILD_TESTS)
    return()
  endif()
  cis2_program(${name} SOURCES ${ARG_SOURCES} DEPENDS ${ARG_DEPENDS} GTest::gmock_main)
  # What a test calls is compiled as it ships; the test itself need not be fast, and takes two thirds of the time so.
  # -Wno-cpp: glibc warns that without optimisation there is no _FORTIFY_SOURCE.
  target_compile_options(${name} PRIVATE -g1 $<$<NOT:$<CONFIG:Debug>>:-O0 -Wno-cpp>)
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS "${ARG_LABEL}" TIMEOUT 120)
endfunction()
