"""Goal: a phone can read the code off a real terminal of 80x24, and lands on the same login."""

import os

from harness import machine
from harness.pki import PROVIDER_HOST, Pki
from harness.process import eventually
from harness.scenario import WORK, Scenario
from harness.screenshot import DARK, LIGHT, Desktop

CODE = r"[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}"
# With it public_url has 65 characters, the most that is allowed: the link has the 77 that a QR code of version 3 holds.
LONGEST_HOST = "login.a-server-with-a-name-as-long-as-can-be.example"
LETTERS_ARE_GREY = "20%"


class Window(Scenario):
    def desktop(self, *arguments, **options):
        os.makedirs(self.stack.path("desktop"))
        desktop = Desktop(self.stack.path("desktop"), self.stack.ssh_argv("op1", *arguments), self.stack.logs, **options)
        self.addCleanup(desktop.close)
        eventually(lambda: self.stack.logins(), "the login in the window is pending", 20)
        return desktop

    def link_read_off(self, desktop, **options):
        """The one link that the camera reads."""
        decoded = desktop.decodes(**options)
        self.assertEqual(len(decoded), 1, decoded)
        capitals = decoded[0]
        self.assertRegex(capitals, "^" + (self.stack.public_url + "/l/").upper().replace(".", r"\.") + CODE + "$")
        self.stack.canary.add("user code", capitals[-9:])
        return capitals


class QrCode(Window):
    def test_zbarimg_reads_the_link_in_capitals(self):
        capitals = self.link_read_off(self.desktop())
        # The printed link and the scanned one are one login: what one browser continues, the other sees in use.
        browser = self.stack.browser()
        page = browser.open(capitals)
        self.assertEqual(page.outcome, "pending", page)
        browser.submit("continue")
        printed = f"{self.stack.public_url}/l/{capitals[-9:]}"
        self.assertEqual(self.stack.browser("127.0.0.2").open(printed).outcome, "in-use")
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)


class LongestLink(Window):
    """The code is as large as it gets, and still the window has room for it and what is below."""

    def pki(self):
        pki = Pki(os.path.join(WORK, "pki-longest"), pages_host=LONGEST_HOST)
        machine.name_hosts(LONGEST_HOST, PROVIDER_HOST)
        self.addCleanup(machine.name_hosts)
        return pki

    def setUp(self):
        super().setUp()
        self.assertEqual(len(self.stack.public_url), 65)

    def _is_this_login(self, capitals):
        self.assertEqual(len(capitals), 77)
        page = self.stack.browser().open(capitals)
        self.assertEqual(page.outcome, "pending", page)

    def test_half_blocks_on_a_dark_background(self):
        self._is_this_login(self.link_read_off(self.desktop(colours=DARK)))

    def test_inverted_half_blocks_on_a_light_background(self):
        desktop = self.desktop(colours=LIGHT)
        desktop.settled()
        self.assertEqual(desktop.reads(), [], "light blocks on a light window could be read without the step below")
        desktop.types("x")
        desktop.settled()
        self._is_this_login(self.link_read_off(desktop))

    def test_plain_characters_on_a_dark_background(self):
        desktop = self.desktop(rows=45, colours=DARK)
        for _ in range(2):
            desktop.settled()
            desktop.types("x")
        desktop.settled()
        self._is_this_login(self.link_read_off(desktop, size=LETTERS_ARE_GREY))
