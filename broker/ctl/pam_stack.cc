#include "broker/ctl/pam_stack.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace cis2::ctl {
namespace {

constexpr std::string_view kBlanks = " \t";

// What is left of a line without its comment. A '#' begins one anywhere.
std::string WithoutComment(const std::string& line) {
  std::string text = line.substr(0, line.find('#'));
  text.erase(text.find_last_not_of(kBlanks) + 1);
  return text;
}

// The words of a rule: "[...]" is one, with its blanks; a "\]" in it does not end it.
std::vector<std::string> RuleWords(std::string_view text) {
  std::vector<std::string> words;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    if (text.empty()) {
      return words;
    }
    std::size_t end = 0;
    if (text.front() == '[') {
      end = 1;
      while (end < text.size() && text[end] != ']') {
        end += text[end] == '\\' ? std::size_t{2} : std::size_t{1};
      }
      end = std::min(end + 1, text.size());
    } else {
      end = std::min(text.find_first_of(kBlanks), text.size());
    }
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string WithoutBrackets(const std::string& word) {
  return word.size() >= 2 && word.starts_with('[') && word.ends_with(']') ? word.substr(1, word.size() - 2)
                                                                          : word;
}

std::string Lower(std::string word) {
  std::ranges::transform(word, word.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return word;
}

class Reader {
 public:
  Reader(const Tree& tree, std::string_view type) : tree_(tree), type_(type) {}

  PamStack Read(const std::string& service) {
    ReadFile(service, {.place = {.file = "/etc/pam.d/" + service, .number = 0, .text = {}},
                       .top = {},
                       .includes = 0,
                       .substacks = 0});
    return std::move(stack_);
  }

 private:
  // How a file was come to.
  struct Way {
    PamPlace place;  // the line that names it
    PamPlace top;    // the service's own line; without a number in the service's own file
    int includes = 0;
    int substacks = 0;
  };

  void ReadFile(const std::string& name, const Way& way) {
    const auto path = PamFile(tree_, name);
    const auto text = path ? tree_.Read(*path) : std::nullopt;
    if (!text || way.includes > kMaxPamDepth) {
      stack_.faults.push_back(
          {way.place, text ? name + " is included within itself" : "there is no file " + name});
      return;
    }
    const std::vector<std::string> lines = Lines(*text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const PamPlace place{.file = *path, .number = static_cast<int>(i) + 1, .text = lines[i]};
      std::string line = WithoutComment(lines[i]);
      while (line.ends_with('\\') && i + 1 < lines.size()) {
        line.back() = ' ';
        line += WithoutComment(lines[++i]);
      }
      ReadLine(line, place, way);
    }
  }

  void ReadLine(const std::string& line, const PamPlace& place, const Way& way) {
    const std::vector<std::string> words = RuleWords(line);
    const PamPlace& top = way.top.number == 0 ? place : way.top;
    const auto include = [&](const std::string& name, int substacks) {
      ReadFile(
          name,
          {.place = place, .top = top, .includes = way.includes + 1, .substacks = way.substacks + substacks});
    };
    if (words.empty()) {
      return;
    }
    if (words[0] == "@include") {
      if (words.size() > 1) {
        include(words[1], 0);
      }
      return;
    }
    std::string type = Lower(words[0]);
    type.erase(0, type.starts_with('-') ? 1 : 0);
    if (type != type_) {
      return;
    }
    if (words.size() < 3) {
      stack_.faults.push_back({place, "the line has no control or no module"});
      return;
    }
    const std::string control = Lower(words[1]);
    if (control == "include" || control == "substack") {
      include(words[2], control == "substack" ? 1 : 0);
      return;
    }
    PamRule rule{.place = place,
                 .top = top,
                 .control = control,
                 .module = words[2],
                 .arguments = {},
                 .depth = way.substacks};
    std::transform(words.begin() + 3, words.end(), std::back_inserter(rule.arguments), WithoutBrackets);
    stack_.rules.push_back(std::move(rule));
  }

  const Tree& tree_;
  const std::string type_;
  PamStack stack_;
};

// "success=done" of "[success=done default=die]"; empty if the value is not named.
std::string Named(std::string_view control, std::string_view value) {
  for (const std::string& word : Words(WithoutBrackets(std::string(control)))) {
    if (word.starts_with(std::string(value) + "=")) {
      return word.substr(value.size() + 1);
    }
  }
  return "";
}

}  // namespace

std::optional<std::string> PamFile(const Tree& tree, const std::string& name) {
  if (name.starts_with('/')) {
    return tree.Has(name) ? std::optional(name) : std::nullopt;
  }
  for (const char* folder : {"/etc/pam.d/", "/usr/lib/pam.d/"}) {
    if (tree.Has(folder + name)) {
      return folder + name;
    }
  }
  return std::nullopt;
}

std::string_view PamRule::module_name() const {
  const std::string_view name(module);
  return name.substr(name.rfind('/') + 1);
}

PamStack ReadPamStack(const Tree& tree, const std::string& service, std::string_view type) {
  return Reader(tree, type).Read(service);
}

std::vector<std::string> PamServices(const Tree& tree) {
  std::vector<std::string> services = tree.Names("/etc/pam.d");
  std::erase_if(services, [](const std::string& name) { return name.starts_with("common-"); });
  return services;
}

std::string PamAction(std::string_view control, std::string_view value) {
  if (control.starts_with('[')) {
    const std::string named = Named(control, value);
    const std::string other = named.empty() ? Named(control, "default") : named;
    return other.empty() ? "bad" : other;
  }
  const bool good = value == "success" || value == "new_authtok_reqd";
  if (control == "requisite" || control == "required") {
    return good ? "ok" : value == "ignore" ? "ignore" : control == "required" ? "bad" : "die";
  }
  if (control == "sufficient") {
    return good ? "done" : "ignore";
  }
  return good ? "ok" : "ignore";  // optional
}

std::size_t NextAfterSuccess(const std::vector<PamRule>& rules, std::size_t at) {
  const std::string action = PamAction(rules[at].control, "success");
  const int depth = rules[at].depth;
  if (action == "done" || action == "die") {
    // The end of the substack that it stands in; of the stack, outside of any.
    std::size_t next = at + 1;
    while (next < rules.size() && rules[next].depth >= depth && depth > 0) {
      ++next;
    }
    return depth > 0 ? next : rules.size();
  }
  std::size_t jump = 0;
  std::from_chars(action.data(), action.data() + action.size(), jump);
  return std::min(at + 1 + jump, rules.size());
}

}  // namespace cis2::ctl
