// Joins a target to libFuzzer.
#include "tests/fuzz/target.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cis2::fuzz::Judge({reinterpret_cast<const char*>(data), size});
  return 0;
}
