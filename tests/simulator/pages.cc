#include "tests/simulator/pages.h"

#include "tests/simulator/operators.h"

#include <kainjow/mustache.hpp>

namespace cis2::simulator {
namespace {

using Data = kainjow::mustache::data;

// The attributes of the forms are part of CONTROL.md: scripts look for them as text.
constexpr const char* kSignIn = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in - simulated CIS2</title>
</head>
<body>
<main>
<h1>Simulated CIS2: who signs in?</h1>
<p>This is a stand-in for tests. Nobody here is a real person.</p>
<dl>
<dt>Application</dt><dd>{{client}}</dd>
<dt>Asked for</dt><dd>{{acr}}</dd>
</dl>
{{#operators}}
<form id="as-{{name}}" method="post">
<input type="hidden" name="transaction" value="{{transaction}}">
<input type="hidden" name="operator" value="{{name}}">
<p><button type="submit">Sign in as {{full_name}}</button>
{{name}}, {{sub}}: AAL {{aal}}, IAL {{ial}}, roles: {{roles}}</p>
</form>
{{/operators}}
<form id="deny" method="post">
<input type="hidden" name="transaction" value="{{transaction}}">
<input type="hidden" name="operator" value="deny">
<p><button type="submit">Do not sign in</button></p>
</form>
</main>
</body>
</html>
)";

constexpr const char* kError = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Error - simulated CIS2</title>
</head>
<body>
<main>
<h1>Simulated CIS2: this request is refused</h1>
<p id="error">{{what}}</p>
</main>
</body>
</html>
)";

Data OperatorData(const Operator& who, const std::string& transaction) {
  Data data;
  data.set("transaction", transaction);
  data.set("name", std::string(who.name));
  data.set("full_name", std::string(who.given_name) + " " + std::string(who.family_name));
  data.set("sub", std::string(who.sub));
  data.set("aal", std::to_string(who.aal));
  data.set("ial", std::to_string(who.ial));
  data.set("roles", std::to_string(who.roles.size()));
  return data;
}

}  // namespace

std::string SignInPage(const AuthorizationRequest& request, const std::string& client_id,
                       const std::string& transaction) {
  Data operators(Data::type::list);
  for (const auto& who : Operators()) {
    operators.push_back(OperatorData(who, transaction));
  }
  Data data;
  data.set("client", client_id);
  data.set("acr", request.acr);
  data.set("transaction", transaction);
  data.set("operators", operators);
  kainjow::mustache::mustache page(kSignIn);
  return page.render(data);
}

std::string ErrorPage(std::string_view what) {
  kainjow::mustache::mustache page(kError);
  return page.render(Data("what", std::string(what)));
}

}  // namespace cis2::simulator
