#include "broker/ctl/doctor/report.h"

#include "broker/base/documents.h"
#include "broker/ctl/commands.h"
#include "broker/ctl/print_json.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iomanip>
#include <utility>

namespace cis2::ctl::doctor {
namespace {

using nlohmann::ordered_json;

std::size_t Count(const std::vector<CheckResult>& results, Severity severity) {
  std::size_t count = 0;
  for (const CheckResult& result : results) {
    count += static_cast<std::size_t>(std::ranges::count(result.findings, severity, &Finding::severity));
  }
  return count;
}

const char* StateOf(const CheckResult& result) {
  if (Count({result}, Severity::kProblem) > 0) {
    return "problem";
  }
  if (!result.unknown.empty()) {
    return "unknown";
  }
  if (!result.skipped.empty()) {
    return "skipped";
  }
  return result.findings.empty() ? "ok" : "advice";
}

// What was seen is the half of it where something is wrong: then the findings speak alone.
std::string Note(const CheckResult& result) {
  if (!result.unknown.empty()) {
    return result.unknown;
  }
  if (!result.skipped.empty()) {
    return result.skipped;
  }
  return result.findings.empty() ? result.note : "";
}

const char* Name(Severity severity) { return severity == Severity::kProblem ? "problem" : "advice"; }

// "pages.file (2), pages.port"
std::string ShownIds(const Findings& findings) {
  std::vector<std::pair<std::string, int>> counted;
  for (const Finding& finding : findings) {
    const auto known = std::ranges::find(counted, finding.id, &std::pair<std::string, int>::first);
    if (known == counted.end()) {
      counted.emplace_back(finding.id, 1);
    } else {
      ++known->second;
    }
  }
  std::string text;
  for (const auto& [id, times] : counted) {
    text += (text.empty() ? "" : ", ") + id + (times == 1 ? "" : " (" + std::to_string(times) + ")");
  }
  return text;
}

std::string Counted(std::size_t n, const std::string& one, const std::string& many) {
  return n == 0 ? "no " + one : std::to_string(n) + " " + (n == 1 ? one : many);
}

ordered_json JsonOf(const Mend& mend) {
  if (!mend.command.empty()) {
    return {{"command", mend.command}};
  }
  if (mend.file.empty()) {
    return {{"elsewhere", mend.elsewhere}};
  }
  ordered_json json = {{"file", mend.file},
                       {"action", mend.number == 0 ? "append"
                                  : mend.replaces  ? "replace"
                                                   : "insert"}};
  if (mend.number != 0) {
    json["number"] = mend.number;
  }
  json["line"] = mend.line;
  if (!mend.then.empty()) {
    json["then"] = mend.then;
  }
  return json;
}

// Some findings are mended by two or three lines in place of one.
std::string Indented(const std::string& lines, const std::string& indent) {
  std::string text = indent;
  for (const char c : lines) {
    text += c == '\n' ? "\n" + indent : std::string(1, c);
  }
  return text + "\n";
}

}  // namespace

std::string MendText(const Mend& mend, const std::string& indent) {
  if (!mend.command.empty()) {
    return indent + mend.command + "\n";
  }
  if (mend.file.empty()) {
    return indent + mend.elsewhere + "\n";
  }
  const std::string number = std::to_string(mend.number);
  const std::string where = mend.number == 0   ? "at the end of " + mend.file + ":"
                            : mend.replaces    ? "line " + number + " of " + mend.file + " becomes:"
                            : mend.number == 1 ? "at the top of " + mend.file + ":"
                                               : "above line " + number + " of " + mend.file + ":";
  return indent + where + "\n" + Indented(mend.line, indent + "  ") +
         (mend.then.empty() ? "" : indent + "then: " + mend.then + "\n");
}

void Report::Add(CheckResult result) {
  if (!json_) {
    PrintLine(result);
  }
  results_.push_back(std::move(result));
}

void Report::PrintLine(const CheckResult& result) {
  const std::string state = StateOf(result);
  const std::string shown = state == "problem" ? "PROBLEM" : state == "unknown" ? "UNKNOWN" : state;
  out_ << std::left << std::setw(8) << shown << std::setw(14) << result.name << " ";
  const std::string note = Note(result);
  out_ << (note.empty() ? ShownIds(result.findings) : note);
  if (!result.compare.empty()) {
    out_ << "\n" << std::string(23, ' ') << result.compare;
  }
  out_ << '\n' << std::flush;  // the next check may wait for the network
}

void Report::PrintFindings() {
  for (const Severity severity : {Severity::kProblem, Severity::kAdvice}) {
    for (const CheckResult& result : results_) {
      for (const Finding& finding : result.findings) {
        if (finding.severity == severity) {
          out_ << "\n"
               << Name(severity) << ": " << finding.id << "\n  " << finding.what << "\n  " << finding.why
               << "\n  To mend it:\n"
               << MendText(finding.mend, "    ");
        }
      }
    }
  }
}

void Report::PrintJson() {
  ordered_json checks = ordered_json::array();
  ordered_json findings = ordered_json::array();
  for (const CheckResult& result : results_) {
    checks.push_back({{"check", result.name}, {"state", StateOf(result)}, {"note", Note(result)}});
    if (!result.compare.empty()) {
      checks.back()["compare"] = result.compare;
    }
    for (const Finding& finding : result.findings) {
      findings.push_back({{"id", finding.id},
                          {"severity", Name(finding.severity)},
                          {"what", finding.what},
                          {"why", finding.why},
                          {"mend", JsonOf(finding.mend)}});
    }
  }
  ctl::PrintJson(out_, ordered_json{{"ok", Status() == kExitOk}, {"checks", checks}, {"findings", findings}});
}

int Report::Status() const {
  if (Count(results_, Severity::kProblem) > 0) {
    return kExitNo;
  }
  const bool unknown =
      std::ranges::any_of(results_, [](const CheckResult& result) { return !result.unknown.empty(); });
  return unknown ? kExitUsage : kExitOk;
}

int Report::Finish() {
  if (json_) {
    PrintJson();
    return Status();
  }
  PrintFindings();
  out_ << "\n"
       << Counted(Count(results_, Severity::kProblem), "problem", "problems") << ", "
       << Counted(Count(results_, Severity::kAdvice), "piece of advice", "pieces of advice")
       << ". What each id means: " CIS2_DOCUMENTS "doctor.md. Commands are for root.\n";
  return Status();
}

}  // namespace cis2::ctl::doctor
