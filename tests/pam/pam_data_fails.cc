#include "tests/pam/pam_data_fails.h"

#include <security/pam_modules.h>

#include <dlfcn.h>

namespace cis2::testing {
namespace {

bool fails = false;

}  // namespace

PamDataFails::PamDataFails() { fails = true; }
PamDataFails::~PamDataFails() { fails = false; }

}  // namespace cis2::testing

extern "C" int pam_set_data(pam_handle_t* pamh, const char* name, void* data,
                            void (*cleanup)(pam_handle_t* pamh, void* data, int error_status)) {
  if (cis2::testing::fails) {
    return PAM_BUF_ERR;
  }
  static const auto original = reinterpret_cast<decltype(&pam_set_data)>(::dlsym(RTLD_NEXT, "pam_set_data"));
  return original(pamh, name, data, cleanup);
}
