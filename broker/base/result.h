// Results, and the two words this code is strict about.
//
//   Outcome  expected, part of what a function is for: a Decision, an Admission, a Checked<T>
//            (reasons/refusal.h). The caller must look at it; a switch over an enum has no default.
//   Error    the thing could not be done: a file is unreadable, a socket is gone. It goes up unchanged in a
//            Result<T>, nobody branches on its text, and at the rim it becomes one line for the
//            administrator.
//
// Our code throws nothing. Libraries that throw are called where the exception can be caught at once.
// A function logs or returns, never both.
#ifndef CIS2_BROKER_BASE_RESULT_H_
#define CIS2_BROKER_BASE_RESULT_H_

#include <expected>
#include <string>
#include <utility>

namespace cis2::base {

// A sentence for the administrator: what could not be done, on what, why, and where it helps what to do.
// Already printable, and never holds a secret.
struct Error {
  std::string message;
};

template <class T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> Fail(std::string message) {
  return std::unexpected<Error>(Error{std::move(message)});
}

// "what: strerror(errno_value)".
std::unexpected<Error> FailErrno(std::string what, int errno_value);

}  // namespace cis2::base

// TRY(auto x, F()); returns the error of F() from this function, or defines x. For functions only: a
// coroutine uses CIS2_CO_TRY. Works for Result and for Checked alike.
#define CIS2_CONCAT_(a, b) a##b
#define CIS2_CONCAT(a, b) CIS2_CONCAT_(a, b)
// NOLINTBEGIN(bugprone-macro-parentheses): `result` and `decl` name what is declared, no expressions
#define CIS2_TRY_IMPL(result, decl, expr)              \
  auto result = (expr);                                \
  if (!result) {                                       \
    return std::unexpected(std::move(result).error()); \
  }                                                    \
  decl = std::move(*result)
// NOLINTEND(bugprone-macro-parentheses)
#define CIS2_TRY(decl, expr) CIS2_TRY_IMPL(CIS2_CONCAT(try_result_, __LINE__), decl, expr)
// The same for a result without a value.
#define CIS2_CHECK(expr)                                     \
  if (auto check_result = (expr); !check_result) {           \
    return std::unexpected(std::move(check_result).error()); \
  }                                                          \
  static_assert(true)

#endif  // CIS2_BROKER_BASE_RESULT_H_
