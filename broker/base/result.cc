#include "broker/base/result.h"

#include <cstring>

namespace cis2::base {

std::unexpected<Error> FailErrno(std::string what, int errno_value) {
  return Fail(std::move(what) + ": " + ::strerrordesc_np(errno_value));
}

}  // namespace cis2::base
