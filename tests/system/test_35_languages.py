"""Goal: an operator reads Welsh where they ask for it, on the page and in the terminal, from the link to the end."""

import re

from harness.scenario import Scenario
from harness.terminal import LINK

CY = "cy-GB, en;q=0.5"


class Pages(Scenario):
    def test_a_page_follows_its_browser_and_not_another(self):
        terminal = self.stack.ssh("op1")
        link = terminal.sees_login()
        for language, tag in ((CY, "cy"), ("en-GB, cy;q=0.9", "en"), ("fr", "en"), ("cy;q=0", "en")):
            page = self.stack.browser(language=language).open(link)
            self.assertIn(f'<html lang="{tag}">', page.body, language)
        terminal.close()

    def test_a_welsh_browser_and_an_english_terminal(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser(language=CY)
        browser.sign_in(terminal.sees_login())
        self.assertIn("Teipiwch y cod hwn yn eich terfynell", browser.page.text)
        terminal.types(browser.page.code)
        self.has_shell(terminal)
        self.assertIn("Rydych wedi mewngofnodi", browser.reload().text)

    def test_faults_are_welsh_too(self):
        browser = self.stack.browser(language=CY)
        self.assertIn("Nid oes mewngofnodi o’r fath", browser.open(self.stack.public_url + "/l/BBBB-BBBB").text)
        self.assertIn("Rhowch y cod o’ch terfynell", browser.open(self.stack.public_url + "/").text)


class Terminal(Scenario):
    options = {"host": {"language": "cy"}}

    def sees_prompt(self, terminal):
        link = terminal.sees(LINK).group(0)
        terminal.sees("Cod: $")
        return link

    def test_a_whole_login(self):
        terminal = self.stack.ssh("op1")
        link = self.sees_prompt(terminal)
        self.assertIn("Mewngofnodwch o fewn 1 munud", terminal.text)
        terminal.types("123456")
        terminal.sees("Heb fewngofnodi eto")
        terminal.sees("Cod: $")
        browser = self.stack.browser()
        browser.sign_in(link)
        self.assertIn('<html lang="en">', browser.page.body)
        terminal.types("000000" if browser.page.code != "000000" else "000001")
        terminal.sees("Nid dyna'r digidau. 2 gynnig ar ol.")
        terminal.sees("Cod: $")
        terminal.types(browser.page.code)
        self.has_shell(terminal)

    def test_a_refusal(self):
        terminal = self.stack.ssh("op1")
        browser = self.stack.browser()
        browser.sign_in(self.sees_prompt(terminal), "aal2")
        self.assertEqual(browser.page.outcome, "refused")
        terminal.types("")
        terminal.sees(re.escape("Mae ar y gweinydd hwn angen mewngofnodi ar lefel 3; gwnaethoch chi fewngofnodi ar lefel 2."))
        terminal.sees("Reference: ")
        self.assertEqual(terminal.ends(), 255)
