"""Chromium without a window, driven by selenium: the browser that operators really use, with its own rules."""

import os
import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from .process import clean_environment, run

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         "--disable-default-apps", "--disable-domain-reliability", "--disable-client-side-phishing-detection",
         "--disable-features=Translate,OptimizationHints,MediaRouter,HttpsUpgrades", "--password-store=basic",
         "--window-size=1000,900", "--lang=en-GB")


class ChromiumBrowser:
    """Trusts the test CA the way a managed machine does: from the NSS database of its own home."""

    def __init__(self, ca_file, arguments=(), preferences=None):
        self._home = tempfile.mkdtemp(prefix="chromium-")
        self.secrets = []
        database = os.path.join(self._home, ".pki/nssdb")
        os.makedirs(database)
        run(["certutil", "-d", "sql:" + database, "-N", "--empty-password"])
        run(["certutil", "-d", "sql:" + database, "-A", "-n", "test-ca", "-t", "C,,", "-i", ca_file])
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        for flag in (*FLAGS, f"--user-data-dir={self._home}/profile", *arguments):
            options.add_argument(flag)
        if preferences:
            options.add_experimental_option("prefs", preferences)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        environment = clean_environment(HOME=self._home, XDG_RUNTIME_DIR=self._home)
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver", env=environment))
        self.driver.set_page_load_timeout(30)

    def open(self, url):
        self.driver.get(url)
        self._remember()

    def reload(self):
        self.driver.refresh()
        self._remember()

    @property
    def url(self):
        return self.driver.current_url

    @property
    def outcome(self):
        element = self._find("outcome")
        return element.get_attribute("data-outcome") if element else None

    @property
    def text(self):
        return " ".join(self.driver.find_element(By.TAG_NAME, "body").text.split())

    @property
    def code(self):
        element = self._find("confirmation-code")
        if element is None:
            raise AssertionError(f"no #confirmation-code on {self.url}: {self.text[:600]}")
        return "".join(element.text.split())

    def has(self, element_id):
        return self._find(element_id) is not None

    def text_of(self, element_id):
        element = self._find(element_id)
        if element is None:
            raise AssertionError(f"no #{element_id} on {self.url}: {self.text[:600]}")
        return " ".join(element.text.split())

    def _find(self, element_id):
        try:
            return self.driver.find_element(By.ID, element_id)
        except NoSuchElementException:
            return None

    def submit(self, form_id, timeout=15):
        """Presses the button of a form and waits until another page is there."""
        form = self._find(form_id)
        if form is None:
            raise AssertionError(f"no form #{form_id} on {self.url}: {self.text[:600]}")
        before = self.driver.find_element(By.TAG_NAME, "html")
        form.find_element(By.CSS_SELECTOR, "button, input[type=submit]").click()
        WebDriverWait(self.driver, timeout, poll_frequency=0.05).until(lambda driver: _gone(before))
        WebDriverWait(self.driver, timeout, poll_frequency=0.05).until(
            lambda driver: driver.execute_script("return document.readyState") == "complete")
        self._remember()

    def sign_in(self, link, operator="one-role"):
        self.open(link)
        self.submit("continue")
        self.submit("as-" + operator)

    def cookies(self):
        return self.driver.get_cookies()

    def complaints(self, origin):
        """What the browser's console says of this server's pages: refused by CSP, mixed content, broken markup."""
        return [entry["message"] for entry in self.driver.get_log("browser") if origin in entry["message"]]

    def _remember(self):
        self.secrets += [("cookie", cookie["value"]) for cookie in self.cookies()]
        for field in self.driver.find_elements(By.CSS_SELECTOR, "#continue input, #not-me input"):
            self.secrets.append(("form token", field.get_attribute("value") or ""))
        if self.has("confirmation-code"):
            self.secrets.append(("digits", self.code))

    def close(self):
        try:
            self.driver.quit()
        except WebDriverException:
            pass
        shutil.rmtree(self._home, ignore_errors=True)


def _gone(element):
    try:
        element.is_enabled()
        return False
    except WebDriverException:
        return True
