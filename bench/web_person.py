"""A person who joins the measured site as people do: by its forms and its mail, without a browser."""
import html.parser
import http.client
import io
import json
import pathlib
import re
import time
import urllib.parse
import uuid

PASSWORD = "a long password for the bench"
PORTRAIT = "/usr/lib/python3/dist-packages/skimage/data/astronaut.png"


class Forms(html.parser.HTMLParser):
    """The fields of a page's forms by their action: hidden ones and required boxes as they stand."""

    def __init__(self, page):
        super().__init__()
        self.by_action, self.open = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "form":
            self.open = self.by_action.setdefault(named.get("action"), {})
        elif tag == "input" and self.open is not None and "name" in named:
            kind = named.get("type", "text")
            wanted = kind == "hidden" or (kind in ("checkbox", "radio") and "required" in named)
            if wanted and named["name"] not in self.open:
                self.open[named["name"]] = named.get("value", "")

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None


class Person:
    def __init__(self, port, mail_folder):
        self.port, self.mail_folder = port, mail_folder
        self.cookies, self.token = {}, ""

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        connection.request(method, path, body, {**sent, **(headers or {})})
        answer = connection.getresponse()
        content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {content[-2000:].decode()}")
        return content.decode()

    def submit(self, page, action, **values):
        fields = Forms(self.ask("GET", page)).by_action[action]
        return self.ask("POST", action, urllib.parse.urlencode({**fields, **values}),
                        {"Content-Type": "application/x-www-form-urlencoded"})

    def mailed_link(self):
        for _ in range(600):
            for mail in pathlib.Path(self.mail_folder).glob("*.txt"):
                return re.search(r"/choose-password\?token=\S+", mail.read_text())[0]
            time.sleep(0.1)
        raise SystemExit(f"no mail came to {self.mail_folder}")

    def join(self):
        email = "bench@example.org"
        self.submit("/join", "/join", email=email, adult="yes")
        self.submit(self.mailed_link(), "/choose-password", password=PASSWORD)
        self.submit("/sign-in", "/sign-in", email=email, password=PASSWORD)
        self.submit("/consent", "/consent")
        self.submit("/declare", "/declare", groups="african")
        page = self.ask("GET", "/my/data")
        fields = list(Forms(page).by_action["/my/tokens"].items())
        fields += [("name", "bench"), ("scopes", "photos:write"), ("scopes", "photos:read")]
        made = self.ask("POST", "/my/tokens", urllib.parse.urlencode(fields),
                        {"Content-Type": "application/x-www-form-urlencoded"})
        self.token = re.search(r'class="code">([^<]+)<', made)[1]

    def upload(self, photo):
        """Sends a JPEG file; gives what the site says of it."""
        edge = uuid.uuid4().hex
        body = (f'--{edge}\r\nContent-Disposition: form-data; name="photo"; filename="me.jpg"\r\n'
                "Content-Type: image/jpeg\r\n\r\n").encode() + photo + f"\r\n--{edge}--\r\n".encode()
        return json.loads(self.ask("POST", "/api/v1/me/photos", body, {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": f"multipart/form-data; boundary={edge}"}))


def photos(count, megapixels):
    """JPEG files of one portrait, each with grain of its own, so that none is another's copy."""
    import numpy
    import PIL.Image
    side = int((megapixels * 1e6) ** 0.5)
    portrait = PIL.Image.open(PORTRAIT).convert("RGB").resize((side, side), PIL.Image.BICUBIC)
    grain = numpy.random.default_rng(1)
    for _ in range(count):
        pixels = numpy.asarray(portrait, numpy.float32)
        noisy = pixels + grain.normal(0, 3, pixels.shape).astype(numpy.float32)
        file = io.BytesIO()
        PIL.Image.fromarray(noisy.clip(0, 255).astype(numpy.uint8)).save(file, "JPEG", quality=90)
        yield file.getvalue()
