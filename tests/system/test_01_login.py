"""Goal: an operator whom a grant names gets a shell over real ssh, and the traces that are left are the right ones."""

import os
import re

from harness import machine
from harness.pki import private_numbers, private_parts
from harness.process import eventually, run
from harness.scenario import Scenario
from harness.stack import ONE_ROLE, SECOND, grant


class Login(Scenario):
    def test_allowed_operator_gets_a_shell(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        self.assertIn(self.stack.public_url + "/l/", link)

        browser = self.stack.browser()
        page = browser.open(link)
        self.assertEqual((page.status, page.outcome), (200, "pending"), page)
        for fact in ("server-a", "op1", "sshd", "127.0.0.1"):
            self.assertIn(fact, page.text)
        self.assertIn("not-me", page.forms)

        browser.submit("continue")
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        self.assertRegex(page.code, r"^\d{6}$")
        for fact in ("server-a", "op1", "sshd", "127.0.0.1"):
            self.assertIn(fact, page.text)
        self.assertIn("not-me", page.forms)

        terminal.types(page.code)
        self.has_shell(terminal)
        self.assertEqual(browser.reload().outcome, "allowed", browser.page)
        self.nothing_pending()

        event = self.outcome(outcome="allowed")
        wanted = {"account": "op1", "service": "sshd", "host": "server-a", "sub": ONE_ROLE, "aal": 3, "ial": 3,
                  "grant": "grant for op1", "iss": self.stack.issuer, "rhost": "127.0.0.1", "browser_addr": "127.0.0.1"}
        self.assertEqual({key: event.get(key) for key in wanted}, wanted)
        requests = self.stack.sim.requests()
        self.assertEqual((requests["authorize"], requests["token"], requests["userinfo"]), (1, 1, 1), requests)
        self.assertEqual([code["redeemed"] for code in requests["codes"]], [True])

        terminal.types("exit 7")
        self.assertEqual(terminal.ends(), 7)

    def test_over_ipv6(self):
        terminal = self.stack.ssh("op1", host="::1", address="::1")
        browser = self.allowed(terminal, browser=self.stack.browser("::1"))
        self.assertEqual(self.outcome(outcome="allowed")["rhost"], "::1")
        self.assertEqual(browser.reload().outcome, "allowed")

    def test_a_command_runs_without_a_word_of_ours_in_its_output(self):
        terminal = self.stack.ssh("op1", "-T", command=["printf 'only this'; exit 5"])
        browser = self.signed_in(terminal)
        terminal.types(browser.page.code)
        self.assertEqual(terminal.ends(), 5)
        self.assertEqual(terminal.rest().strip().splitlines()[-1], "only this")

    def test_typing_before_the_sign_in_is_not_counted(self):
        terminal = self.stack.ssh("op1")
        terminal.sees_login()
        for early in ("123456", "000000", "654321", "999999"):
            terminal.types(early)
            terminal.sees("Not signed in yet")
            terminal.sees("Code: $")
        browser = self.stack.browser()
        browser.sign_in(terminal.link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_two_wrong_tries_leave_a_third(self):
        terminal = self.stack.ssh("op1")
        browser = self.signed_in(terminal)
        wrong = "111111" if browser.page.code != "111111" else "222222"
        for left in ("2 tries", "1 try"):
            terminal.types(wrong)
            terminal.sees(left + " left")
            terminal.sees("Code: $")
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_one_character_changes_the_picture_and_nothing_else(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        first = terminal.text
        self.assertIn("\u2588", first)
        for expected in ("\u2588", "40 rows", "Open the link in a browser"):
            terminal.types("?")
            terminal.sees(re.escape(link) if expected == "\u2588" else expected)
            terminal.sees("Code: $")
        browser = self.stack.browser()
        browser.sign_in(link)
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_the_screen_fits_24_rows_and_the_prompt_is_last(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        rows = [row for row in terminal.screen if row]
        self.assertTrue(rows[-1].endswith("Code:"), rows)
        self.assertIn(link, rows)
        self.assertNotIn("\x1b", terminal.text)
        # The quiet zone above the first finder pattern is still on the screen.
        self.assertTrue(any("(op1@127.0.0.1)" in row for row in rows), rows)

    def test_the_session_gets_no_secret_in_its_environment(self):
        terminal = self.stack.ssh("op1")
        browser = self.allowed(terminal)
        terminal.types("env; echo end-of-$((1 + 1))")
        text = terminal.sees(r"(?s)(.*)end-of-2").group(1)
        for kind, value in browser.secrets:
            self.assertNotIn(value, text, kind)
        ours = re.findall(r"(?m)^(CIS2_\w+)=", text)
        self.assertLessEqual(set(ours), {"CIS2_LOGIN_ID"})

    def test_an_operator_may_log_in_twice_and_the_other_account_is_another_grant(self):
        first, second = self.stack.ssh("op1"), self.stack.ssh("op2")
        self.allowed(first, "op1", "one-role")
        self.allowed(second, "op2", "second")
        self.allowed(self.stack.ssh("op1"), "op1", "one-role")
        subjects = [event["sub"] for event in self.stack.audit.outcomes(outcome="allowed")]
        self.assertEqual(subjects, [ONE_ROLE, SECOND, ONE_ROLE])


class Roles(Scenario):
    options = {"grants": [grant("op1", roles=["S8001:G8002:R8008"]), grant("op2", roles=["S0080:G0450:R5080"], orgs=["X09"])]}

    def test_a_role_opens_an_account(self):
        self.allowed(self.stack.ssh("op1"), "op1", "one-role")

    def test_role_and_organisation_must_be_of_one_entry(self):
        self.allowed(self.stack.ssh("op2"), "op2", "many-roles")
        terminal = self.stack.ssh("op2")
        self.assertEqual(self.signed_in(terminal, "one-role").page.outcome, "refused")
        self.assertEqual(self.outcome(outcome="refused")["reason"], "policy.no_grant")

    def test_no_roles_at_all_is_refused(self):
        terminal = self.stack.ssh("op1")
        self.assertEqual(self.signed_in(terminal, "no-roles").page.outcome, "refused")


class PersonalAccounts(Scenario):
    def make_stack(self, **options):
        self.map_file = "/srv/cis2-map"
        with open(self.map_file, "w") as out:
            out.write(f"# account sub\nop1 {ONE_ROLE}\nop2 {SECOND}\n")
        os.chmod(self.map_file, 0o644)
        personal = {"name": "personal", "services": ["sshd"], "map": self.map_file}
        return super().make_stack(grants=[personal], **options)

    def test_each_has_their_own_and_a_new_line_counts_at_once(self):
        self.allowed(self.stack.ssh("op1"), "op1", "one-role")
        terminal = self.stack.ssh("op3")
        self.assertEqual(self.signed_in(terminal, "many-roles").page.outcome, "refused")
        with open(self.map_file, "a") as out:
            out.write("op3 656005750104\n")
        self.allowed(self.stack.ssh("op3"), "op3", "many-roles")


class Keys(Scenario):
    options = {
        "grants": [grant("op1", operators=[ONE_ROLE], require_key=True)],
        "sshd": ["AuthenticationMethods publickey,keyboard-interactive keyboard-interactive"],
    }

    def _key(self):
        key = self.stack.path("operator-key")
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key])
        home = os.path.expanduser("~op1")
        os.makedirs(f"{home}/.ssh", mode=0o700, exist_ok=True)
        run(["cp", key + ".pub", f"{home}/.ssh/authorized_keys"])
        run(["chown", "-R", "op1:op1", f"{home}/.ssh"])
        self.addCleanup(os.unlink, f"{home}/.ssh/authorized_keys")
        fingerprint = run(["ssh-keygen", "-l", "-f", key]).stdout.split()[1]
        return key, fingerprint

    def test_a_grant_may_ask_for_the_key_besides(self):
        key, fingerprint = self._key()
        self.allowed(self.stack.ssh("op1", "-i", key))
        self.assertIn(fingerprint, self.outcome(outcome="allowed")["auth_info"])

        terminal = self.stack.ssh("op1", "-o", "PreferredAuthentications=keyboard-interactive")
        self.assertEqual(self.signed_in(terminal).page.outcome, "refused")
        self.assertEqual(self.outcome(outcome="refused")["reason"], "policy.key_required")


class ClientSecretBasic(Scenario):
    options = {"client_auth": "client_secret_basic"}

    def test_signs_in_with_the_client_secret(self):
        self.allowed(self.stack.ssh("op1"))


class ClientSecretPost(Scenario):
    options = {"client_auth": "client_secret_post"}

    def test_signs_in_with_the_client_secret(self):
        self.allowed(self.stack.ssh("op1"))


class Privileges(Scenario):
    """Who runs as whom, and who has the client key."""

    def test_broker_and_front_are_two_users_and_neither_is_root(self):
        owners = {}
        for name in ("cis2-brokerd", "cis2-front"):
            for pid in machine.processes(name):
                with open(f"/proc/{pid}/status") as status:
                    uids = re.search(r"Uid:\s+(.*)", status.read()).group(1).split()
                owners.setdefault(name, set()).update(uids)
        ids = {name: {run(["id", "-u", account]).stdout.strip()}
               for name, account in (("cis2-brokerd", "_cis2-broker"), ("cis2-front", "_cis2-front"))}
        self.assertEqual(owners, ids)

    def test_the_client_key_is_not_in_the_front_nor_in_sshd(self):
        terminal = self.stack.ssh("op1")
        self.signed_in(terminal)  # the key has been used, sshd waits with the module loaded
        parts = [part.encode() for part in private_parts(self.stack.pki.client_key)]
        for number in private_numbers(self.stack.pki.client_key):
            parts += [number[:32], number[::-1][:32]]  # as bytes, and as OpenSSL keeps numbers in memory
        for pid in machine.processes("cis2-front", "sshd", "sshd-session", "sshd-auth"):
            self.assertEqual([part for part in parts if _memory_has(pid, part)], [], f"process {pid}")
        found = [part for pid in machine.processes("cis2-brokerd") for part in parts if _memory_has(pid, part)]
        self.assertTrue(found, "the search finds nothing even in the broker, so it proves nothing")

    def test_sockets_are_for_root_alone(self):
        for path in (self.stack.pam_socket, self.stack.control_socket):
            status = os.stat(path)
            self.assertEqual((status.st_mode & 0o777, status.st_uid), (0o600, 0), path)
        self.assertEqual(os.stat("/run/cis2-broker").st_mode & 0o022, 0)

    def test_a_front_that_crashes_costs_a_reload_and_no_login(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        browser = self.stack.browser()
        browser.to_provider(link)
        for pid in machine.processes("cis2-front"):
            os.kill(pid, 9)
        eventually(lambda: machine.processes("cis2-front") and self.stack.status()["front"] == "connected",
                   "the front is back", 10)
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
        terminal.types(page.code)
        self.has_shell(terminal)


def _memory_has(pid, needle):
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            start, end = (int(part, 16) for part in span.split("-"))
            if _region_has(memory, start, end, needle):
                return True
    return False


def _region_has(memory, start, end, needle):
    """One region, a piece at a time: a sanitizer maps more than there is memory, nearly all of it never touched."""
    if end - start > 1 << 31:
        return False
    rest = b""
    try:
        memory.seek(start)
        while start < end:
            piece = memory.read(min(1 << 20, end - start))
            if not piece:
                return False
            if needle in rest + piece:
                return True
            rest = piece[-len(needle):]
            start += len(piece)
    except OSError:
        pass
    return False
