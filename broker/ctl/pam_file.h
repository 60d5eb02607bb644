// One file of /etc/pam.d as text, and the block of lines that `cis2ctl enable` puts into it.
//
// The block is inserted, and no other byte changes: what stood there goes on to serve root, the rescue group and, with
// a fallback, everybody while broker or provider cannot be reached. Taking the block out gives the file back byte for
// byte, also where it was edited elsewhere since.
//
// The block stands before the first auth line that asks for something. Jumps in it count its own lines alone, so it
// does not matter how many lines an @include below brings.
//
// Refused: a file in which the block could be jumped over or would open a way around it. Every refusal says what to do
// by hand. Limits: 64 KiB. Threads: none, no I/O. Source of the syntax: pam.conf(5); of `done`: ADR 11.
#ifndef CIS2_BROKER_CTL_PAM_FILE_H_
#define CIS2_BROKER_CTL_PAM_FILE_H_

#include "broker/base/result.h"

#include <string>
#include <string_view>

namespace cis2::ctl {

inline constexpr std::string_view kBlockBegin = "# begin cis2 (cis2ctl enable)";
inline constexpr std::string_view kBlockEnd = "# end cis2";

// What the lines of the block depend on.
struct PamChange {
  std::string service = {};       // for the comment in the block: "sshd"
  std::string rescue_group = {};  // its members sign in as before; empty: root alone
  bool fallback = false;          // as before for everybody, while broker or provider cannot be reached
  bool refuse_others = false;     // the account phase refuses who came by other means: others=refuse
  std::string socket = {};        // the broker's; empty: the module's default
};

// A name that may stand in the block: no blank, colon or bracket, nothing that PAM reads otherwise.
bool IsGroupName(std::string_view name);

// The lines of the block with both markers.
std::string PamBlock(const PamChange& change);

// `text` with the block in it. `path` is for the refusal alone.
base::Result<std::string> WithPamBlock(std::string_view text, const PamChange& change,
                                       const std::string& path);

// Whether the block is there.
bool HasBlock(std::string_view text);
// `text` without it, and as it is where there is none. Serves any file with such a block. Refused where the markers
// do not belong together.
base::Result<std::string> WithoutBlock(std::string_view text, const std::string& path);

// Whether a line outside of a comment names our module, or the file to include that does.
bool NamesOurModule(std::string_view text);
// Whether all that `text` asks for comes from the file `service` beside it, as Debian's su-l does from su: a block
// there serves both.
bool TakesAuthFrom(std::string_view text, std::string_view service);

}  // namespace cis2::ctl

#endif  // CIS2_BROKER_CTL_PAM_FILE_H_
