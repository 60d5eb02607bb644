// Owners for handles of C libraries: CHandle<EVP_PKEY, EVP_PKEY_free>.
#ifndef CIS2_BROKER_BASE_C_HANDLE_H_
#define CIS2_BROKER_BASE_C_HANDLE_H_

#include <memory>

namespace cis2::base {

template <auto F>
struct FreeWith {
  template <class T>
  void operator()(T* p) const noexcept {
    F(p);
  }
};

template <class T, auto F>
using CHandle = std::unique_ptr<T, FreeWith<F>>;

}  // namespace cis2::base

#endif  // CIS2_BROKER_BASE_C_HANDLE_H_
