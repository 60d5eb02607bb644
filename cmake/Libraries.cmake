# Every library that is not ours, in one place. All of them are Debian packages.

find_package(Threads REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(CURL REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)
pkg_check_modules(APPARMOR REQUIRED IMPORTED_TARGET libapparmor)
pkg_check_modules(SYSTEMD REQUIRED IMPORTED_TARGET libsystemd)
find_package(Boost 1.81 REQUIRED)
find_path(CIS2_PAM_INCLUDE security/pam_modules.h REQUIRED)
find_library(CIS2_PAM_LIBRARY pam REQUIRED)
find_library(CIS2_PAM_MISC_LIBRARY pam_misc REQUIRED)
find_path(CIS2_TOMLPP_INCLUDE toml++/toml.h REQUIRED)
find_path(CIS2_MUSTACHE_INCLUDE kainjow/mustache.hpp REQUIRED)
find_path(CIS2_CLI11_INCLUDE CLI/CLI.hpp REQUIRED)

if(CIS2_BUILD_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
  find_path(CIS2_RAPIDCHECK_INCLUDE rapidcheck.h)
  find_library(CIS2_RAPIDCHECK_LIBRARY rapidcheck)
endif()
if(CIS2_BUILD_SIMULATOR OR CIS2_BUILD_TESTS)
  pkg_check_modules(CJOSE REQUIRED IMPORTED_TARGET cjose)
endif()

# Header-only libraries as SYSTEM, so that our warnings do not judge their code.
foreach(lib TOMLPP MUSTACHE CLI11)
  add_library(cis2_${lib} INTERFACE)
  target_include_directories(cis2_${lib} SYSTEM INTERFACE "${CIS2_${lib}_INCLUDE}")
endforeach()
target_compile_definitions(cis2_TOMLPP INTERFACE TOML_EXCEPTIONS=0)
# Without NDEBUG toml++ 3.3 ends the process for some malformed texts, such as "[:a]", that it reports otherwise.
target_compile_options(cis2_TOMLPP INTERFACE "-DTOML_ASSERT(expression)=static_cast<void>(0)")

# Asio, its TLS part and Beast are compiled once, in broker/http/boost_impl.cc.
add_library(cis2_asio INTERFACE)
target_link_libraries(cis2_asio INTERFACE Boost::headers OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
target_compile_definitions(cis2_asio INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_VISIBILITY)
