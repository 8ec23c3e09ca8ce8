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
var base, usable = os.Getenv("LATCHKEY_URL"), map[int]bool{200: true, 404: true, 409: true, 410: true}
var id, open = regexp.MustCompile(`^lri_[0-9A-Za-z]+$`), regexp.MustCompile(`^awaiting_(login|return|consent)$`)
var page = template.Must(template.New("").Parse(`<!doctype html><title>Connect</title>{{if .purpose}}{{with .client}}<h1>Connect {{.host}}</h1><p>It wants to use {{$.resource.name}}.</p>{{else}}<h1>Connect Latchkey</h1><p>{{if eq .purpose "account"}}Manage connected programs{{else}}This is a {{.purpose}}, no client asks.{{end}}</p>{{end}}<form id="continue" method="post"><button>Continue</button></form>
	{{else}}<p>{{if $.trouble}}{{$.trouble}}{{else}}This sign-in is unknown, or it is over. Go back to the program and connect again.{{end}}</p>{{end}}`))
// Replace this: the signed-in user of your session. Without a session, show your login form first and then return to this page.
func signedIn(*http.Request) object { return object{"sub": "user_1", "email": "ada@app.example", "name": "Ada Lovelace"} }
// A token is valid for an hour: cache it instead of fetching one per call.
func call(method, path string, body object) (status int, reply object) {
	var token object
	if response, err := http.PostForm(base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {os.Getenv("LATCHKEY_CLIENT_ID")}, "client_secret": {os.Getenv("LATCHKEY_CLIENT_SECRET")}}); err == nil {
		json.NewDecoder(response.Body).Decode(&token)
	}
	sent, _ := json.Marshal(body)
	request, _ := http.NewRequest(method, base+"/api/v1/connections/"+os.Getenv("LATCHKEY_CONNECTION_ID")+"/auth-requests/"+path, bytes.NewReader(sent))
	request.Header = http.Header{"Authorization": {fmt.Sprint("Bearer ", token["access_token"])}, "Content-Type": {"application/json"}}
	if response, err := http.DefaultClient.Do(request); err == nil && usable[response.StatusCode] {
		json.NewDecoder(response.Body).Decode(&reply)
		return response.StatusCode, reply
	}
	return http.StatusBadGateway, object{"trouble": "Signing in does not work at the moment."}
}
func login(w http.ResponseWriter, r *http.Request) {
	loginRequest, site := id.FindString(r.URL.Query().Get("login_request_id")), r.Header.Get("Sec-Fetch-Site") // ".." or a slash would address another call of the API
	status, reply := http.StatusNotFound, object{}
	if loginRequest != "" && r.Method == "POST" && (site == "" || site == "same-origin") { // CSRF protection; or use your framework's form token
		status, reply = call("POST", loginRequest+"/user", signedIn(r))
	} else if loginRequest != "" { // An attacker may have sent the link: name the client, and report the login only after a click.
		status, reply = call("GET", loginRequest, nil)
	}
	if back, isReport := reply["redirect_uri"].(string); isReport {
		http.Redirect(w, r, back, http.StatusFound)
		return
	} else if status == 200 && !open.MatchString(fmt.Sprint(reply["stage"])) {
		status, reply = http.StatusGone, nil
	}
	w.Header().Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	page.Execute(w, reply)
}
func main() {
	http.HandleFunc("/login", login)
	fmt.Println("listening")
	panic(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil))
}
