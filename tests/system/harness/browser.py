"""A browser without a window: cookies, forms and redirects by the rules that matter here.

It keeps to what a real browser does with SameSite, the __Host- prefix, the Origin header and the form-action of a
page's CSP, so that a page that a real browser would break on breaks here too. tests/browser/ proves the same with Chromium.
"""

import html.parser
import http.client
import socket
import ssl
import urllib.parse

AGENT = "Mozilla/5.0 (X11; Linux x86_64; cis2-scenario)"


class Blocked(AssertionError):
    """A real browser would not have gone on."""


class Element:
    def __init__(self, tag, attributes):
        self.tag = tag
        self.attributes = attributes
        self.text = ""


class Form:
    def __init__(self, attributes):
        self.id = attributes.get("id", "")
        self.action = attributes.get("action", "")
        self.method = (attributes.get("method") or "get").lower()
        self.fields = []


class _Reader(html.parser.HTMLParser):
    BLOCKS = {"address", "button", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "header", "li", "main", "ol",
              "p", "section", "table", "title", "tr", "ul"}
    VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.ids = {}
        self.forms = {}
        self.text = ""
        self._open = []
        self._form = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        element = Element(tag, attributes)
        self._break(tag)
        if "id" in attributes:
            if attributes["id"] in self.ids:
                raise AssertionError(f"the page has two elements with id {attributes['id']!r}")
            self.ids[attributes["id"]] = element
        if tag == "form":
            self._form = Form(attributes)
            self.forms[self._form.id] = self._form
        if tag in ("input", "button") and self._form is not None and attributes.get("name"):
            self._form.fields.append((attributes["name"], attributes.get("value", "")))
        if tag not in self.VOID:
            self._open.append(element)

    def _break(self, tag):
        """Where a browser begins a new line; a definition stays on the line of its term."""
        if tag in self.BLOCKS:
            self.handle_data(" " if tag == "dd" else "\n")

    def handle_endtag(self, tag):
        if tag != "dt":
            self._break(tag)
        if tag == "form":
            self._form = None
        for index in range(len(self._open) - 1, -1, -1):
            if self._open[index].tag == tag:
                del self._open[index:]
                break

    def handle_data(self, data):
        if any(element.tag in ("style", "script") for element in self._open):
            return
        self.text += data
        for element in self._open:
            element.text += data


class Page:
    def __init__(self, method, url, answer, body):
        self.method = method
        self.url = url
        self.status = answer.status
        self.headers = {}
        for name, value in answer.getheaders():
            self.headers.setdefault(name.lower(), []).append(value)
        self.body = body
        reader = _Reader()
        if "html" in self.header("content-type"):
            reader.feed(body)
            reader.close()
        self.ids = reader.ids
        self.forms = reader.forms
        self.lines = [line for line in (" ".join(part.split()) for part in reader.text.split("\n")) if line]
        self.text = " ".join(self.lines)

    def header(self, name):
        return ", ".join(self.headers.get(name, []))

    @property
    def outcome(self):
        """data-outcome of #outcome, or None."""
        element = self.ids.get("outcome")
        return element.attributes.get("data-outcome") if element else None

    def text_of(self, name):
        if name not in self.ids:
            raise AssertionError(f"no #{name} on {self}")
        return " ".join(self.ids[name].text.split())

    @property
    def code(self):
        """The confirmation code that the page shows."""
        return "".join(self.text_of("confirmation-code").split())

    def __str__(self):
        return f"{self.method} {self.url} -> {self.status} outcome={self.outcome}: {self.text[:600]}"


class Cookie:
    def __init__(self, text, host):
        first, *rest = text.split(";")
        self.name, _, self.value = first.strip().partition("=")
        self.host = host
        self.attributes = {}
        for part in rest:
            key, _, value = part.strip().partition("=")
            self.attributes[key.lower()] = value
        self.same_site = self.attributes.get("samesite", "Lax").lower()
        if self.name.startswith("__Host-"):
            if "secure" not in self.attributes or self.attributes.get("path") != "/" or "domain" in self.attributes:
                raise Blocked(f"a browser refuses the cookie {self.name}: {self.attributes}")

    @property
    def gone(self):
        return self.attributes.get("max-age") == "0" or not self.value


def _site(host):
    """The registrable domain, good enough for the names used here."""
    return ".".join(host.split(".")[-2:])


def _origin(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


class HttpBrowser:
    def __init__(self, ca_file, address="127.0.0.1", hosts=None, language="en-GB,en;q=0.9"):
        self.address = address
        self.language = language
        self.cookies = {}
        self.secrets = []  # (kind, value) of everything secret that this browser held
        self.page = None
        self.visited = []  # every page and redirect, in order
        self.on_step = None  # called with each page and redirect, for a transcript
        self._hosts = hosts or {}
        self._tls = ssl.create_default_context(cafile=ca_file)
        # From Python 3.13 on more is asked of a CA than browsers ask.
        self._tls.verify_flags &= ~ssl.VERIFY_X509_STRICT

    # --- one request

    def _connect(self, parts):
        target = self._hosts.get(parts.hostname) or ("::1" if ":" in self.address else "127.0.0.1")
        raw = socket.create_connection((target, parts.port or 443), timeout=20, source_address=(self.address, 0))
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # as browsers do; else a form waits 40 ms for nothing
        connection = http.client.HTTPConnection(parts.hostname, parts.port or 443, timeout=20)
        connection.sock = self._tls.wrap_socket(raw, server_hostname=parts.hostname)
        return connection

    def request(self, method, url, form=None, headers=None, cross_site=False, cookies=True):
        """One request and its answer as it came, no redirect followed."""
        parts = urllib.parse.urlsplit(url)
        if parts.scheme != "https":
            raise Blocked(f"not https: {url}")
        sent = {"Host": parts.netloc, "User-Agent": AGENT, "Accept": "text/html,*/*;q=0.8",
                "Accept-Language": self.language, "Connection": "close", "Sec-Fetch-Mode": "navigate",
                "Sec-Fetch-Dest": "document",
                "Sec-Fetch-Site": "none" if self.page is None else "cross-site" if cross_site else "same-origin"}
        if cookies:
            kept = [f"{c.name}={c.value}" for c in self.cookies.values()
                    if c.host == parts.hostname and self._may_send(c, method, cross_site)]
            if kept:
                sent["Cookie"] = "; ".join(kept)
        data = None
        if form is not None:
            data = urllib.parse.urlencode(form)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        sent.update(headers or {})
        target = parts.path or "/"
        if parts.query:
            target += "?" + parts.query
        connection = self._connect(parts)
        try:
            connection.request(method, target, data, sent)
            answer = connection.getresponse()
            body = answer.read().decode("utf-8", "replace")
        finally:
            connection.close()
        page = Page(method, url, answer, body)
        self._keep_cookies(page, parts.hostname)
        self._keep_secrets(page)
        self.visited.append(page)
        if self.on_step:
            self.on_step(page)
        return page

    @staticmethod
    def _may_send(cookie, method, cross_site):
        if not cross_site or cookie.same_site == "none":
            return True
        return cookie.same_site == "lax" and method == "GET"

    def _keep_cookies(self, page, host):
        for text in page.headers.get("set-cookie", []):
            cookie = Cookie(text, host)
            if cookie.gone:
                self.cookies.pop((host, cookie.name), None)
            else:
                self.cookies[host, cookie.name] = cookie
                self.secrets.append(("cookie", cookie.value))

    def _keep_secrets(self, page):
        for form in page.forms.values():
            if form.id in ("continue", "not-me"):
                self.secrets += [("form token", value) for _, value in form.fields if len(value) >= 16]
        if "confirmation-code" in page.ids and page.code:
            self.secrets.append(("digits", page.code))

    # --- what a person does

    def open(self, url, follow=True):
        """Types a link into the address bar or clicks it in a terminal."""
        page = self.request("GET", url)
        return self._follow(page, _origin(url), None) if follow else self._arrive(page)

    def reload(self):
        return self.open(self.page.url)

    def submit(self, form_id, follow=True, form=None, extra=None):
        """Presses the button of a form of the page; `form` replaces its fields, `extra` adds some."""
        page = self.page
        if form_id not in page.forms:
            raise AssertionError(f"no form #{form_id} on {page}")
        wanted = page.forms[form_id]
        fields = dict(wanted.fields) if form is None else dict(form)
        fields.update(extra or {})
        url = urllib.parse.urljoin(page.url, wanted.action)
        allowed = _form_action(page)
        self._check_form_action(allowed, page, url)
        # Fetch, "append a request Origin header": a page with no-referrer posts with a null origin.
        origin = "null" if "no-referrer" in page.header("referrer-policy") else _origin(page.url)
        cross = _site(urllib.parse.urlsplit(url).hostname) != _site(urllib.parse.urlsplit(page.url).hostname)
        answer = self.request(wanted.method.upper(), url, fields, {"Origin": origin}, cross_site=cross)
        if not follow:
            return self._arrive(answer)
        return self._follow(answer, _origin(page.url), (allowed, page))

    def _follow(self, page, start_origin, policy):
        # A chain that leaves the site where it began is cross-site to the end (RFC 6265bis 5.2.1).
        start = _site(urllib.parse.urlsplit(start_origin).hostname)
        cross = False
        for _ in range(12):
            cross = cross or _site(urllib.parse.urlsplit(page.url).hostname) != start
            if page.status not in (301, 302, 303, 307, 308):
                return self._arrive(page)
            target = urllib.parse.urljoin(page.url, page.header("location"))
            if policy:
                self._check_form_action(policy[0], policy[1], target)
            cross = cross or _site(urllib.parse.urlsplit(target).hostname) != start
            page = self.request("GET", target, cross_site=cross)
        raise Blocked("too many redirects")

    def _arrive(self, page):
        self.page = page
        return page

    @staticmethod
    def _check_form_action(allowed, page, url):
        if allowed is not None and "*" not in allowed and _origin(url) not in allowed:
            raise Blocked(f"form-action of {page.url} ({allowed}) does not allow {_origin(url)}")

    # --- the whole journey

    def to_provider(self, link):
        """Opens the link and presses continue: the provider's sign-in page (or, with a robot, what comes after)."""
        self.open(link)
        return self.submit("continue")

    def sign_in(self, link, operator="one-role"):
        """Opens the link, continues, signs in as this operator; the page that the journey ends on."""
        self.to_provider(link)
        return self.submit("as-" + operator)


def _form_action(page):
    for policy in page.headers.get("content-security-policy", []):
        for directive in policy.split(";"):
            words = directive.split()
            if words and words[0].lower() == "form-action":
                return [_origin(page.url) if word == "'self'" else word.lower().rstrip("/") for word in words[1:]]
    return None
