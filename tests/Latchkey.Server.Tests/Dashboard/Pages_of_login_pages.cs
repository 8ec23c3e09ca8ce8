using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Audit;
using Latchkey.Server.Dashboard.LoginPages;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The list of login pages, the values of one, its verification, its credentials, and its deletion.</summary>
public abstract partial class Pages_of_login_pages(LatchkeyHost host)
{
    private const string List = "/dashboard/login-pages";

    [Fact]
    public async Task A_login_page_is_joined_to_a_server_and_shows_the_values_for_the_backend()
    {
        var id = await NewServerAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        Assert.Contains(
            $"<option value=\"{id}\" selected", await admin.OpenAsync($"/dashboard/servers/{id}/login-page/new"), StringComparison.Ordinal);
        using var refused = await admin.PostAsync(List + "/new", List + "/new", ("server", id), ("login_url", "http://app.example/login"));
        await refused.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");
        using var nowhere = await admin.PostAsync(
            List + "/new", List + "/new", ("server", "x"), ("login_url", "https://app.example/login"));
        await nowhere.ExpectErrorAsync(HttpStatusCode.BadRequest, "no_server");

        using var joined = await admin.PostAsync(List + "/new", List + "/new", ("server", id), ("login_url", "https://app.example/login"));
        Assert.Equal(HttpStatusCode.SeeOther, joined.StatusCode);
        var path = joined.Headers.Location!.ToString();
        var connection = path.Split('/')[^1];
        var page = await admin.OpenAsync(path);
        Assert.Contains(connection, page, StringComparison.Ordinal);
        Assert.Contains(
            $"{host.BaseUrl}/api/v1/connections/{connection}/auth-requests/{{{{login_request_id}}}}/user", WebUtility.HtmlDecode(page),
            StringComparison.Ordinal);
        Assert.Contains($"{host.BaseUrl}/sso/v1/connections/{connection}/partner:callback", page, StringComparison.Ordinal);
        Assert.Contains("Confirmation required", page, StringComparison.Ordinal);
        Assert.Contains("app.example/login", await admin.OpenAsync(List), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_address_is_a_change_and_never_a_second_creation()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var second = await admin.SendAsync(
            List + "/new", admin.TokenFor(List + "/new"), ("server", company.ResourceId), ("login_url", "https://evil.example/login"));
        await second.ExpectErrorAsync(HttpStatusCode.Conflict, "connection_exists");
        var edit = $"{List}/{company.ConnectionId}/edit";
        using var changed = await admin.PostAsync(edit, edit, ("login_url", "https://new.example/login"), ("enabled", "true"));
        changed.ExpectRedirect($"{List}/{company.ConnectionId}");
        Assert.Equal("https://new.example/login", (await ConnectionAsync(company.ConnectionId)).GetProperty("login_url").GetString());

        using var off = await admin.PostAsync(
            edit, edit, ("login_url", "https://new.example/login"), ("callback_verification", "state_only"));
        off.ExpectRedirect($"{List}/{company.ConnectionId}");
        var now = await ConnectionAsync(company.ConnectionId);
        Assert.False(now.GetProperty("enabled").GetBoolean());
        Assert.Equal("required", now.GetProperty("callback_verification").GetString());
        Assert.Contains("This login page is off", await admin.OpenAsync($"{List}/{company.ConnectionId}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task State_only_needs_an_owner_the_warning_and_an_acknowledgement_that_the_audit_log_keeps()
    {
        var company = await host.NewCompanyAsync();
        var path = $"{List}/{company.ConnectionId}/verification";
        using (var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin))
        {
            Assert.DoesNotContain(path, await admin.OpenAsync($"{List}/{company.ConnectionId}"), StringComparison.Ordinal);
            using var refused = await admin.SendAsync(path, admin.TokenFor(path), ("acknowledged", "true"));
            await refused.ExpectErrorAsync(HttpStatusCode.Forbidden, "forbidden");
        }

        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        Assert.Contains(VerificationPages.Warning, WebUtility.HtmlDecode(await owner.OpenAsync(path)), StringComparison.Ordinal);
        using var unread = await owner.PostAsync(path, path);
        await unread.ExpectErrorAsync(HttpStatusCode.BadRequest, "not_acknowledged");
        Assert.Equal("required", (await ConnectionAsync(company.ConnectionId)).GetProperty("callback_verification").GetString());

        using var accepted = await owner.PostAsync(path, path, ("acknowledged", "true"));
        accepted.ExpectRedirect($"{List}/{company.ConnectionId}");
        Assert.Equal("state_only", (await ConnectionAsync(company.ConnectionId)).GetProperty("callback_verification").GetString());
        var entry = await NewestAsync(company.ConnectionId);
        Assert.Equal(("connection.changed", owner.Operator.Id.Value), (entry.Action, entry.Actor));
        Assert.Equal(
            $"Acknowledged: {VerificationPages.Acknowledgement}",
            JsonDocument.Parse(entry.Detail).RootElement.GetProperty("reason").GetString());
        var shown = WebUtility.HtmlDecode(await owner.OpenAsync($"{List}/{company.ConnectionId}"));
        Assert.Contains(VerificationPages.Warning, shown, StringComparison.Ordinal);

        var back = $"{List}/{company.ConnectionId}/require-confirmation";
        using var required = await owner.PostAsync($"{List}/{company.ConnectionId}", back);
        required.ExpectRedirect($"{List}/{company.ConnectionId}");
        Assert.Equal("required", (await ConnectionAsync(company.ConnectionId)).GetProperty("callback_verification").GetString());
        Assert.DoesNotContain("Acknowledged", (await NewestAsync(company.ConnectionId)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_credential_reports_until_it_is_revoked()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ConnectionId}";
        using var created = await admin.PostAsync(path + "/credentials/new", path + "/credentials/new", ("name", "Backend <2>"));
        var html = await created.Content.ReadAsStringAsync();
        var (id, secret) = (Ids().Match(html).Value, Secrets().Match(html).Value);
        var report = $"/api/v1/connections/{company.ConnectionId}/auth-requests/lri_0000000000000000000000/user";
        using (var unknown = await host.SendAsync(id, secret, HttpMethod.Post, report, Company.Ada))
        {
            Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        }

        var page = await admin.OpenAsync(path);
        Assert.Contains("Backend &lt;2&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, page, StringComparison.Ordinal);
        using var wrong = await admin.PostAsync(
            path + "/credentials/new", path + "/credentials/new", ("name", "x"), ("allowed_addresses.mode", "listed"),
            ("allowed_addresses", "somewhere"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");

        var revoke = $"{path}/credentials/{id}/revoke";
        using var revoked = await admin.PostAsync(revoke, revoke, ("reason", "Left the company"));
        revoked.ExpectRedirect(path);
        Assert.Contains("Left the company", (await NewestAsync(id)).Detail, StringComparison.Ordinal);
        using var refused = await host.SendAsync(id, secret, HttpMethod.Post, report, Company.Ada);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        using var again = await admin.GetAsync(revoke);
        await again.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task A_credential_of_another_role_or_login_page_cannot_be_revoked_here()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        foreach (var id in new[] { LatchkeyHost.OperatorId, await CredentialOfAsync(other), "skc_x" })
        {
            var path = $"{List}/{company.ConnectionId}/credentials/{id}/revoke";
            using var refused = await admin.SendAsync(path, admin.TokenFor(path));
            await refused.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
        }
    }

    [Fact]
    public async Task Reports_are_counted_per_day()
    {
        var company = await host.NewCompanyAsync();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        Assert.Contains("None in the last 14 days.", await viewer.OpenAsync($"{List}/{company.ConnectionId}"), StringComparison.Ordinal);
        await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        var html = await viewer.OpenAsync($"{List}/{company.ConnectionId}");
        Assert.Contains("last 14 days: 1 in all", html, StringComparison.Ordinal);
        Assert.DoesNotContain("none in the sign-in log", html, StringComparison.Ordinal);
        Assert.Contains("just now", await viewer.OpenAsync(List), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_page_is_deleted_only_when_nothing_uses_it_and_no_person_is_known()
    {
        var (unused, company) = (await NewServerAsync(), await host.NewCompanyAsync());
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{unused}/connections", new { login_url = "https://app.example/unused" });
        var id = made.GetProperty("connection").GetProperty("id").GetString()!;
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{id}/delete";
        using var inUse = await admin.PostAsync(path, path);
        await inUse.ExpectErrorAsync(HttpStatusCode.Conflict, "connection_in_use");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{unused}", new { connection_id = (string?)null });
        using var deleted = await admin.PostAsync(path, path, ("reason", "Never used"));
        deleted.ExpectRedirect(List);
        Assert.Contains("Never used", (await NewestAsync(id)).Detail, StringComparison.Ordinal);
        using var gone = await admin.GetAsync($"{List}/{id}");
        await gone.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");

        await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { connection_id = (string?)null });
        var withPeople = $"/api/v1/connections/{company.ConnectionId}";
        await ExpectInUseAsync(withPeople);
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{await CredentialOfAsync(company)}");
        await ExpectInUseAsync(withPeople);
        await host.SendAsync(HttpMethod.Post, withPeople + "/users:erase", new { sub = "ada" });
        await host.SendAsync(HttpMethod.Delete, withPeople);
        using var again = await host.TrySendAsync(HttpMethod.Delete, withPeople);
        await Expect.ProblemAsync(again, 404, "connection_not_found");
    }

    private async Task ExpectInUseAsync(string path)
    {
        using var refused = await host.TrySendAsync(HttpMethod.Delete, path);
        await Expect.ProblemAsync(refused, 409, "connection_in_use");
    }

    private async Task<string> NewServerAsync() => (await host.SendAsync(
        HttpMethod.Post, "/api/v1/resources",
        new
        {
            resource_type = "MCP_SERVER",
            name = "Joined",
            resource_uri = $"https://{ResourceId.New().Value[4..].ToLowerInvariant()}.example/mcp",
        }))
        .GetProperty("resource").GetProperty("id").GetString()!;

    private async Task<JsonElement> ConnectionAsync(string id) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/connections/{id}")).GetProperty("connection");

    /// <summary>The API client of the backend of a company.</summary>
    private async Task<string> CredentialOfAsync(Company company)
    {
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        return Ids().Match(await viewer.OpenAsync($"{List}/{company.ConnectionId}")).Value;
    }

    private async Task<AuditEntry> NewestAsync(string target) =>
        (await host.Services.GetRequiredService<AuditLog>().NewestAsync(long.MaxValue, 1, target, actor: null, default))[0];

    [GeneratedRegex("skc_[0-9A-Za-z]{22}", RegexOptions.None, 1000)]
    private static partial Regex Ids();

    [GeneratedRegex("(?<=<code>)lks_[\\w-]+", RegexOptions.None, 1000)]
    private static partial Regex Secrets();
}

public sealed class Pages_of_login_pages_on_SQLite(OnSqlite host) : Pages_of_login_pages(host), IClassFixture<OnSqlite>;

public sealed class Pages_of_login_pages_on_PostgreSQL(OnPostgres host) : Pages_of_login_pages(host), IClassFixture<OnPostgres>;
