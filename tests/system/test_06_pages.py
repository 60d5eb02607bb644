"""Goal: a link belongs to the first browser that continues; nothing that a stranger's browser does moves a login."""

import urllib.parse

from harness import wire
from harness.process import eventually
from harness.scenario import Scenario
from harness.terminal import LINK

# On every page, redirect and error (design section 11).
HEADERS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def parameters(url):
    return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))


class Pages(Scenario):
    def _at_provider(self, browser):
        """The authorization request that the browser was sent to."""
        return parameters(browser.page.url)

    def _callback(self, browser, operator="one-role"):
        """Signs in but stops before the way back: the callback URL with its code."""
        answer = browser.submit("as-" + operator, follow=False)
        self.assertIn(answer.status, (302, 303), answer)
        return answer.header("location")

    # --- one owner

    def test_the_second_browser_sees_in_use(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        owner, second = self.stack.browser(), self.stack.browser("127.0.0.2")
        self.assertEqual(second.open(link).outcome, "pending")
        owner.to_provider(link)
        self.assertEqual(second.submit("continue").outcome, "in-use", second.page)
        self.assertEqual(second.open(link).outcome, "in-use")
        third = self.stack.browser("127.0.0.3")
        self.assertEqual(third.open(link).outcome, "in-use")
        self.assertNotIn("continue", third.page.forms)
        for address in ("127.0.0.2", "127.0.0.3"):
            self.stack.audit.waits_for(reason="browser.in_use", browser_addr=address)

        page = owner.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        # The strangers do not see the digits either.
        self.assertNotIn("confirmation-code", second.reload().ids)
        terminal.types(page.code)
        self.has_shell(terminal)

    def test_a_get_by_anybody_uses_nothing_up(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        for number in range(30):
            page = self.stack.browser(f"127.0.1.{number + 1}").open(link)
            self.assertEqual(page.outcome, "pending", page)
        scanner = self.stack.browser("127.0.2.1")
        for _ in range(5):
            self.assertEqual(scanner.request("GET", link, cookies=False).outcome, "pending")
        self.assertEqual(self.stack.logins()[0]["state"], "waiting")
        self.allowed_from_here(terminal, link)

    def allowed_from_here(self, terminal, link):
        browser = self.stack.browser()
        browser.sign_in(link)
        self.assertEqual(browser.page.outcome, "code", browser.page)
        terminal.types(browser.page.code)
        self.has_shell(terminal)
        return browser

    def test_the_owner_who_continues_again_gets_the_same_request(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        browser = self.stack.browser()
        browser.to_provider(link)
        first = self._at_provider(browser)
        browser.open(link)
        browser.submit("continue")
        self.assertEqual(self._at_provider(browser), first)
        page = browser.submit("as-one-role")
        terminal.types(page.code)
        self.has_shell(terminal)

    def test_the_authorization_request_has_what_cis2_asks_for(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        request = self._at_provider(browser)
        self.assertEqual(request["response_type"], "code")
        self.assertEqual(request["redirect_uri"], self.stack.public_url + "/callback")
        self.assertEqual(request["scope"].split()[0], "openid")
        self.assertEqual(request["prompt"], "login")
        self.assertEqual(request["acr_values"], "AAL3_ANY")
        self.assertEqual(request["max_age"], "300")
        self.assertEqual(request["code_challenge_method"], "S256")
        self.assertGreaterEqual(len(request["code_challenge"]), 43)
        self.assertGreaterEqual(len(request["state"]), 22)
        self.assertGreaterEqual(len(request["nonce"]), 22)

    # --- state and cookie

    def test_a_live_state_in_another_browser_ends_the_login_unredeemed(self):
        for name, thief in (("another key", self.stack.browser("127.0.0.2")), ("no cookie", None)):
            with self.subTest(name):
                terminal = self.stack.ssh("op1")
                link = terminal.sees_login()
                owner = self.stack.browser()
                owner.to_provider(link)
                callback = self._callback(owner)
                before = self.stack.sim.requests()["token"]
                if thief:
                    thief.open(link)
                    page = thief.open(callback)
                else:
                    page = self.stack.browser("127.0.0.3").request("GET", callback, cookies=False)
                self.assertIn(page.outcome, ("refused", "error"), page)
                self.assertIn("default browser", page.text)
                self.assertEqual(self.stack.sim.requests()["token"], before)
                # The owner has nothing more to win either.
                self.assertNotEqual(owner.open(callback).outcome, "code", owner.page)
                self.refused_at_next_enter(terminal, "The sign-in came back in another browser")
                event = self.outcome(reason="browser.other_browser")
                self.assertEqual(event["outcome"], "refused")
        self.assertEqual([code["redeemed"] for code in self.stack.sim.requests()["codes"]], [False, False])

    def test_the_callback_works_once(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        callback = self._callback(browser)
        page = browser.open(callback)
        self.assertEqual(page.outcome, "code", page)
        digits = page.code
        again = browser.open(callback)
        self.assertNotEqual(again.outcome, "allowed", again)
        self.assertEqual(self.stack.sim.requests()["token"], 1)
        # Going back cost nothing: the page still has the digits.
        self.assertEqual(browser.open(terminal.link).code, digits)
        terminal.types(digits)
        self.has_shell(terminal)
        browser.open(callback)
        self.assertEqual(self.stack.sim.requests()["token"], 1)

    def test_bad_callbacks_change_nothing(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        state = self._at_provider(browser)["state"]
        code = "0" * 32
        base = self.stack.public_url + "/callback"
        for query in ("", "?", "?code=" + code, f"?state={state}", f"?code={code}&state=", "?code=x&state=unknown",
                      f"?code={code}&code={code}&state={state}", f"?code={code}&state={state}&state={state}",
                      f"?code={code}&error=access_denied&state={state}", "?state=%00&code=%FF", "?&&&=&=",
                      f"?code={code}&state={state}&iss=a&iss=b", "?error=access_denied&state=unknown"):
            with self.subTest(query):
                page = browser.request("GET", base + query)
                self.assertEqual(page.outcome, "error", page)
                self.assertGreaterEqual(page.status, 400)
        # response_mode=query alone: an answer by form_post is none, not even one that is right.
        page = browser.request("POST", base, {"code": code, "state": state})
        self.assertEqual(page.status, 405, page)
        self.assertEqual(self.stack.sim.requests()["token"], 0)
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        terminal.types(page.code)
        self.has_shell(terminal)

    def test_an_answer_of_another_issuer_is_refused(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.to_provider(terminal.sees_login())
        callback = urllib.parse.urlsplit(self._callback(browser))
        query = dict(urllib.parse.parse_qsl(callback.query))
        query["iss"] = "https://evil.example/"
        page = browser.open(self.stack.public_url + "/callback?" + urllib.parse.urlencode(query))
        self.assertIn(page.outcome, ("refused", "error"), page)
        self.assertEqual(self.stack.sim.requests()["token"], 0)

    def test_forms_are_worth_nothing_without_their_token_and_cookie(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        owner, other = self.stack.browser(), self.stack.browser("127.0.0.2")
        owner.open(link)
        other.open(link)
        code = terminal.user_code
        for form in ("continue", "not-me"):
            url = f"{self.stack.public_url}/l/{code}/{form}"
            fields = dict(other.page.forms[form].fields)
            with self.subTest(form):
                for name, page in (
                    ("no token", owner.request("POST", url, {})),
                    ("token of another browser", owner.request("POST", url, fields)),
                    ("no cookie", owner.request("POST", url, dict(owner.page.forms[form].fields), cookies=False)),
                    ("garbage", owner.request("POST", url, {key: "A" * 40 for key in fields})),
                    # A form of another site: Lax keeps the cookie at home.
                    ("cross-site", owner.request("POST", url, dict(owner.page.forms[form].fields), cross_site=True,
                                                 headers={"Origin": "https://evil.example"})),
                ):
                    self.assertEqual((page.outcome, page.status >= 400), ("error", True), f"{name}: {page}")
        self.assertEqual(self.stack.logins()[0]["state"], "waiting")
        self.allowed_from_here(terminal, link)

    def test_cookies_are_one_a_login_and_at_most_four(self):
        terminals = [self.stack.ssh("op1") for _ in range(6)]
        links = [terminal.sees_login() for terminal in terminals]
        browser = self.stack.browser()
        for link in links:
            browser.open(link)
        names = [name for _, name in browser.cookies]
        self.assertEqual(len(names), 4)
        for cookie in browser.cookies.values():
            self.assertTrue(cookie.name.startswith("__Host-"), cookie.name)
            self.assertIn("httponly", cookie.attributes)
            self.assertIn("secure", cookie.attributes)
            self.assertEqual(cookie.same_site, "lax")
        self.allowed_from_here(terminals[-1], links[-1])

    # --- the ways in

    def test_every_spelling_of_the_link_finds_the_login(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        code = terminal.user_code
        browser = self.stack.browser()
        base = self.stack.public_url
        for spelling in (link, base + "/L/" + code, base + "/l/" + code.lower(), base + "/l/" + code.replace("-", ""),
                         base + "/?code=" + code, base + "/?code=" + code.lower().replace("-", "")):
            page = browser.open(spelling)
            self.assertEqual(page.outcome, "pending", f"{spelling}: {page}")
            self.assertIn("op1", page.text)

    def test_the_front_page_takes_a_code(self):
        browser = self.stack.browser()
        page = browser.open(self.stack.public_url + "/")
        self.assertEqual(page.status, 200)
        self.assertTrue(page.forms, page)

    def test_a_guessed_code_finds_nothing(self):
        browser = self.stack.browser()
        for code in ("BBBB-BBBB", "not-a-code", "..%2f..%2fetc", "%00", "BCDF-GHJKL"):
            page = browser.open(f"{self.stack.public_url}/l/{code}")
            self.assertEqual((page.status, page.outcome), (404, "error"), page)

    def test_too_many_guesses_are_answered_429_and_owners_go_on(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        owner = self.stack.browser("127.0.0.9")
        owner.to_provider(link)
        guesser = self.stack.browser("127.0.0.9")
        alphabet = "BCDFGHJKLM"
        statuses = [guesser.open(f"{self.stack.public_url}/l/{a}{b}BB-BBBB").status for a in alphabet for b in "BCD"]
        self.assertEqual(statuses[:20], [404] * 20)
        self.assertEqual(statuses[20:], [429] * 10)
        # Somebody else is not concerned.
        self.assertEqual(self.stack.browser("127.0.0.10").open(f"{self.stack.public_url}/l/ZZZZ-BBBB").status, 404)
        # From the guesser's address nobody opens a link for the first time, but the owner's page still works.
        page = owner.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        terminal.types(page.code)
        self.has_shell(terminal)

    # --- every answer

    def test_headers_on_every_route_and_error(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        browser = self.stack.browser()
        browser.open(link)
        base = self.stack.public_url
        pages = [browser.page]
        for path in ("/", "/l/BBBB-BBBB", "/callback", "/jwks", "/nowhere", "/healthz", "/favicon.ico", "/l/", "/assets/x"):
            pages.append(browser.request("GET", base + path))
        pages.append(browser.request("POST", base + "/", {}))
        pages.append(browser.request("POST", link + "/continue", {}))
        pages.append(browser.request("DELETE", link))
        pages.append(browser.request("PUT", base + "/callback"))
        for page in pages:
            with self.subTest(str(page)[:120]):
                for name, value in HEADERS.items():
                    self.assertIn(value, page.header(name))
                policy = page.header("content-security-policy")
                self.assertIn("default-src 'none'", policy)
                self.assertIn("frame-ancestors 'none'", policy)
                self.assertIn("form-action 'self'", policy)
                self.assertNotIn("unsafe", policy)
                self.assertIn("max-age=", page.header("strict-transport-security"))
                self.assertNotIn("includesubdomains", page.header("strict-transport-security").lower())
                self.assertFalse(page.header("server").lower().startswith("boost"), page.header("server"))

    def test_what_a_page_shows_is_text_and_never_markup(self):
        # ssh refuses such a name itself, other callers of PAM need not.
        with self.stack.pam_link() as link:
            link.send(wire.login_request(account="op1<b>x\x1b[31m", rhost="<script>", tty="\"'&"))
            kind, payload = link.receive()
            self.assertEqual(kind, wire.SCREEN)
            address = LINK.search(wire.strings(payload, 2)[1])
            self.stack.canary.add("user code", address.group(1))
            page = self.stack.browser().open(address.group(0))
            self.assertEqual(page.outcome, "pending", page)
            for raw in ("<b>", "<script", "\x1b"):
                self.assertNotIn(raw, page.body)

    def test_health(self):
        self.assertEqual(self.stack.browser().open(self.stack.public_url + "/healthz").status, 200)

    def test_pages_speak_the_browsers_language_or_english(self):
        page = self.stack.browser(language="xx, de;q=0.5").open(self.stack.public_url + "/")
        self.assertIn('lang="en', page.body)


class ManyPending(Scenario):
    options = {"limits": {"pending_per_account_and_address": 3}}

    def test_too_many_from_one_address_are_turned_away_and_others_are_not(self):
        terminals = [self.stack.ssh("op1", address="127.0.0.5") for _ in range(3)]
        for terminal in terminals:
            terminal.sees_login()
        fourth = self.stack.ssh("op1", address="127.0.0.5")
        fourth.sees("Too many logins to this account from this address are waiting")
        self.assertEqual(fourth.ends(), 255)
        self.assertEqual(self.outcome()["reason"], "limits.account_and_address")
        self.stack.ssh("op1", address="127.0.0.6").sees_login()
        self.stack.ssh("op2", address="127.0.0.5").sees_login()
        terminals[0].close()
        eventually(lambda: len(self.stack.logins()) == 4, "a place is free", 2)
        self.stack.ssh("op1", address="127.0.0.5").sees_login()


class FullHouse(Scenario):
    options = {"limits": {"pending_total": 4, "pending_per_account_and_address": 4}}

    def test_the_oldest_that_nobody_continued_gives_way(self):
        first = self.stack.ssh("op1", address="127.0.0.5")
        link = first.sees_login()
        owner = self.stack.browser()
        owner.to_provider(link)
        second = self.stack.ssh("op1", address="127.0.0.6")
        second.sees_login()
        for number in (7, 8):
            self.stack.ssh("op1", address=f"127.0.0.{number}").sees_login()
        self.stack.ssh("op1", address="127.0.0.9").sees_login()
        self.refused_at_next_enter(second, "gave up the oldest")
        page = owner.submit("as-one-role")
        first.types(page.code)
        self.has_shell(first)


class FewTokenRequests(Scenario):
    options = {"limits": {"token_requests_per_minute": 1}}

    def test_no_more_codes_are_redeemed_in_a_minute_than_the_limit(self):
        self.allowed(self.stack.ssh("op1"))
        browser = self.signed_in(self.stack.ssh("op2"), "second", self.stack.browser("127.0.0.78"))
        self.assertEqual(browser.page.status, 429, browser.page)
        self.assertIn("Too many sign-ins are being finished at once", browser.page.text)
        self.assertEqual(self.stack.sim.requests()["token"], 1)


class BehindAProxy(Scenario):
    options = {"web": {"trusted_proxies": ["127.0.0.77"]}}

    def test_forwarded_addresses_count_only_from_a_trusted_proxy(self):
        for address, seen in (("127.0.0.78", "127.0.0.78"), ("127.0.0.77", "192.0.2.33")):
            with self.subTest(address):
                terminal = self.stack.ssh("op1")
                browser = self.stack.browser(address)
                browser.open(terminal.sees_login())
                form = browser.page.forms["continue"]
                browser.request("POST", f"{self.stack.public_url}/l/{terminal.user_code}/continue", dict(form.fields),
                                {"X-Forwarded-For": "192.0.2.33"})
                event = self.stack.audit.waits_for(browser_addr=seen)
                self.assertEqual(event["account"], "op1")
