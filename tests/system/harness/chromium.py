"""Chromium without a window, driven by selenium: the browser that operators really use, with its own rules."""

import base64
import json
import os
import shutil
import tempfile

from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
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

    def __init__(self, ca_file, arguments=(), preferences=None, watch_network=False):
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
        logs = {"browser": "ALL"}
        if watch_network:
            logs["performance"] = "ALL"
        options.set_capability("goog:loggingPrefs", logs)
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
        self._leads_on(form.find_element(By.CSS_SELECTOR, "button, input[type=submit]").click, timeout)

    def presses(self, key, timeout=15):
        """A key that leads to another page; waits until that is there."""
        self._leads_on(lambda: self.keys(key), timeout)

    def _leads_on(self, act, timeout):
        before = self.driver.find_element(By.TAG_NAME, "html")
        act()
        WebDriverWait(self.driver, timeout, poll_frequency=0.05).until(lambda driver: _gone(before))
        WebDriverWait(self.driver, timeout, poll_frequency=0.05).until(
            lambda driver: driver.execute_script("return document.readyState") == "complete")
        self._remember()

    def leave_behind(self, form_id):
        """Sends a form in a tab that goes on waiting for its answer; the browser is in a new tab then."""
        first = self.driver.current_window_handle
        self.driver.switch_to.new_window("tab")
        second = self.driver.current_window_handle
        self.driver.switch_to.window(first)
        self.driver.execute_script("setTimeout(form => form.requestSubmit(), 200, document.getElementById(arguments[0]))", form_id)
        self.driver.switch_to.window(second)

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

    # --- how the person has set up their machine, from the next page on

    def speaks(self, language):
        agent = self.driver.execute_script("return navigator.userAgent")
        self.driver.execute_cdp_cmd("Network.setUserAgentOverride", {"userAgent": agent, "acceptLanguage": language})

    def media(self, kind="", **features):
        """media(prefers_color_scheme="dark"), media("print"); without anything as it was."""
        named = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": kind, "features": named})

    def window(self, width, height, scale=1):
        """A window of so many CSS pixels, each of `scale` by `scale` real ones, as zooming makes them."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": scale, "mobile": False})

    def keys(self, *keys):
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def picture(self, whole=False):
        """What the window shows, as PNG; `whole`: all of the page."""
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        return base64.b64decode(shot["data"])

    def loads(self):
        """What was loaded since the last call, in order: {"url", "bytes", "type"} of each answer. Needs watch_network."""
        found, answers = [], {}
        for entry in self.driver.get_log("performance"):
            event = json.loads(entry["message"])["message"]
            name, values = event["method"], event["params"]
            if name == "Network.requestWillBeSent":
                answers[values["requestId"]] = {"url": values["request"]["url"], "type": values.get("type"), "bytes": 0}
                found.append(answers[values["requestId"]])
            elif name == "Network.loadingFinished" and values["requestId"] in answers:
                answers[values["requestId"]]["bytes"] = int(values["encodedDataLength"])
        return found

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
