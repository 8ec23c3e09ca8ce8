"""The same login page with Scalekit's unmodified SDK: pip install scalekit-sdk-python, then python3 scalekit_app.py. The SDK requires https.

LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
"""
import os, re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from scalekit import ScalekitClient
from scalekit.common.exceptions import ScalekitServerException

URL, CONNECTION = os.environ["LATCHKEY_URL"], os.environ["LATCHKEY_CONNECTION_ID"]
OVER = "<!doctype html><title>Connect</title><p>This sign-in is unknown, or it is over. Go back to the program and connect again.</p>"
HTML = {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "DENY"}
scalekit = ScalekitClient(URL, os.environ["LATCHKEY_CLIENT_ID"], os.environ["LATCHKEY_CLIENT_SECRET"])


def signed_in(request):
    """Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page."""
    return {"sub": "user_1", "email": "ada@app.example", "name": "Ada Lovelace"}


class LoginPage(BaseHTTPRequestHandler):
    def reply(self, status, headers, body=""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        # An attacker may have sent the link to this user: report the login only after a click. (plain.py shows how to name the client.)
        page = '<!doctype html><title>Connect</title><h1>Connect a program</h1><form id="continue" method="post"><button>Continue</button></form>'
        self.reply(200, HTML, page) if "login_request_id=" in self.path else self.reply(404, HTML, OVER)

    def do_POST(self):
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # CSRF protection; or use your framework's form token
            return self.reply(403, {})
        query = parse_qs(urlsplit(self.path).query)
        login_request, state = (query.get(name, [""])[0] for name in ("login_request_id", "state"))
        if not re.fullmatch(r"lri_[0-9A-Za-z]+", login_request, re.ASCII):
            return self.reply(404, HTML, OVER)
        try:
            reply, _ = scalekit.auth.update_login_user_details(CONNECTION, login_request, signed_in(self))
        except ScalekitServerException as refused:
            print(refused, flush=True)
            return self.reply(410, HTML, OVER)
        # auth_request_id proves that the same browser returns. A version of the SDK without it needs a connection set to state_only.
        back = urlencode({"state": state, "auth_request_id": reply.auth_request_id})
        self.reply(302, {"Location": f"{URL}/sso/v1/connections/{CONNECTION}/partner:callback?{back}"})


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), LoginPage)
print("listening", flush=True)
server.serve_forever()
