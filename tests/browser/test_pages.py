"""Goal: every page that an operator can meet is reached in a real login, and works there for everybody.

For each page: in English and Welsh, in light and dark, axe-core finds no barrier; nothing is cut at 320 pixels, at a
zoom of 200 % or with wide text spacing; it prints, has visible controls in forced colours, is small, loads nothing
from elsewhere, and Chromium's console has no complaint.
"""

import os
import re
import subprocess
import tempfile
import urllib.parse

from selenium.webdriver.common.keys import Keys

from harness import npm
from harness.chromium import ChromiumBrowser
from harness.journeys import JOURNEYS
from harness.process import eventually
from harness.scenario import Scenario

AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Best-practice rules that are left out, each with its reason: none.
AXE_LEFT_OUT = {}
AXE = """
const [tags, off, done] = arguments;
axe.run(document, {runOnly: {type: "tag", values: tags}, preload: false, resultTypes: ["violations", "incomplete"],
                   rules: Object.fromEntries(off.map(name => [name, {enabled: false}]))}).then(
  result => done({passes: result.passes.length, violations: result.violations, incomplete: result.incomplete}),
  error => done({error: String(error)}));
"""
# What sticks out of the window or of its own box.
CUT = """
const found = [], page = document.scrollingElement;
if (page.scrollWidth > innerWidth) found.push(`the page is ${page.scrollWidth} wide in a window of ${innerWidth}`);
for (const element of document.body.querySelectorAll("*")) {
  if (element.closest(".skip")) continue;
  const box = element.getBoundingClientRect(), name = element.tagName + "#" + element.id + "." + element.className;
  if (box.width && (box.left < -0.5 || box.right > innerWidth + 0.5)) found.push(`${name} from ${box.left} to ${box.right}`);
  if (element.clientWidth && element.scrollWidth > element.clientWidth + 1) found.push(`${name} is wider than its box`);
  if (element.clientHeight && getComputedStyle(element).overflow !== "visible" && element.scrollHeight > element.clientHeight + 1)
    found.push(`${name} is higher than its box`);
}
return found;
"""
# WCAG 2.2, 1.4.12. Through the object model, which the pages' policy does not concern.
SPACING = """
for (const element of document.body.querySelectorAll("*")) {
  element.style.lineHeight = "1.5"; element.style.letterSpacing = "0.12em"; element.style.wordSpacing = "0.16em";
  if (element.tagName === "P") element.style.marginBottom = "2em";
}
"""
LUMINANCE = """
const [r, g, b] = getComputedStyle(document.querySelector(arguments[0])).backgroundColor.match(/[0-9.]+/g).map(Number);
return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
"""
FOCUSED = """
const element = document.activeElement;
return element === document.body ? "" : element.className === "skip" ? "skip" :
  element.id || (element.form ? element.form.id : element.tagName);
"""
BOX = """
const box = document.activeElement.getBoundingClientRect();
return {x: box.x, y: box.y, width: box.width, height: box.height, top: innerHeight};
"""
MOST_BYTES = 20 * 1000
WIDE, PHONE = (1000, 900), (320, 640)
NO_SCRIPTS = {"profile.managed_default_content_settings.javascript": 2}


class PagesCase(Scenario):
    def setUp(self):
        self.journey = JOURNEYS.get(getattr(getattr(self, self._testMethodName), "page", None))
        if self.journey:
            self.options = dict(self.journey.options)
            self.parts = self.options.pop("parts", ())
        super().setUp()

    def chromium(self, **options):
        return self.stack.add_browser(ChromiumBrowser(self.stack.pki.ca, **options))

    def reach(self, **options):
        return self.journey.reach(self.stack, lambda: self.chromium(**options))

    def no_complaint(self, browser, *statuses):
        """Nothing in the console but, for a page that is an error by its status, that this is so."""
        statuses = [status for status in statuses or (self.journey.statuses if self.journey else ()) if status >= 400]
        expected = [f"Failed to load resource: the server responded with a status of {status} " for status in statuses]
        complaints = [text for text in browser.complaints(self.stack.public_url)
                      if not any(known in text for known in expected)]
        self.assertEqual(complaints, [])


def on(page):
    """The test is about this page: it gets the stack that the way there needs."""
    def mark(test):
        test.page = page
        return test
    return mark


class EveryPage(PagesCase):
    """One test a page of journeys.py."""

    def _sound(self):
        visit = self.reach(watch_network=True)
        self.addCleanup(visit.leave)
        self.stack.collect_secrets()
        browser = visit.browser
        self._is_small(browser)
        for language in ("en", "cy"):
            browser.speaks(language)
            browser.reload()
            self.assertEqual(browser.outcome, self.journey.outcome, browser.text)
            self.assertEqual(browser.driver.execute_script("return document.documentElement.lang"), language)
            self.assertEqual(browser.has("translation"), language == "cy")
            self._has_no_barrier(browser, language)
            self._is_nowhere_cut(browser, language)
        self._prints(browser)
        self._has_controls_in_forced_colours(browser)
        self.no_complaint(browser)

    def _is_small(self, browser):
        """With everything it loads, into an empty cache."""
        browser.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": True})
        browser.loads()
        browser.reload()
        loads = eventually(lambda: _whole(browser.loads()), "the page and its style sheet are loaded")
        icon = [] if any("favicon" in each["url"] for each in loads) else [self._icon()]
        hosts = {urllib.parse.urlsplit(each["url"]).netloc for each in loads}
        self.assertEqual(hosts, {urllib.parse.urlsplit(self.stack.public_url).netloc})
        self.assertLessEqual(sum(each["bytes"] for each in loads) + sum(icon), MOST_BYTES, loads)
        note(f"{self.journey.name}: {sum(each['bytes'] for each in loads) + sum(icon)} bytes")
        browser.driver.execute_cdp_cmd("Network.setCacheDisabled", {"cacheDisabled": False})

    def _icon(self):
        answer = self.stack.browser().request("GET", self.stack.public_url + "/favicon.ico", cookies=False)
        return len(answer.body) + sum(len(name) + len(value) + 4 for name, values in answer.headers.items() for value in values)

    def _has_no_barrier(self, browser, language):
        browser.driver.execute_script(axe_source())
        for scheme in ("light", "dark"):
            browser.media(prefers_color_scheme=scheme)
            with self.subTest(page=self.journey.name, language=language, scheme=scheme):
                light = browser.driver.execute_script(LUMINANCE, "main") > 0.5
                self.assertEqual(light, scheme == "light", "the page does not follow the scheme")
                result = browser.driver.execute_async_script(AXE, AXE_TAGS, list(AXE_LEFT_OUT))
                self.assertNotIn("error", result)
                self.assertGreater(result["passes"], 15)
                self.assertEqual(said(result["violations"]), [])
                # What axe-core cannot tell, it can be helped to tell.
                self.assertEqual(said(result["incomplete"]), [])
        browser.media()

    def _is_nowhere_cut(self, browser, language):
        for what, size in (("phone", (*PHONE, 1)), ("zoom", (WIDE[0] // 2, WIDE[1] // 2, 2)), ("wide", (*WIDE, 1))):
            browser.window(*size)
            with self.subTest(page=self.journey.name, language=language, window=what):
                self.assertEqual(browser.driver.execute_script("return innerWidth"), size[0])
                self.assertEqual(browser.driver.execute_script(CUT), [])
        browser.window(*PHONE)
        browser.driver.execute_script(SPACING)
        with self.subTest(page=self.journey.name, language=language, window="phone with wide spacing"):
            self.assertEqual(browser.driver.execute_script(CUT), [])
        browser.window(*WIDE)

    def _prints(self, browser):
        """On white, without what a sheet of paper cannot do."""
        browser.media("print", prefers_color_scheme="dark")
        shown = browser.driver.execute_script("""
            return [...document.querySelectorAll("form, button, #reload, .skip")].filter(e => e.getClientRects().length).map(
              e => e.tagName)""")
        self.assertEqual(shown, [])
        self.assertAlmostEqual(browser.driver.execute_script(LUMINANCE, "body"), 1)
        for element in ("h1", "#confirmation-code", ".facts", "#reference"):
            if browser.driver.execute_script("return !!document.querySelector(arguments[0])", element):
                self.assertGreater(browser.driver.execute_script(
                    "return document.querySelector(arguments[0]).getClientRects().length", element), 0, element)
        text = browser.driver.execute_script("return getComputedStyle(document.querySelector('h1')).color")
        self.assertEqual(text, "rgb(0, 0, 0)")
        browser.media()

    def _has_controls_in_forced_colours(self, browser):
        browser.media(forced_colors="active", prefers_color_scheme="dark")
        self.assertTrue(browser.driver.execute_script("return matchMedia('(forced-colors: active)').matches"))
        plain = browser.driver.execute_script("""
            return [...document.querySelectorAll("button, input[type=text], #confirmation-code")].filter(e => {
              const style = getComputedStyle(e);
              return parseFloat(style.borderTopWidth) < 1 || style.borderTopColor === style.backgroundColor;
            }).map(e => e.outerHTML)""")
        self.assertEqual(plain, [])
        browser.media()


def _every_page():
    for name in JOURNEYS:
        def test(self):
            self._sound()
        test.page = name
        setattr(EveryPage, "test_" + name.replace("-", "_"), test)


_every_page()


def note(text):
    """A figure, for the log of the run."""
    print("    " + text, flush=True)


def _whole(loads):
    """These answers, if the page itself and its style sheet are among them, all with their bytes."""
    kinds = {each["type"] for each in loads}
    return loads if {"Document", "Stylesheet"} <= kinds and all(each["bytes"] for each in loads) else None


def axe_source():
    with open(os.path.join(npm.modules("browser"), "axe-core/axe.min.js"), encoding="utf-8") as source:
        return source.read()


def said(findings):
    """What axe-core found, a line each."""
    return [f"{finding['id']} ({finding['impact']}): {node['html'][:160]}: {node['failureSummary']}"
            for finding in findings for node in finding["nodes"]]


class Keyboard(PagesCase):
    """No mouse, no touch."""

    def _tab(self, browser, wanted, limit=20):
        """Tabs on until this has the focus; what had it before, in order. Each must be seen to have it."""
        met = []
        for _ in range(limit):
            browser.keys(Keys.TAB)
            name = browser.driver.execute_script(FOCUSED)
            met.append(name)
            self._focus_is_seen(browser, name)
            if name == wanted:
                return met
        raise AssertionError(f"Tab does not lead to {wanted}: {met}")

    def _focus_is_seen(self, browser, name):
        """The window looks different, where the focus is, from what it looks like without it."""
        box = browser.driver.execute_script(BOX)
        self.assertGreater(box["width"] * box["height"], 0, name)
        self.assertGreaterEqual(box["y"], -0.5, f"{name} has the focus above the window")
        self.assertLessEqual(box["y"] + box["height"], box["top"] + 0.5, f"{name} has the focus below the window")
        focused = browser.picture()
        browser.driver.execute_script("window.had = document.activeElement; had.blur()")
        blurred = browser.picture()
        browser.driver.execute_script("had.focus({focusVisible: true})")
        # At least a line of two pixels around it (WCAG 2.2, 2.4.13).
        self.assertGreater(different_pixels(focused, blurred), 2 * 2 * (box["width"] + box["height"]) * 0.5, name)

    def test_a_whole_login(self):
        terminal = self.stack.ssh("op1")
        browser = self.chromium()
        browser.window(*WIDE)
        browser.open(terminal.sees_login())
        met = self._tab(browser, "continue")
        self.assertEqual(met, ["skip", "continue"])
        browser.presses(Keys.ENTER)
        self.assertTrue(browser.url.startswith(self.stack.issuer), browser.url)
        for _ in range(20):
            browser.keys(Keys.TAB)
            if browser.driver.execute_script(FOCUSED) == "as-one-role":
                break
        browser.presses(Keys.SPACE)
        self.assertEqual(browser.outcome, "code", browser.text)
        self.assertEqual(self._tab(browser, "reload"), ["skip", "not-me", "reload"])
        terminal.types(browser.code)
        self.has_shell(terminal)
        browser.presses(Keys.ENTER)
        self.assertEqual(browser.outcome, "allowed", browser.text)
        self.no_complaint(browser)

    def test_this_was_not_me(self):
        terminal = self.stack.ssh("op1")
        browser = self.chromium()
        browser.window(*PHONE)
        browser.open(terminal.sees_login())
        self.assertEqual(self._tab(browser, "not-me"), ["skip", "continue", "not-me"])
        browser.presses(Keys.SPACE)
        self.assertEqual(browser.outcome, "refused", browser.text)
        self.refused_at_next_enter(terminal, "said that they did not start this login")
        self.no_complaint(browser)

    def test_the_skip_link_skips(self):
        terminal = self.stack.ssh("op1")
        browser = self.chromium()
        browser.open(terminal.sees_login())
        browser.keys(Keys.TAB, Keys.ENTER)
        self.assertTrue(browser.url.endswith("#main"), browser.url)
        self.assertEqual(self._tab(browser, "continue"), ["continue"])
        self.no_complaint(browser)

    def test_a_code_typed_by_hand(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        browser = self.chromium()
        browser.open(self.stack.public_url + "/")
        self.assertEqual(self._tab(browser, "code"), ["skip", "code"])
        browser.keys(terminal.user_code.lower())
        browser.presses(Keys.ENTER)
        self.assertEqual(browser.outcome, "pending", browser.text)
        self.no_complaint(browser)


def different_pixels(one, other):
    with tempfile.TemporaryDirectory() as folder:
        names = [os.path.join(folder, name) for name in ("one.png", "other.png")]
        for name, data in zip(names, (one, other)):
            with open(name, "wb") as out:
                out.write(data)
        done = subprocess.run(["compare", "-metric", "AE", *names, "null:"], stderr=subprocess.PIPE, text=True, check=False)
    return float(re.match(r"[\d.e+]+", done.stderr).group(0))


class Journeys(PagesCase):
    """What people do that is not the straight way."""

    def _pending(self, **options):
        terminal = self.stack.ssh("op1")
        browser = self.chromium(**options)
        browser.open(terminal.sees_login())
        return terminal, browser

    def test_a_whole_login_loads_nothing_from_elsewhere(self):
        terminal, browser = self._pending(watch_network=True)
        browser.submit("continue")
        browser.submit("as-one-role")
        terminal.types(browser.code)
        self.has_shell(terminal)
        browser.reload()
        hosts = {urllib.parse.urlsplit(each["url"]).netloc for each in browser.loads() if each["url"].startswith("http")}
        self.assertEqual(hosts, {urllib.parse.urlsplit(url).netloc for url in (self.stack.public_url, self.stack.issuer)})
        self.no_complaint(browser)

    def test_without_scripts(self):
        terminal, browser = self._pending(preferences=NO_SCRIPTS)
        browser.driver.get("data:text/html,<title>off</title><script>document.title = 'on'</script>")
        self.assertEqual(browser.driver.title, "off")
        browser.sign_in(terminal.link)
        terminal.types(browser.code)
        self.has_shell(terminal)
        browser.reload()
        self.assertEqual(browser.outcome, "allowed", browser.text)
        terminal, browser = self._pending(preferences=NO_SCRIPTS)
        browser.submit("not-me")
        self.assertEqual(browser.outcome, "refused", browser.text)
        self.no_complaint(browser)

    def test_welsh_where_the_browser_is_set_to_welsh(self):
        terminal, browser = self._pending(preferences={"intl.accept_languages": "cy,en"})
        for form in ("continue", "as-one-role"):
            self.assertEqual(browser.driver.execute_script("return document.documentElement.lang"),
                             "cy" if form == "continue" else "en")  # the simulator speaks English
            browser.submit(form)
        self.assertEqual(browser.outcome, "code", browser.text)
        self.assertEqual(browser.driver.execute_script("return document.documentElement.lang"), "cy")
        terminal.types(browser.code)
        self.has_shell(terminal)
        self.no_complaint(browser)

    def test_back_after_the_end_shows_the_present_state(self):
        terminal, browser = self._pending()
        browser.submit("continue")
        browser.submit("as-one-role")
        terminal.types(browser.code)
        self.has_shell(terminal)
        browser.reload()
        self.assertEqual(browser.outcome, "allowed", browser.text)
        self._goes_back_to_the_link(browser, "allowed")
        self.assertEqual(self.stack.sim.requests()["token"], 1)
        self.assertEqual(len(self.stack.audit.outcomes()), 1)
        self.no_complaint(browser)

    def test_back_after_this_was_not_me_shows_the_refusal(self):
        _, browser = self._pending()
        browser.submit("not-me")
        self.assertEqual(browser.outcome, "refused", browser.text)
        self._goes_back_to_the_link(browser, "refused")
        self.assertEqual(len(self.stack.audit.outcomes()), 1)
        self.no_complaint(browser)

    def _goes_back_to_the_link(self, browser, outcome):
        """Back until the page of the link is there again, never by way of "send the form again?"."""
        seen = []
        for _ in range(browser.driver.execute_script("return history.length") - 1):
            browser.driver.back()
            seen.append((browser.url, browser.outcome))
            self.assertNotIn("ERR_", browser.text)
        ours = [pair for pair in seen if pair[0].startswith(self.stack.public_url)]
        self.assertTrue(ours, seen)
        self.assertEqual({each[1] for each in ours}, {outcome}, seen)

    def test_two_tabs_of_one_browser_are_one_owner(self):
        terminal, browser = self._pending()
        first = browser.driver.current_window_handle
        browser.driver.switch_to.new_window("tab")
        browser.open(terminal.link)
        self.assertEqual(browser.outcome, "pending", browser.text)
        second = browser.driver.current_window_handle
        browser.submit("continue")
        browser.driver.switch_to.window(first)
        browser.submit("continue")
        self.assertTrue(browser.url.startswith(self.stack.issuer), browser.url)
        browser.submit("as-one-role")
        digits = browser.code
        # The other tab signs in as well, with a state that was used: no harm, and the same digits.
        browser.driver.switch_to.window(second)
        browser.submit("as-one-role")
        self.assertIn(browser.outcome, ("error", "code"), browser.text)
        browser.open(terminal.link)
        self.assertEqual(browser.code, digits)
        terminal.types(digits)
        self.has_shell(terminal)
        self.assertEqual(self.stack.sim.requests()["token"], 1)

    def test_of_two_browsers_the_first_to_continue_is_the_owner(self):
        terminal, owner = self._pending()
        second = self.chromium()
        second.open(terminal.link)
        self.assertEqual(second.outcome, "pending", second.text)
        owner.submit("continue")
        second.submit("continue")
        self.assertEqual(second.outcome, "in-use", second.text)
        self.assertFalse(second.has("continue") or second.has("not-me"), second.text)
        owner.submit("as-one-role")
        terminal.types(owner.code)
        self.has_shell(terminal)
        second.reload()
        self.assertFalse(second.has("confirmation-code"))
        self.no_complaint(owner)
        self.no_complaint(second, 409)

    def test_a_provider_that_is_away_at_continue(self):
        terminal, browser = self._pending()
        self.stack.collect_secrets()
        self.stack.sim.program.stop()
        # The page of the provider is the provider's: the browser says that nobody answers there.
        browser.driver.execute_script("document.getElementById('continue').requestSubmit()")
        eventually(lambda: "ERR_CONNECTION_REFUSED" in browser.text, "the browser says that the provider is away", 10)
        browser.open(terminal.link)
        self.assertEqual(browser.outcome, "pending", browser.text)
        self.stack.start_sim()
        browser.submit("continue")
        browser.submit("as-one-role")
        self.assertEqual(browser.outcome, "code", browser.text)
        terminal.types(browser.code)
        self.has_shell(terminal)

    @on("expired")
    def test_continue_after_the_time_ran_out(self):
        terminal, browser = self._pending()
        eventually(lambda: self.stack.logins() == [], "the time of the login is over", 15)
        browser.submit("continue")
        self.assertEqual(browser.outcome, "expired", browser.text)
        self.refused_at_next_enter(terminal, "Time ran out")
        self.no_complaint(browser)

    def test_a_refusal_says_why(self):
        terminal, browser = self._pending()
        browser.submit("continue")
        browser.submit("as-aal2")
        self.assertEqual(browser.outcome, "refused", browser.text)
        self.assertIn("needs a sign-in of level 3, you signed in at level 2", browser.text)
        self.assertEqual(browser.text_of("reference"), self.outcome()["reference"])
        self.refused_at_next_enter(terminal, "needs a sign-in of level 3, you signed in at level 2")
        self.no_complaint(browser)
