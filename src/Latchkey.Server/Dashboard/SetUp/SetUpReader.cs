using System.Globalization;
using System.Text.Json.Serialization;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Dashboard.TestLogins;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>Reads what the pages of the set-up show. The sign-in log is read at most three times, by an index.</summary>
internal sealed class SetUpReader(
    SignInsOfServer signIns, SignInStore store, LogReader log, ServerProbe probe, TestLoginPages tests, ConfigurationCache configuration,
    TimeProvider clock)
{
    /// <summary>The first step, before there is an MCP server.</summary>
    public async Task<SetUpView> StartAsync(DashboardRequest request)
    {
        var typed = request.Form["resource_uri"];
        return new()
        {
            Step = SetUpStep.Name,
            State = new(HasScopes: false, HasLoginPage: false, IsTested: false, IsConnected: false),
            Log = log.State,
            Now = request.Now,
            Answer = typed is null ? null : await probe.AnswerAsync(request.Http, typed, request.Aborted),
        };
    }

    /// <param name="asked">The step to show, or null for the next one.</param>
    public async Task<SetUpView> ReadAsync(DashboardRequest request, Resource resource, SetUpStep? asked)
    {
        var connection = resource.ConnectionId is { } id ? configuration.Current.Find(id) : null;
        var since = SinceOf(request);
        var (found, state) = await log.ReadAsync(
            () => signIns.ReadAsync(resource.Id, connection?.Id, since, request.Aborted), request.Aborted);
        var progress = new SetUpState(
            resource.Scopes.Count > 0, connection is not null, found?.Tested is not null || found?.Connected is not null,
            found?.Connected is not null);
        var step = asked ?? progress.Next;
        var values = IntegrationBody.Of(resource, configuration.Current, request.Settings.BaseUrl);
        return new()
        {
            Resource = resource,
            Connection = connection,
            Values = values,
            Step = step,
            State = progress,
            Log = state,
            Now = clock.GetUtcNow(),
            Since = since,
            Tab = request.Query["tab"],
            LoginClientId = LoginClientOf(resource)?.Id.Value,
            Permissions = step == SetUpStep.Permissions ? PermissionsOf(resource, request.Query["ready"]) : [],
            Answer = step switch
            {
                SetUpStep.Name => await probe.AnswerAsync(request.Http, resource.Uri, request.Aborted),
                SetUpStep.Guard => await probe.FindAsync(request.Http, resource, request.Aborted),
                _ => null,
            },
            Test = step == SetUpStep.Test && connection is not null && request.Query["test"] is { } test
                ? await tests.FindAsync(request, connection.Id.Value, test)
                : null,
            Newest = step == SetUpStep.Client && found?.Newest is { } newest ? await EventsAsync(newest, request) : null,
            Connected = found?.Connected,
        };
    }

    private async Task<SignIn?> EventsAsync(SignInSummary newest, DashboardRequest request) =>
        (await log.ReadAsync(() => store.FindAsync(newest.AuthorizationId, request.Aborted), request.Aborted)).Found;

    private ApiClient? LoginClientOf(Resource resource) => resource.ConnectionId is { } id
        ? configuration.Current.ApiClients.FirstOrDefault(
            c => c is { Role: ApiRole.Login, IsEnabled: true } && c.ConnectionIds.Contains(id))
        : null;

    /// <summary>The page names the time in its own links, so that it survives a reload.</summary>
    private static DateTimeOffset SinceOf(DashboardRequest request) =>
        long.TryParse(request.Query["since"], NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= request.Now.ToUnixTimeSeconds() && seconds > request.Now.AddDays(-1).ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : request.Now;

    /// <summary>What the server has, or one of the ready-made sets.</summary>
    /// <param name="ready"><c>look</c> or <c>change</c>.</param>
    private static IReadOnlyList<PermissionRow> PermissionsOf(Resource resource, string? ready)
    {
        var thing = resource.Name.ToLowerInvariant();
        var letters = new string([.. thing.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        var key = letters.Length > 0 ? letters : "data";
        PermissionRow look = new($"{key}:read", $"Look at {resource.Name}", "read", IsTicked: true);
        PermissionRow change = new($"{key}:write", $"Change {resource.Name}", "write", IsTicked: false);
        return ready switch
        {
            "look" => [look],
            "change" => [look, change],
            _ =>
            [
                .. resource.Scopes.Select(scope => new PermissionRow(
                    scope.Name, scope.Description, NameOf(scope.Access),
                    resource.DefaultScopes?.Contains(scope.Name, StringComparer.Ordinal) ?? scope.Access == ScopeAccess.Read)),
            ],
        };
    }

    private static string NameOf(ScopeAccess? access) => access switch
    {
        ScopeAccess.Write => "write",
        ScopeAccess.Delete => "delete",
        _ => "read",
    };
}

/// <summary>How an address answers, for the script of the first step.</summary>
internal sealed record ShownAnswer(string Kind, string Sentence, string? Detail);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ShownAnswer))]
internal sealed partial class SetUpJson : JsonSerializerContext;
