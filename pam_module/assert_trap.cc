// Where a failed assertion of the standard library's headers ends: at once, in this module, without
// libstdc++, whose function this replaces. The module is linked without libstdc++, so that sshd does not get
// a second C++ runtime, and the assertions (_GLIBCXX_ASSERTIONS) stay on all the same.
//
// A trap ends the host process for this login alone; going on after an access out of range could let
// somebody in.
#include <cstddef>

#pragma GCC visibility push(hidden)
namespace std {

// The library declares this function for others to define.
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,cert-dcl58-cpp): the library's name
void __glibcxx_assert_fail(const char* /*file*/, int /*line*/, const char* /*function*/,
                           const char* /*condition*/) noexcept {
  __builtin_trap();
}

}  // namespace std
#pragma GCC visibility pop
