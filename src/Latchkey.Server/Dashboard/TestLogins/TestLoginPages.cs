using System.Text;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Login;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Management;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.Token;

namespace Latchkey.Server.Dashboard.TestLogins;

/// <summary>
/// The test of a login page: 1. a form post begins it (<see cref="TestLogin"/>); 2. its page shows five lines, and a link that sends a new
/// tab to the login page; 3. the callback ends at the same page, which shows what a client would get. Everything is shown only in the
/// session that began the test. The cookie of the session is <c>SameSite=Strict</c>, so the arrival from the login page loads the page
/// twice (<c>ArrivalPage</c>).
/// </summary>
internal sealed class TestLoginPages(
    TestLogin tests, SignInStore store, LogReader log, ConfigurationCache configuration, TimeProvider clock)
{
    private const string OfConnection = "/dashboard/login-pages/{connection}/test";
    private const string OfTest = OfConnection + "/{login}";

    public static readonly DashboardRoute Start = DashboardRoute.Page(OfConnection, OperatorRole.Admin);
    public static readonly DashboardRoute Begin = DashboardRoute.Post(OfConnection, OperatorRole.Admin);
    public static readonly DashboardRoute Page = DashboardRoute.Page(OfTest, OperatorRole.Admin);
    public static readonly DashboardRoute Go = DashboardRoute.Page(OfTest + "/go", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<TestLoginPages>(Start, (pages, request) => Task.FromResult(pages.ShowStart(request)));
        app.MapDashboard<TestLoginPages>(Begin, (pages, request) => pages.BeginAsync(request));
        app.MapDashboard<TestLoginPages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<TestLoginPages>(Go, (pages, request) => pages.GoAsync(request));
    }

    private IResult ShowStart(DashboardRequest request) =>
        configuration.Current.FindConnection(request.Value("connection")) is { } connection
            ? request.Page<TestStartPage, Connection>("Test login", connection)
            : DashboardErrors.NotFound.Page(request);

    private async Task<IResult> BeginAsync(DashboardRequest request)
    {
        if (configuration.Current.FindConnection(request.Value("connection")) is not { } connection)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        if (!connection.IsEnabled)
        {
            return TestLoginErrors.Disabled.Page(request);
        }

        var (begun, exceeded) = await tests.BeginAsync(request.Http, connection, request.Session!, request.Aborted);
        return begun is { } id
            ? await request.RedirectAsync(Page.Path(connection.Id.Value, id.Value))
            : DashboardErrors.TooManyRequests(exceeded!).Page(request);
    }

    private async Task<IResult> ShowAsync(DashboardRequest request) => await FindAsync(request) is { } view
        ? request.Page<TestLoginPage, TestLoginView>("Test login", view)
        : TestLoginErrors.NotYours.Page(request);

    private async Task<IResult> GoAsync(DashboardRequest request)
    {
        if (Navigation.IsPrefetch(request.Http.Request))
        {
            return TestLoginErrors.Prefetched.Page(request);
        }

        return await OwnAsync(request, request.Value("connection"), request.Value("login")) switch
        {
            null => TestLoginErrors.NotYours.Page(request),
            LoginRequest.AwaitingLogin waiting => await tests.SendAsync(request.Http, waiting, request.Aborted),
            var later => await request.RedirectAsync(Page.Path(later.Details.ConnectionId.Value, later.Details.Id.Value)),
        };
    }

    private Task<LoginRequest?> OwnAsync(DashboardRequest request, string connection, string login) =>
        tests.FindAsync(connection, login, request.Session!.Id, request.Aborted);

    /// <summary>What the page of the request shows, or null when the test is not of this session.</summary>
    public Task<TestLoginView?> FindAsync(DashboardRequest request) =>
        FindAsync(request, request.Value("connection"), request.Value("login"));

    /// <summary>What is known about a test, or null when it is not of this session.</summary>
    public async Task<TestLoginView?> FindAsync(DashboardRequest request, string connectionId, string login)
    {
        if (await OwnAsync(request, connectionId, login) is not { } test
            || configuration.Current.Find(test.Details.ConnectionId) is not { } connection)
        {
            return null;
        }

        var (signIn, state) = await log.ReadAsync(() => store.FindAsync(test.Details.AuthorizationId, request.Aborted), request.Aborted);
        var host = new Uri(connection.LoginUrl).Host;
        return new(
            connection, test.Details.Id, SignInReference.Of(test.Details.AuthorizationId),
            TestProgress.Of(test, host, signIn?.Events ?? [], clock.GetUtcNow()), ClaimsOf(test), state)
        {
            Server = configuration.Current.Resources.FirstOrDefault(r => r.ConnectionId == connection.Id)?.Id,
        };
    }

    /// <summary>The claims of a token with the default claims, and those of the login.</summary>
    private static IReadOnlyList<KeyValuePair<string, string>> ClaimsOf(LoginRequest test)
    {
        if (test is not LoginRequest.Confirmed { Report: var report })
        {
            return [];
        }

        using var claims = JsonDocument.Parse(TokenIssuer.PreviewOf(report.User, report.Facts, TokenClaims.Default));
        return [.. claims.RootElement.EnumerateObject().Select(claim => KeyValuePair.Create(claim.Name, TextOf(claim.Value)))];
    }

    private static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
}

/// <summary>The data of <c>TestLoginPage</c>.</summary>
internal sealed record TestLoginView(
    Connection Connection, LoginRequestId Id, string Reference, TestProgress Progress,
    IReadOnlyList<KeyValuePair<string, string>> Claims, LogState Log)
{
    public string Host => new Uri(Connection.LoginUrl).Host;

    /// <summary>An MCP server of the login page, whose set-up can go on.</summary>
    public ResourceId? Server { get; init; }

    /// <summary>The lines as JSON, for the script of the page. <c>done</c> loads the page again, which then has its claims.</summary>
    public string Json()
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("waiting", Progress.IsWaiting);
            json.WriteStartArray("lines");
            foreach (var line in Progress.Lines)
            {
                json.WriteStartObject();
                json.WriteString("kind", line.Kind);
                json.WriteString("spoken", line.Spoken);
                json.WriteString("text", line.Text);
                json.WriteString("why", line.Why);
                json.WriteString("fix", line.ToFix);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
