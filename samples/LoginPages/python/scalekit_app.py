"""The same login page with Scalekit's SDK as it is: pip install scalekit-sdk-python, then python3 scalekit_app.py. The SDK wants https.

LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
"""
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from scalekit import ScalekitClient

URL, CONNECTION = os.environ["LATCHKEY_URL"], os.environ["LATCHKEY_CONNECTION_ID"]
scalekit = ScalekitClient(URL, os.environ["LATCHKEY_CLIENT_ID"], os.environ["LATCHKEY_CLIENT_SECRET"])


def signed_in(request):
    """Yours: who is signed in at your application, from your own session. Nobody: show your login form first and come back here."""
    return {"sub": "user_1", "email": "ada@app.example", "name": "Ada Lovelace"}


class LoginPage(BaseHTTPRequestHandler):
    def answer(self, status, headers, body=""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        # The link may have been sent to this person by somebody else: report nobody before they click. (To name the client, see plain.py.)
        page = '<!doctype html><title>Connect</title><h1>Connect a program</h1><form id="continue" method="post"><button>Continue</button></form>'
        self.answer(200, {"Content-Type": "text/html; charset=utf-8", "X-Frame-Options": "DENY"}, page)

    def do_POST(self):
        if self.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":  # or your framework's form token: another site must not press the button
            return self.answer(403, {})
        query = parse_qs(urlsplit(self.path).query)
        answer, _ = scalekit.auth.update_login_user_details(CONNECTION, query["login_request_id"][0], signed_in(self))
        # auth_request_id is what makes the hand-off safe. A version of the SDK whose answer lacks it can only use a connection set to state_only.
        back = urlencode({"state": query["state"][0], "auth_request_id": answer.auth_request_id})
        self.answer(302, {"Location": f"{URL}/sso/v1/connections/{CONNECTION}/partner:callback?{back}"})


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), LoginPage)
print("listening", flush=True)
server.serve_forever()
