// A login page for an application with its own login, in Go without packages: go run main.go
// LATCHKEY_URL, LATCHKEY_CLIENT_ID and LATCHKEY_CLIENT_SECRET (an API client of role login), LATCHKEY_CONNECTION_ID, PORT
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"os"
	"regexp"
)

type object = map[string]any
var base = os.Getenv("LATCHKEY_URL")
var page = template.Must(template.New("").Parse(`<!doctype html><title>Connect</title><h1>Connect {{.client.host}}</h1>
	<p>It wants to use {{.resource.name}}.</p><form id="continue" method="post"><button>Continue</button></form>`))

// Replace this: returns the signed-in user of your session. Without a session, show your login form first and then return to this page.
func signedIn(*http.Request) object {
	return object{"sub": "user_1", "email": "ada@app.example", "name": "Ada Lovelace"}
}

// Returns nil after an error. A token is valid for an hour: cache it instead of fetching one per call.
func call(method, path string, body object) (reply object) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {os.Getenv("LATCHKEY_CLIENT_ID")}, "client_secret": {os.Getenv("LATCHKEY_CLIENT_SECRET")}}
	var token object
	if response, err := http.PostForm(base+"/oauth/token", form); err == nil {
		json.NewDecoder(response.Body).Decode(&token)
	}
	sent, _ := json.Marshal(body)
	request, _ := http.NewRequest(method, base+"/api/v1/connections/"+os.Getenv("LATCHKEY_CONNECTION_ID")+"/auth-requests/"+path, bytes.NewReader(sent))
	request.Header.Set("Authorization", fmt.Sprint("Bearer ", token["access_token"]))
	request.Header.Set("Content-Type", "application/json")
	if response, err := http.DefaultClient.Do(request); err == nil && response.StatusCode == 200 {
		json.NewDecoder(response.Body).Decode(&reply)
	}
	return
}
func login(w http.ResponseWriter, r *http.Request) {
	loginRequest := regexp.MustCompile(`^lri_[0-9A-Za-z]+$`).FindString(r.URL.Query().Get("login_request_id")) // ".." or a slash would address another call of the API
	w.Header().Set("X-Frame-Options", "DENY")
	if site := r.Header.Get("Sec-Fetch-Site"); r.Method == "POST" && (site == "" || site == "same-origin") { // CSRF protection; or use your framework's form token
		if report := call("POST", loginRequest+"/user", signedIn(r)); report != nil {
			http.Redirect(w, r, report["redirect_uri"].(string), http.StatusFound)
			return
		}
	} else if asked := call("GET", loginRequest, nil); asked != nil {
		page.Execute(w, asked) // An attacker may have sent the link: name the client, and report the login only after a click.
		return
	}
	http.Error(w, "Signing in does not work at the moment.", http.StatusBadGateway)
}
func main() {
	http.HandleFunc("/login", login)
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
