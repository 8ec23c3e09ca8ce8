using System.Net;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Dashboard;

public sealed class Pages_of_people_and_access_on_SQLite(OnSqlite host) : Pages_of_people_and_access(host), IClassFixture<OnSqlite>;

public sealed class Pages_of_people_and_access_on_PostgreSQL(OnPostgres host)
    : Pages_of_people_and_access(host), IClassFixture<OnPostgres>;

/// <summary>People, accesses, and how operators end them.</summary>
public abstract class Pages_of_people_and_access(LatchkeyHost host)
{
    [Fact]
    public async Task A_person_is_found_by_the_beginning_of_the_address_and_has_programs_and_sign_ins()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var path = PersonOf(flow);
        foreach (var query in new[] { "", "?email=ADA%40", $"?login_page={flow.Company.ConnectionId}" })
        {
            Assert.Contains($"href=\"{path}\"", await viewer.OpenAsync("/dashboard/people" + query), StringComparison.Ordinal);
        }

        Assert.DoesNotContain($"href=\"{path}\"", await viewer.OpenAsync("/dashboard/people?email=da"), StringComparison.Ordinal);
        var html = await viewer.OpenAsync(path);
        foreach (var text in new[] { "ada@acme.example", "Ada Lovelace", "Acme Ltd", "Inspector", "Connected" })
        {
            Assert.Contains(text, html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ada@acme.example")]
    [InlineData("../../sign-ins")]
    [InlineData("a/b c%2F?#é")]
    public async Task A_person_with_any_id_has_a_page(string sub)
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.AwaitingLogin);
        await flow.Company.ReportAsync(flow.Redirect.LoginRequestId, new { sub, email = "someone@acme.example" });
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var list = await viewer.OpenAsync($"/dashboard/people?login_page={flow.Company.ConnectionId}");
        var path = list.Split("class=\"row\" href=\"")[1].Split('"')[0];
        Assert.Contains("someone@acme.example", await viewer.OpenAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_ends_one_access_with_a_reason()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var list = await admin.OpenAsync($"/dashboard/access?server={flow.Company.ResourceId}");
        var path = list.Split("class=\"row\" href=\"")[1].Split('"')[0];
        Assert.Contains("ada@acme.example", await admin.OpenAsync(path), StringComparison.Ordinal);
        Assert.Contains("ada@acme.example loses access", await admin.OpenAsync(path + "/end"), StringComparison.Ordinal);
        using var ended = await admin.PostAsync(path + "/end", path + "/end", ("reason", "Left the company"));
        ended.ExpectRedirect(path);
        Assert.Contains("An operator ended it", await admin.OpenAsync(path), StringComparison.Ordinal);
        Assert.DoesNotContain(
            $"href=\"{path}\"", await admin.OpenAsync($"/dashboard/access?server={flow.Company.ResourceId}"), StringComparison.Ordinal);
        foreach (var query in new[] { "", $"&server={flow.Company.ResourceId}", $"&client={flow.Client.Id}" })
        {
            Assert.Contains($"href=\"{path}\"", await admin.OpenAsync("/dashboard/access?state=ended" + query), StringComparison.Ordinal);
        }

        Assert.Contains(
            "Left the company", await admin.OpenAsync($"/dashboard/audit?target={path.Split('/')[^1]}"), StringComparison.Ordinal);
        using var refreshed = await flow.Client.RefreshAsync(flow.Tokens!.Refresh!);
        Assert.Equal(HttpStatusCode.BadRequest, refreshed.StatusCode);
    }

    [Fact]
    public async Task The_timeline_of_a_connected_sign_in_offers_to_end_its_access()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var list = await admin.OpenAsync($"/dashboard/access?server={flow.Company.ResourceId}");
        var access = list.Split("class=\"row\" href=\"")[1].Split('"')[0];
        var timeline = (await admin.OpenAsync(access)).Split("/dashboard/sign-ins/")[1].Split('"')[0];
        Assert.Contains($"href=\"{access}/end\"", await admin.OpenAsync("/dashboard/sign-ins/" + timeline), StringComparison.Ordinal);
        var seen = await viewer.OpenAsync("/dashboard/sign-ins/" + timeline);
        Assert.DoesNotContain($"href=\"{access}/end\"", seen, StringComparison.Ordinal);
        foreach (var link in new[] { access, $"/dashboard/clients/{flow.Client.Id}", PersonOf(flow) })
        {
            Assert.Contains($"href=\"{link}\"", seen, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_admin_ends_all_accesses_of_a_person_and_erases_the_person()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = PersonOf(flow);
        using var ended = await admin.PostAsync(path + "/end", path + "/end", ("reason", "Lost laptop"));
        ended.ExpectRedirect(path);
        Assert.Contains("no access at present", await admin.OpenAsync(path), StringComparison.Ordinal);
        Assert.Contains(
            "Lost laptop", await admin.OpenAsync($"/dashboard/audit?target={flow.Company.ConnectionId}"), StringComparison.Ordinal);

        using var wrong = await admin.PostAsync(path + "/erase", path + "/erase", ("name", "ada"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "name_differs");
        using var erased = await admin.PostAsync(path + "/erase", path + "/erase", ("name", "ada@acme.example"));
        erased.ExpectRedirect("/dashboard/people");
        using var gone = await admin.GetAsync(path);
        await gone.ExpectErrorAsync(HttpStatusCode.NotFound, "person_gone");
    }

    [Theory]
    [InlineData("client id")]
    [InlineData("grant")]
    [InlineData("machine")]
    [InlineData("e-mail")]
    public async Task The_find_box_opens_the_page_of(string form)
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.AwaitingLogin);
        var unique = flow.Redirect.LoginRequestId[4..].ToLowerInvariant();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        await flow.Company.ReportAsync(flow.Redirect.LoginRequestId, new { sub = $"s{unique}", email = $"{unique}@acme.example" });
        using var second = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        var list = await viewer.OpenAsync($"/dashboard/access?server={second.Company.ResourceId}");
        var access = list.Split("class=\"row\" href=\"")[1].Split('"')[0];
        var (text, path) = form switch
        {
            "client id" => (flow.Client.Id, $"/dashboard/clients/{flow.Client.Id}"),
            "grant" => (access.Split('/')[^1], access),
            "machine" => (LatchkeyHost.OperatorId, $"/dashboard/machines/{LatchkeyHost.OperatorId}"),
            _ => ($"{unique}@acme.example", $"/dashboard/people/{flow.Company.ConnectionId}/s{unique}"),
        };
        using var found = await viewer.GetAsync($"/dashboard/find?q={Uri.EscapeDataString(text)}");
        found.ExpectRedirect(path);
    }

    private static string PersonOf(LoginFlow flow) => $"/dashboard/people/{flow.Company.ConnectionId}/ada";
}
