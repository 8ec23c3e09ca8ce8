using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;

namespace Latchkey.Server.Tests.ScalekitImport;

public sealed class Scalekit_import
{
    private const string Expected =
        """
        # Exported from 127.0.0.1. Review it, then run: latchkey apply -f <this file> --dry-run
        # Registered clients and clients with a metadata document are left out: they connect again by themselves.
        resources:

          # at Scalekit: res_1
          # access_token_expiry was 172800; the maximum for access tokens is one day
          # has no counterpart in Latchkey: intersect_scopes_user_permission
          - resource_uri: https://mcp.acme.example/mcp
            name: Notes
            description: "Acme: notes"
            scopes:
              - name: notes:read
                description: Read your notes
              - name: notes:write
                description: Change your notes
                enabled: false
            # Scalekit offers every scope to a client that requests none. List only those that read.
            default_scopes: [notes:read, notes:write]
            access_token_expiry: 86400
            refresh_token_expiry: 1209600
            disable_dynamic_client_registration: true
            enable_cimd: true
            # at Scalekit: conn_1. The login page must use the connection's new id from GET /api/v1/connections.
            connection:
              login_url: https://app.acme.example/login
              # state_only accepts the redirect of a login page written for Scalekit. It is safe only when
              # that page asks for a click that names the client before it reports. Change it to required
              # once the page appends auth_request_id to the redirect: this prevents session fixation.
              callback_verification: state_only
            clients:
              # at Scalekit: m2m_1001. It gets a new id here; tell its owner.
              # expiry was 172800; the maximum for access tokens is one day
              # has no counterpart in Latchkey: audience
              - name: Nightly report
                description: Runs at night
                redirect_uris: []
                scopes: [notes:read]
                custom_claims:
                  - key: team
                    value: "reports: nightly"
                expiry: 86400
                # its secrets cannot be exported; name the source of its present secret or of a new one:
                # secrets: [{env: NAME}]
              # at Scalekit: m2m_1002. It gets a new id here; tell its owner.
              - name: Desktop
                redirect_uris: [http://127.0.0.1/callback]
                scopes: []
                token_endpoint_auth_method: none

          # at Scalekit: res_2
          - resource_uri: https://files.acme.example/mcp
            name: Files
            scopes: []
            disable_dynamic_client_registration: false
            enable_cimd: false
            connection_of: https://mcp.acme.example/mcp

          # left out: The website, because it is a WEB, not an MCP server

          # left out: Unfinished, because it has no resource_uri

          # at Scalekit: res_5
          # has no counterpart in Latchkey: provider
          - resource_uri: https://search.acme.example/mcp
            name: "Search: #1"
            scopes: []
            disable_dynamic_client_registration: false
            enable_cimd: false
            # it has no connection; add your login page:
            # connection: {login_url: https://app.example.com/login}

        # The login page's backend keeps its id and secret when they are listed here:
        # api_clients:
        #   - client_id: skc_58271936450723841
        #     name: Login page
        #     role: login
        #     connections_of: [https://mcp.acme.example/mcp]
        #     secrets: [{env: SCALEKIT_CLIENT_SECRET}]

        """;

    [Fact]
    public async Task The_import_reads_all_pages_and_writes_a_file_for_review()
    {
        await using var scalekit = await FakeScalekit.StartAsync();
        using var line = CommandLine.WithNewDatabase();
        var run = await ImportAsync(line, scalekit);

        Assert.Equal(Expected, run.Ended());
        Assert.Equal(
            "Found 3 MCP servers with 1 connections and 2 manually created clients; 2 resources left out, for the reason in the file. "
            + "Review it, then run: latchkey apply -f <the file> --dry-run",
            run.Errors.TrimEnd());
        Assert.Equal(
            [
                "POST /oauth/token",
                "GET /api/v1/resources?resource_type=MCP_SERVER&page_size=30&page_token=",
                "GET /api/v1/resources?resource_type=MCP_SERVER&page_size=30&page_token=p2",
                "GET /api/v1/resources?resource_type=MCP_SERVER&page_size=30&page_token=p4", "GET /api/v1/resources/res_1/clients",
                "GET /api/v1/resources/res_2/clients", "GET /api/v1/resources/res_3/clients", "GET /api/v1/resources/res_4/clients",
                "GET /api/v1/resources/res_5/clients",
                "GET /api/v1/scopes",
            ],
            scalekit.Requests);
    }

    /// <summary>The backend keeps its id and its secret, and the client keeps its secret.</summary>
    [Fact]
    public async Task The_imported_file_can_be_applied_when_the_secrets_are_named()
    {
        await using var scalekit = await FakeScalekit.StartAsync();
        using var line = CommandLine.WithNewDatabase().With("NAME", "the-secret-that-the-report-client-has")
            .With("SCALEKIT_CLIENT_SECRET", FakeScalekit.ClientSecret)
            .With("Latchkey__Bootstrap__ApiClientId", LatchkeyHost.OperatorId).With(
                "Latchkey__Bootstrap__ApiClientSecret", LatchkeyHost.OperatorSecret);
        var imported = (await ImportAsync(line, scalekit)).Ended();
        Assert.Contains(
            "resources[0].clients[0].secrets must name at least one", (await line.ApplyAsync(imported)).Ended(2), StringComparison.Ordinal);

        var reviewed = imported.Replace("# secrets: [{env: NAME}]", "secrets: [{env: NAME}]", StringComparison.Ordinal);
        var backend = reviewed.IndexOf("# api_clients:", StringComparison.Ordinal);
        reviewed = reviewed[..backend] + reviewed[backend..].Replace("# ", "", StringComparison.Ordinal);
        Assert.Equal(
            [
                "+ resource https://mcp.acme.example/mcp", "+ client \"Nightly report\" of https://mcp.acme.example/mcp",
                "+ client \"Desktop\" of https://mcp.acme.example/mcp",
                "+ resource https://files.acme.example/mcp", "+ resource https://search.acme.example/mcp",
                "+ API client skc_58271936450723841",
            ],
            (await line.ApplyAsync(reviewed)).Differences);
        Assert.Equal("Nothing to change.", (await line.ApplyAsync(reviewed)).Ended().Split('\n')[0]);
    }

    [Fact]
    public async Task The_import_writes_a_new_file_only_and_none_in_a_dry_run()
    {
        await using var scalekit = await FakeScalekit.StartAsync();
        using var line = CommandLine.WithNewDatabase();
        var dry = await ImportAsync(line, scalekit, "-o", "imported.yaml", "--dry-run");
        Assert.Equal("", dry.Ended());
        Assert.Contains("Found 3 MCP servers", dry.Errors, StringComparison.Ordinal);
        Assert.False(line.Holds("imported.yaml"));

        (await ImportAsync(line, scalekit, "-o", "imported.yaml")).Ended();
        Assert.Equal(Expected, line.Read("imported.yaml"));
        Assert.Contains(
            "imported.yaml exists already", (await ImportAsync(line, scalekit, "-o", "imported.yaml")).Ended(2), StringComparison.Ordinal);
        Assert.False(line.Holds("data"), "an import created a database");
    }

    /// <summary>
    /// Every process of the machine can read a secret on a command line, and every host on the route can read one sent over http.
    /// </summary>
    [Theory]
    [InlineData("https://acme.scalekit.dev", "in-clear", "--client-secret must be env:NAME or file:<path>")]
    [InlineData("https://acme.scalekit.dev", "env:MISSING", "the variable MISSING is not set")]
    [InlineData("https://acme.scalekit.dev", "file:missing", "missing cannot be read")]
    [InlineData("http://acme.scalekit.dev", "env:SECRET", "--url must be the https URL of the environment")]
    [InlineData("https://acme.scalekit.dev/api/v1", "env:SECRET", "--url must be the https URL of the environment")]
    [InlineData("acme.scalekit.dev", "env:SECRET", "--url must be the https URL of the environment")]
    public async Task An_import_whose_secret_would_be_exposed_or_is_missing_is_refused(string url, string secret, string error)
    {
        using var line = CommandLine.WithNewDatabase().With("SECRET", FakeScalekit.ClientSecret);

        Assert.Contains(
            error,
            (await line.RunAsync("import", "scalekit", "--url", url, "--client-id", FakeScalekit.ClientId, "--client-secret", secret))
                .Ended(2),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_of_Scalekit_is_reported()
    {
        await using var scalekit = await FakeScalekit.StartAsync();
        using var line = CommandLine.WithNewDatabase().With("SECRET", "another-secret-than-the-environment-knows");
        Assert.Contains("/oauth/token was answered 401", (await RunAsync(line, scalekit)).Ended(2), StringComparison.Ordinal);

        line.With("SECRET", FakeScalekit.ClientSecret);
        (string Path, RequestDelegate Answer, string Said)[] faults =
        [
            ("/api/v1/resources", http => http.Response.WriteAsync("<html>"), "/api/v1/resources was not answered with JSON."),
            ("/api/v1/resources/res_1/clients", Status(500), "/api/v1/resources/res_1/clients was answered 500."),
            ("/oauth/token", http => http.Response.WriteAsync("{}"), "oauth/token answered without an access_token."),
            ("/oauth/token", http => Redirect(http, $"{scalekit.Url}/elsewhere"), "/oauth/token was answered 307."),
        ];
        foreach (var (path, answer, said) in faults)
        {
            scalekit.Fault = (path, answer);
            var run = await RunAsync(line, scalekit);
            Assert.Contains(said, run.Ended(1), StringComparison.Ordinal);
            Assert.Equal("", run.Output);
            Assert.DoesNotContain(FakeScalekit.ClientSecret, run.Errors, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(scalekit.Requests, asked => asked.Contains("elsewhere", StringComparison.Ordinal));
        scalekit.Fault = ("/api/v1/scopes", Status(404));
        Assert.Contains("notes:write", (await RunAsync(line, scalekit)).Ended(), StringComparison.Ordinal);
    }

    private static Task<Run> ImportAsync(CommandLine line, FakeScalekit scalekit, params string[] options) =>
        RunAsync(line.With("SECRET", FakeScalekit.ClientSecret), scalekit, options);

    private static Task<Run> RunAsync(CommandLine line, FakeScalekit scalekit, params string[] options) =>
        line.RunAsync([
            "import", "scalekit", "--url", scalekit.Url, "--client-id", FakeScalekit.ClientId, "--client-secret", "env:SECRET",
            .. options]);

    private static RequestDelegate Status(int status) => http =>
    {
        http.Response.StatusCode = status;
        return Task.CompletedTask;
    };

    private static Task Redirect(HttpContext http, string to)
    {
        http.Response.StatusCode = 307;
        http.Response.Headers.Location = to;
        return Task.CompletedTask;
    }
}
