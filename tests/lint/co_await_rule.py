#!/usr/bin/python3
"""No braces and no captures in an expression with co_await: g++ 12 destroys such temporaries twice.

Also no `c ? co_await a() : b`, and no `Struct s{co_await f()}`. What is passed to a coroutine is named first and moved
then. Boost.Asio's own coroutines are few here (docs/adr/0002); this keeps every one of them right.
"""

import re

import common

# The measured cases: facts of g++ 12.2 at -O0 and -O2, both under ASan.
WRONG = (
    "auto r = co_await http_.Send({.method = kPost, .url = url});",
    "auto r = co_await pool_.Run([this, body] { return Perform(body); });",
    "co_await F(T{1, 2});",
    "co_await Obj{}.Method();",
    "auto r = c ? co_await F() : T{};",
    "Agg a{co_await F(), 1};",
    "co_await Write(std::array{a, b});",
    "if (auto r = co_await F({1}); !r) {\n}",
)
RIGHT = (
    "auto r = co_await http_.Send(std::move(request));",
    "if (auto r = co_await F(); !r) {\n  co_return;\n}",
    "auto [ec, n] = co_await socket.async_read_some(buffer, token);",
    "while (co_await F()) {\n  g({1});\n}",
    "http::Request request{.method = kPost};\nauto r = co_await Send(std::move(request));",
    "co_return Agg{1, 2};",
    "Awaitable<void> F() {\n  co_await G();\n}",
)


def faults(code):
    """Positions of the co_awaits that break the rule."""
    for match in re.finditer(r"\bco_await\b", code):
        start = max(code.rfind(c, 0, match.start()) for c in (";", "}"))
        # A '{' opens a block if its line ends with it; else it belongs to the expression.
        block = [m.end() for m in re.finditer(r"\{[ \t]*\n", code[:match.start()])]
        start = max([start, *block[-1:]])
        before = code[start + 1:match.start()]
        after = re.split(r";|\{[ \t]*\n", code[match.end():], maxsplit=1)[0]
        before = re.sub(r"\bauto\s*&{0,2}\s*\[[^\]]*\]", "auto", before)
        if re.search(r"[{\[?]", before) or re.search(r"[{\[]", after):
            yield match.start()


def main():
    findings = [f"this lint misses: {code}" for code in WRONG if not list(faults(code))]
    findings += [f"this lint refuses what is right: {code}" for code in RIGHT if list(faults(code))]
    for path in common.files("broker", "pam_module", "tests"):
        code = common.without_comments_and_strings(path.read_text())
        for position in faults(code):
            findings.append(f"{common.name(path)}:{common.line_of(code, position)}: braces, a capture or ?: around co_await")
    common.report(findings)


main()
