using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Dashboard;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Actors;

/// <summary>An operator with a browser that is signed in to the dashboard.</summary>
internal sealed partial class DashboardUser : IDisposable
{
    private static int operators;

    private DashboardUser(LatchkeyHost host, OperatorSession session, Secret token) =>
        (Browser, Session, Token) = (new Browser(host), session, token);

    public Browser Browser { get; }

    public Operator Operator => Session.Operator;

    public OperatorSession Session { get; }

    /// <summary>The value of the cookie.</summary>
    public Secret Token { get; }

    public LatchkeyHost Host => Browser.Host;

    /// <summary>Creates an operator of this role, and a session of it, in the database of the host.</summary>
    public static async Task<DashboardUser> SignInAsync(LatchkeyHost host, OperatorRole role)
    {
        var added = await AddOperatorAsync(host, role);
        return await SignInAsync(host, added);
    }

    /// <summary>Begins a session of an operator.</summary>
    public static async Task<DashboardUser> SignInAsync(LatchkeyHost host, Operator known)
    {
        var now = host.Clock.GetUtcNow();
        var token = Secret.New(Secret.OperatorSessionPrefix);
        var session = new OperatorSession
        {
            Id = OperatorSessionId.New(),
            Operator = known,
            CreatedAt = now,
            SeenAt = now,
            ConfirmedAt = now,
            Network = "127.0.0.0/24",
            Agent = "test",
        };
        Assert.True(await host.Services.GetRequiredService<OperatorSessionStore>().BeginAsync(session, token, "test", default));
        var user = new DashboardUser(host, session, token);
        var name = host.BaseUrl.StartsWith("https", StringComparison.Ordinal) ? "__Host-lk-op" : "lk-op";
        user.Browser.Cookies.Add(new Uri(host.Address), new Cookie(name, token.Value, "/"));
        return user;
    }

    /// <summary>Adds an operator without a password.</summary>
    public static async Task<Operator> AddOperatorAsync(LatchkeyHost host, OperatorRole role, string? passwordHash = null)
    {
        var id = OperatorId.New();
        var added = new Operator
        {
            Id = id,
            Email = $"{role.Name()}-{Interlocked.Increment(ref operators)}@acme.example",
            Name = $"Grace {role}",
            Role = role,
            PasswordHash = passwordHash,
            CreatedAt = host.Clock.GetUtcNow(),
        };
        Assert.True(await host.Services.GetRequiredService<OperatorStore>().AddAsync(
            added, new Actor.Machine("test"), onlyAsFirst: false, default));
        return added;
    }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        Browser.GetAsync(path, headers);

    /// <summary>Opens a page and expects it. Returns its HTML.</summary>
    public async Task<string> OpenAsync(string path)
    {
        using var response = await GetAsync(path);
        var html = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{path}: {(int)response.StatusCode} {response.Headers.Location} {html}");
        return html;
    }

    /// <summary>Opens a page and posts its form with this action, as a browser does.</summary>
    public async Task<HttpResponseMessage> PostAsync(string page, string action, params (string Name, string Value)[] fields) =>
        await SendAsync(action, TokenOf(await OpenAsync(page), action), fields);

    /// <summary>Posts a form with any form token.</summary>
    public Task<HttpResponseMessage> SendAsync(string action, string token, params (string Name, string Value)[] fields) =>
        Browser.SendAsync(
            HttpMethod.Post, action,
            [new("form_token", token), .. fields.Select(field => KeyValuePair.Create(field.Name, field.Value))],
            ("Origin", Host.BaseUrl), ("Sec-Fetch-Site", "same-origin"));

    /// <summary>The token of a form of this session, as the server computes it.</summary>
    public string TokenFor(string path) =>
        new DashboardRequest(new DefaultHttpContext(), new Settings(), Session.CreatedAt, Session, Token).FormToken(path);

    /// <summary>Returns the form token of the form with this action.</summary>
    public static string TokenOf(string html, string action)
    {
        var form = Form().Matches(html).FirstOrDefault(match => WebUtility.HtmlDecode(match.Groups["action"].Value) == action);
        Assert.True(form is not null, $"no form posts to {action}: {html}");
        return form.Groups["token"].Value;
    }

    public void Dispose() => Browser.Dispose();

    [GeneratedRegex(
        "<form method=\"post\" action=\"(?<action>[^\"]+)\"[^>]*>\\s*"
        + "(<input type=\"hidden\" name=\"form_token\" value=\"(?<token>[^\"]+)\")?",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
