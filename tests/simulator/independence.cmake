# The simulator has nothing of the code that it judges: neither by include, nor in the program.
#
#   cmake -D SOURCE_DIR=... -D PROGRAM=cis2-sim -D NM=nm -P independence.cmake
#
# Includes are followed through headers of ours. The program's symbols are looked at as well, since a library
# may come by way of another.

cmake_minimum_required(VERSION 3.25)

set(allowed "^(broker/base|broker/http|tests/simulator)/")
set(forbidden jose oidc policy)

set(seen "")
function(follow file)
  if(file IN_LIST seen)
    return()
  endif()
  list(APPEND seen "${file}")
  file(STRINGS "${SOURCE_DIR}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]+\"")
  foreach(line IN LISTS lines)
    string(REGEX REPLACE "^[^\"]*\"([^\"]+)\".*$" "\\1" header "${line}")
    if(NOT header MATCHES "${allowed}")
      message(SEND_ERROR "${file} includes ${header}: the simulator may use broker/base and broker/http alone")
    elseif(EXISTS "${SOURCE_DIR}/${header}")
      follow("${header}")
    endif()
  endforeach()
  set(seen "${seen}" PARENT_SCOPE)
endfunction()

file(GLOB sources RELATIVE "${SOURCE_DIR}" "${SOURCE_DIR}/tests/simulator/*.cc" "${SOURCE_DIR}/tests/simulator/*.h")
list(FILTER sources EXCLUDE REGEX "_test\\.cc$|/test_[a-z]+\\.(cc|h)$")
if(NOT sources)
  message(FATAL_ERROR "no sources of the simulator below ${SOURCE_DIR}")
endif()
foreach(source IN LISTS sources)
  follow("${source}")
endforeach()

execute_process(COMMAND "${NM}" -C "${PROGRAM}" OUTPUT_VARIABLE symbols RESULT_VARIABLE failed)
if(failed OR NOT symbols MATCHES "cis2::simulator::")
  message(FATAL_ERROR "cannot read the symbols of ${PROGRAM}")
endif()
foreach(part IN LISTS forbidden)
  if(symbols MATCHES "cis2::${part}::")
    message(SEND_ERROR "${PROGRAM} has code of broker/${part}")
  endif()
endforeach()
