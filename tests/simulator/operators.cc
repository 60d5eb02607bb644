#include "tests/simulator/operators.h"

#include <algorithm>

namespace cis2::simulator {
namespace {

constexpr std::string_view kSmartcard = "N3_SMARTCARD";
constexpr std::string_view kTotp = "TOTP";
constexpr std::string_view kPassword = "USERPASS";

constexpr Organisation kY51{"656008045105", "SIMULATED PROGRAMME FOR IT", "Y51"};
constexpr Organisation kX09{"656005753107", "SIMULATED NATIONAL OFFICE", "X09"};
constexpr Organisation kRx1{"656008045201", "SIMULATED HOSPITALS TRUST", "RX1"};

std::vector<Role> ManyRoles() {
  return {
      {kY51.person_orgid,
       "656014452101",
       kY51.code,
       R"("Support":"Support":"Admin/Clinical Support Access Role")",
       "S8001:G8002:R8008",
       {{"B0145", "Execute CDS DQ Extracts (Clear)"},
        {"B8002", "Manage Shared Non Patient Identifiable Information"},
        {"B1560", "Run PbR Commissioning Extracts"}}},
      {kX09.person_orgid,
       "656005754108",
       kX09.code,
       R"("Admin & Clerical":"Management - A & C":"Registration Authority Manager")",
       "S0080:G0450:R5080",
       {{"B0015", "Receive Legal Override and Emergency View Alerts"},
        {"B0028", "Manage Allergies"},
        {"B0030", "Record a Patient's Self Referral"},
        {"B0017", "Receive SAR Refused Alerts"}}},
  };
}

Role Support(std::string_view person_roleid) {
  return {kRx1.person_orgid,   person_roleid,
          kRx1.code,           R"("Support":"Support":"Admin/Clinical Support Access Role")",
          "S8001:G8002:R8008", {{"B0062", "Local System Administration"}}};
}

Role Clinician(std::string_view person_roleid) {
  return {kRx1.person_orgid,   person_roleid,
          kRx1.code,           R"("Clinical":"Clinical Provision":"Clinical Practitioner Access Role")",
          "S8001:G8002:R8000", {{"B0360", "View Detailed Health Records"}}};
}

// An operator with the one role of `one-role`.
Operator WithSupportRole(std::string_view name, std::string_view sub, std::string_view given,
                         std::string_view family, std::string_view roleid) {
  Operator person{.name = name, .sub = sub, .given_name = given, .family_name = family};
  person.amr = kSmartcard;
  person.roles = {Support(roleid)};
  person.organisations = {kRx1};
  person.selected_roleid = roleid;
  return person;
}

Operator WithLevels(Operator person, int aal, int ial, std::string_view amr) {
  person.aal = aal;
  person.ial = ial;
  person.amr = amr;
  return person;
}

std::vector<Operator> MakeOperators() {
  Operator many{
      .name = "many-roles", .sub = "656005750104", .given_name = "Maren", .family_name = "Oakhurst"};
  many.amr = kSmartcard;
  many.roles = ManyRoles();
  many.organisations = {kY51, kX09};

  Operator none{
      .name = "no-roles", .sub = "656005750106", .given_name = "Isolde", .family_name = "Quarrington"};
  none.amr = kSmartcard;

  Operator second = WithSupportRole("second", "656005750107", "Caspian", "Threlfall-Moor", "656014452107");
  second.roles = {Clinician("656014452107")};

  return {
      many,
      WithSupportRole("one-role", "656005750105", "Tobias", "Fennimore", "656014452105"),
      none,
      second,
      WithLevels(WithSupportRole("aal2", "656005750112", "Priya", "Wetherlam", "656014452112"), 2, 3, kTotp),
      WithLevels(WithSupportRole("aal1", "656005750110", "Bram", "Ostwick", "656014452110"), 1, 3, kPassword),
      WithLevels(WithSupportRole("ial2", "656005750201", "Nerys", "Calloway", "656014452201"), 3, 2,
                 kSmartcard),
      WithLevels(WithSupportRole("ial1", "656005750202", "Rufus", "Penhallow", "656014452202"), 3, 1,
                 kSmartcard),
  };
}

}  // namespace

const std::vector<Operator>& Operators() {
  static const std::vector<Operator> operators = MakeOperators();
  return operators;
}

const Operator* FindOperator(std::string_view name) {
  const auto found = std::ranges::find(Operators(), name, &Operator::name);
  return found == Operators().end() ? nullptr : &*found;
}

}  // namespace cis2::simulator
