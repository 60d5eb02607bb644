// The HTML of every page, made from the templates in pages/ that are built into the program.
//
// Templates use {{name}} alone, which escapes; a test refuses the forms that do not. No script, no refresh:
// an open page changes only when it is loaded again (design section 4, step 7). Texts are plain English; the
// sentence of a reason is reasons::OperatorText. Pure but for the template library, whose streams need no
// locale. Threads: any, after construction.
#ifndef CIS2_BROKER_FRONT_PAGES_H_
#define CIS2_BROKER_FRONT_PAGES_H_

#include "broker/base/clock.h"
#include "broker/front/wire/messages.h"

#include <string>
#include <string_view>

namespace cis2::front {

// A page about a login. Without a user code it has no form and no link to itself.
struct LoginView {
  front_wire::Page page;
  std::string user_code;   // canonical, or empty
  std::string form_token;  // for the forms; empty without a user code
  base::WallTime now{};
};

class Pages {
 public:
  Pages();

  // "/assets/{hash}.css"
  [[nodiscard]] const std::string& style_path() const { return style_path_; }
  [[nodiscard]] std::string_view StyleSheet() const;
  [[nodiscard]] std::string_view Favicon() const;  // SVG

  // `message` says what was wrong with what was typed; empty at first.
  [[nodiscard]] std::string EnterCode(std::string_view message) const;
  [[nodiscard]] std::string Login(const LoginView& view) const;
  // What has no login: the page `unavailable` for 503, else `error`.
  [[nodiscard]] std::string Fault(int status) const;

 private:
  std::string style_path_;
};

// data-outcome.
std::string_view NameOf(front_wire::PageOutcome outcome);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_PAGES_H_
