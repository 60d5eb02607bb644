"""Goal: a phone can read the code off a real terminal of 80x24, and lands on the same login."""

import os

from harness.process import eventually
from harness.scenario import Scenario
from harness.screenshot import Desktop


class QrCode(Scenario):
    def _desktop(self, *arguments):
        os.makedirs(self.stack.path("desktop"))
        desktop = Desktop(self.stack.path("desktop"), self.stack.ssh_argv("op1", *arguments), self.stack.logs)
        self.addCleanup(desktop.close)
        return desktop

    def test_zbarimg_reads_the_link_in_capitals(self):
        desktop = self._desktop()
        eventually(lambda: self.stack.logins(), "the login in the window is pending", 20)
        decoded = desktop.decodes()
        self.assertEqual(len(decoded), 1, decoded)
        capitals = decoded[0]
        self.assertEqual(capitals, capitals.upper())
        self.assertRegex(capitals, r"^HTTPS://LOGIN\.SERVER-A\.EXAMPLE:8443/L/[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$")
        self.stack.canary.add("user code", capitals[-9:])

        # The printed link and the scanned one are one login: what one browser continues, the other sees in use.
        browser = self.stack.browser()
        page = browser.open(capitals)
        self.assertEqual(page.outcome, "pending", page)
        browser.submit("continue")
        printed = f"{self.stack.public_url}/l/{capitals[-9:]}"
        self.assertEqual(self.stack.browser("127.0.0.2").open(printed).outcome, "in-use")
        page = browser.submit("as-one-role")
        self.assertEqual(page.outcome, "code", page)
