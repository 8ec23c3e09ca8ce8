"""A login page for an application with its own login, in Python without packages: python3 plain.py

LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
"""
import html, json, os, re, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

URL, CONNECTION = os.environ["LATCHKEY_URL"], os.environ["LATCHKEY_CONNECTION_ID"]
OVER = "<!doctype html><title>Connect</title><p>This sign-in is unknown, or it is over. Go back to the program and connect again.</p>"
token = {"value": "", "until": 0.0}

def signed_in(request):
    """Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page."""
    return {"sub": "user_1", "email": "ada@app.example", "name": "Ada Lovelace"}

def bearer():
    if time.time() > token["until"]:
        form = urlencode({"grant_type": "client_credentials", "client_id": os.environ["LATCHKEY_CLIENT_ID"], "client_secret": os.environ["LATCHKEY_CLIENT_SECRET"]})
        reply = json.load(urlopen(Request(f"{URL}/oauth/token", form.encode())))
        token.update(value=reply["access_token"], until=time.time() + reply["expires_in"] - 60)
    return token["value"]

def call(path, body=None):
    headers = {"Authorization": f"Bearer {bearer()}", "Content-Type": "application/json"}
    return json.load(urlopen(Request(f"{URL}/api/v1/connections/{CONNECTION}/auth-requests/{path}", json.dumps(body).encode() if body else None, headers)))

class LoginPage(BaseHTTPRequestHandler):
    def reply(self, status, body="", **headers):
        self.send_response(status)
        for name, value in {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "DENY", **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):  # The id comes from the browser and becomes part of a URL: ".." or a slash would address another call of the API.
        found = re.search(r"[?&]login_request_id=(lri_[0-9A-Za-z]+)(?:&|$)", self.path)
        try:
            return (self.show if self.command == "GET" else self.report)(found.group(1)) if found else self.reply(404, OVER)
        except HTTPError as refused:
            self.reply(refused.code, OVER) if refused.code in (404, 409, 410) else self.reply(502, "Signing in does not work at the moment.")
    do_POST = do_GET
    def show(self, login_request):  # An attacker may have sent the link: name the client, and report the login only after a click.
        asked = call(login_request)
        if asked["stage"] not in ("awaiting_login", "awaiting_return", "awaiting_consent"):
            return self.reply(410, OVER)
        client, what = (asked["client"]["host"], f'It wants to use {asked["resource"]["name"]}') if "client" in asked else ("Latchkey", "Manage connected programs" if asked["purpose"] == "account" else f'This is a {asked["purpose"]}')  # without a client
        client, what, name = (html.escape(text) for text in (client, what, signed_in(self)["name"]))
        self.reply(200, f'<!doctype html><title>Connect</title><h1>Connect {client}</h1><p>{what} as {name}.</p><form id="continue" method="post"><button>Continue</button></form>')

    def report(self, login_request):
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # CSRF protection; or use your framework's form token
            return self.reply(403)
        self.reply(302, Location=call(f"{login_request}/user", signed_in(self))["redirect_uri"])
server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), LoginPage)
print("listening", flush=True)
server.serve_forever()
