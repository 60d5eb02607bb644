// The HTML of every page, made from the templates in pages/ that are built into the program.
//
// Templates use {{name}} alone, which escapes; a test refuses the forms that do not. No script, no refresh:
// an open page changes only when it is loaded again (design section 4, step 7). Their words are in
// broker/texts, and {{say.Name}} in a template is one of them. Pure but for the template library, whose
// streams need no locale. Threads: any, after construction.
#ifndef CIS2_BROKER_FRONT_PAGES_H_
#define CIS2_BROKER_FRONT_PAGES_H_

#include "broker/base/clock.h"
#include "broker/front/wire/messages.h"
#include "broker/texts/texts.h"

#include <string>
#include <string_view>

namespace cis2::front {

// A page about a login. Without a user code it has no form and no link to itself.
struct LoginView {
  front_wire::Page page;
  std::string user_code;   // canonical, or empty
  std::string form_token;  // for the forms; empty without a user code
  base::WallTime now{};
  texts::Language language = texts::Language::kEnglish;
};

class Pages {
 public:
  Pages();

  // "/assets/{hash}.css"
  [[nodiscard]] const std::string& style_path() const { return style_path_; }
  [[nodiscard]] std::string_view StyleSheet() const;
  [[nodiscard]] std::string_view Favicon() const;  // SVG

  // `not_a_code`: something was typed that cannot be one, and the page says so.
  [[nodiscard]] std::string EnterCode(texts::Language language, bool not_a_code) const;
  [[nodiscard]] std::string Login(const LoginView& view) const;
  // What has no login: the page `unavailable` for 503, else `error`.
  [[nodiscard]] std::string Fault(texts::Language language, int status) const;

 private:
  std::string style_path_;
};

// data-outcome.
std::string_view NameOf(front_wire::PageOutcome outcome);

}  // namespace cis2::front

#endif  // CIS2_BROKER_FRONT_PAGES_H_
