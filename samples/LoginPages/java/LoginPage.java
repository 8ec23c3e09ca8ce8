// A login page for an application with its own login, in Java 17 without libraries: java LoginPage.java
// LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
import com.sun.net.httpserver.*;
import java.net.*;
import java.net.http.*;
import java.util.regex.*;
public class LoginPage {
    static final String URL = System.getenv("LATCHKEY_URL"), CONNECTION = System.getenv("LATCHKEY_CONNECTION_ID"), PAGE = "<!doctype html><title>Connect</title>";
    static final HttpClient http = HttpClient.newHttpClient();
    /** Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page. */
    static String signedIn(HttpExchange request) { return "{\"sub\":\"user_1\",\"email\":\"ada@app.example\",\"name\":\"Ada Lovelace\"}"; }
    static String encode(String text) { return URLEncoder.encode(text, java.nio.charset.StandardCharsets.UTF_8); }
    static HttpResponse<String> send(HttpRequest.Builder request) throws Exception { return http.send(request.build(), HttpResponse.BodyHandlers.ofString()); }
    /** Use your JSON library instead: Java has no built-in one. */
    static String member(String json, String name) {
        var found = Pattern.compile("\"" + name + "\":\"((?:[^\"\\\\]|\\\\.)*)\"").matcher(json);
        return found.find() ? found.group(1).replace("\\u0026", "&").replace("\\/", "/") : "";
    }
    static HttpResponse<String> call(String path, String body) throws Exception {
        // A token is valid for an hour: cache it instead of fetching one per call.
        var form = "grant_type=client_credentials&client_id=" + encode(System.getenv("LATCHKEY_CLIENT_ID")) + "&client_secret=" + encode(System.getenv("LATCHKEY_CLIENT_SECRET"));
        var token = member(send(HttpRequest.newBuilder(URI.create(URL + "/oauth/token")).header("Content-Type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(form))).body(), "access_token");
        var request = HttpRequest.newBuilder(URI.create(URL + "/api/v1/connections/" + CONNECTION + "/auth-requests/" + path)).header("Authorization", "Bearer " + token).header("Content-Type", "application/json");
        return send(body == null ? request.GET() : request.POST(HttpRequest.BodyPublishers.ofString(body)));
    }
    static void reply(HttpExchange request, int status, String body) throws java.io.IOException {
        request.getResponseHeaders().set("X-Frame-Options", "DENY");
        request.getResponseHeaders().set("Content-Type", "text/html; charset=utf-8");
        request.sendResponseHeaders(status, 0);
        try (var out = request.getResponseBody()) { out.write(body.getBytes("UTF-8")); }
    }
    static void login(HttpExchange request) throws java.io.IOException {
        // It comes from the browser and becomes part of a URL: "..", a slash or a colon would address another call of the API.
        var query = Pattern.compile("(?:^|&)login_request_id=(lri_[0-9A-Za-z]+)(?:&|$)").matcher(String.valueOf(request.getRequestURI().getRawQuery()));
        var site = request.getRequestHeaders().getFirst("Sec-Fetch-Site");
        try {
            var status = 404;
            if (query.find()) {
                var isReport = request.getRequestMethod().equals("POST") && (site == null || site.equals("same-origin")); // CSRF protection; or use your framework's form token
                var answer = isReport ? call(query.group(1) + "/user", signedIn(request)) : call(query.group(1), null);
                status = answer.statusCode();
                if (status == 200 && isReport) {
                    request.getResponseHeaders().set("Location", member(answer.body(), "redirect_uri"));
                    reply(request, 302, "");
                } else if (status == 200 && member(answer.body(), "stage").matches("awaiting_(login|return|consent)")) { // An attacker may have sent the link: name the client, and report the login only after a click.
                    var host = member(answer.body(), "host"); // No client asks when an operator tries this page from the dashboard (purpose "test").
                    var client = (host.isEmpty() ? "Latchkey (" + member(answer.body(), "purpose").replace("account", "Manage connected programs") + ")" : host).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
                    reply(request, 200, PAGE + "<h1>Connect " + client + "</h1><form id=\"continue\" method=\"post\"><button>Continue</button></form>");
                }
            }
            if (request.getResponseCode() == -1) reply(request, status == 200 ? 410 : status == 404 || status == 409 || status == 410 ? status : 502, PAGE + "<p>This sign-in is unknown, or it is over. Go back to the program and connect again.</p>");
        } catch (Exception trouble) { reply(request, 502, "Signing in does not work at the moment."); }
    }
    public static void main(String[] args) throws Exception {
        var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
        server.createContext("/login", LoginPage::login);
        server.start(); System.out.println("listening");
    }
}
