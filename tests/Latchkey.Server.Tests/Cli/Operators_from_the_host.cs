using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Cli;

/// <summary>The first operator of a new database, and the commands <c>operators create</c>, <c>recover</c> and <c>list</c>.</summary>
public sealed partial class Operators_from_the_host(PlainProcess host) : IClassFixture<PlainProcess>
{
    private string FirstStart => Path.Combine(host.Folder, "first-start.txt");

    [Fact]
    public async Task A_set_up_link_creates_the_first_operator_and_the_commands_further_ones()
    {
        var link = Link().Match(await File.ReadAllTextAsync(FirstStart)).Value;
        Assert.StartsWith(host.BaseUrl + "/dashboard/set-up/lku_", link, StringComparison.Ordinal);
        Assert.Equal([$"Latchkey listening on {host.BaseUrl}"], host.Server.Lines);

        using var grace = new Browser(host);
        await UseAsync(grace, link, ("email", "grace@acme.example"), ("name", "Grace Hopper"));
        using var operators = await grace.GetAsync("/dashboard/settings/operators/invite");
        Assert.Equal(HttpStatusCode.OK, operators.StatusCode);

        var written = await File.ReadAllTextAsync(FirstStart);
        await host.StopServerAsync();
        await host.StartServerAsync();
        Assert.Equal(written, await File.ReadAllTextAsync(FirstStart));

        var created = (await host.RunAsync("operators", "create", "Alan@Acme.example", "--role", "viewer")).Ended().Trim();
        using var alan = new Browser(host);
        await UseAsync(alan, created, ("name", "Alan Turing"));
        using var refused = await alan.GetAsync("/dashboard/settings/operators/invite");
        await refused.ExpectErrorAsync(HttpStatusCode.Forbidden, "forbidden");

        var recovered = (await host.RunAsync("operators", "recover", "alan@acme.example")).Ended().Trim();
        using var again = new Browser(host);
        await UseAsync(again, recovered);
        using var ended = await alan.GetAsync("/dashboard/me");
        Assert.Equal(HttpStatusCode.Redirect, ended.StatusCode);

        var list = (await host.RunAsync("operators", "list")).Ended();
        Assert.Contains("owner", list.Split('\n').Single(line => line.Contains("grace@acme.example", StringComparison.Ordinal)));
        Assert.Contains("viewer", list.Split('\n').Single(line => line.Contains("alan@acme.example", StringComparison.Ordinal)));
    }

    private static async Task UseAsync(Browser browser, string link, params (string Name, string Value)[] fields)
    {
        using var used = await browser.PostAsync(new Uri(link).AbsolutePath, [.. fields, ("password", DashboardForms.Password)]);
        used.ExpectRedirect("/dashboard/me/welcome");
    }

    [GeneratedRegex(@"http\S+/dashboard/set-up/\S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();
}

/// <summary>A server whose settings name the first operator.</summary>
public sealed class WithBootstrapOperator : InAProcess
{
    public const string Email = "ops@acme.example";

    private protected override IEnumerable<(string Name, string Value)> MoreVariables(Settings settings) =>
        [("Latchkey__Bootstrap__OperatorEmail", Email), ("Latchkey__Bootstrap__OperatorPassword", DashboardForms.Password)];
}

public sealed class Bootstrap_of_the_first_operator(WithBootstrapOperator host) : IClassFixture<WithBootstrapOperator>
{
    [Fact]
    public async Task The_operator_of_the_settings_is_created_once_as_owner_and_there_is_no_link()
    {
        Assert.False(File.Exists(Path.Combine(host.Folder, "first-start.txt")));
        await host.StopServerAsync();
        await host.StartServerAsync();
        using var browser = new Browser(host);
        using var signedIn = await browser.SignInAsync(WithBootstrapOperator.Email, DashboardForms.Password);
        signedIn.ExpectRedirect("/dashboard");
        using var owner = await browser.GetAsync("/dashboard/settings/operators/invite");
        Assert.Equal(HttpStatusCode.OK, owner.StatusCode);
        Assert.Single((await host.RunAsync("operators", "list")).Ended().Split('\n'), line => line.Contains('@', StringComparison.Ordinal));
    }
}

/// <summary>What the commands refuse, and the creation with a password.</summary>
public sealed class Refusals_of_the_operator_commands(PlainProcess host) : IClassFixture<PlainProcess>
{
    [Theory]
    [InlineData("exists already", "create", "grace2@acme.example", "--role", "owner")]
    [InlineData("--role must be", "create", "x@acme.example", "--role", "root")]
    [InlineData("must be an e-mail address", "create", "x")]
    [InlineData("There is no operator", "recover", "unknown@acme.example")]
    [InlineData("must be env:NAME or file:<path>", "create", "y@acme.example", "--password", "in the command line")]
    public async Task What_cannot_be_done_is_said_with_exit_code_2(string sentence, params string[] arguments)
    {
        if (arguments[1] == "grace2@acme.example")
        {
            await File.WriteAllTextAsync(Path.Combine(host.Folder, "password"), DashboardForms.Password);
            (await host.RunAsync("operators", "create", arguments[1], "--password", $"file:{host.Folder}/password")).Ended();
            using var browser = new Browser(host);
            using var signedIn = await browser.SignInAsync(arguments[1], DashboardForms.Password);
            signedIn.ExpectRedirect("/dashboard");
        }

        Assert.Contains(sentence, (await host.RunAsync(["operators", .. arguments])).Ended(2), StringComparison.Ordinal);
    }
}
