using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// A running server, through its management API. The secrets that a file refers to are read here and sent with it. Redirects are not
/// followed, because they could leak the token.
/// </summary>
internal sealed class RemoteServer(RemoteServerOptions options) : ConfigurationServer
{
    private const int MaxResponseBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(100);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        BaseAddress = options.Address,
        Timeout = Timeout,
        MaxResponseContentBufferSize = MaxResponseBytes,
    };

    private JsonObject? planned;
    private bool isSignedIn;

    public override async Task<PlanResponse> PlanAsync(
        FileToApply file, SecretLookup secrets, bool prunes, CancellationToken cancellationToken)
    {
        var errors = new FileErrors(file.Name);
        if (FileParser.Parse(file.Text.Span, errors) is not { } root)
        {
            throw Unusable(errors.All);
        }

        planned = new()
        {
            ["file"] = Encoding.UTF8.GetString(file.Text.Span),
            ["file_name"] = file.Name,
            ["secrets"] = new JsonObject(
                from reference in SecretReference.AllIn(root)
                let secret = secrets(reference)
                where secret is not null
                select KeyValuePair.Create(reference.ToString(), (JsonNode?)JsonValue.Create(secret))),
            ["prune"] = prunes,
            ["dry_run"] = true,
        };
        var plan = await PostAsync("api/v1/configuration:apply", planned, ManagementJson.Default.PlanResponse, cancellationToken);
        planned["dry_run"] = false;
        planned["plan"] = plan.Plan;
        return plan;
    }

    public override Task<PlanResponse> CarryOutAsync(CancellationToken cancellationToken) =>
        PostAsync("api/v1/configuration:apply", planned!, ManagementJson.Default.PlanResponse, cancellationToken);

    public override Task<SetupResponse> SetUpAsync(JsonObject request, CancellationToken cancellationToken) =>
        PostAsync("api/v1/configuration:init", request, ManagementJson.Default.SetupResponse, cancellationToken);

    public override ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<T> PostAsync<T>(string path, JsonObject body, JsonTypeInfo<T> type, CancellationToken cancellationToken)
        where T : class
    {
        await SignInAsync(cancellationToken);
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        return await SendAsync(path, content, text => JsonSerializer.Deserialize(text, type), cancellationToken);
    }

    private async Task SignInAsync(CancellationToken cancellationToken)
    {
        if (isSignedIn)
        {
            return;
        }

        var token = options.Token;
        if (token is null)
        {
            using var form = new FormUrlEncodedContent(
            [
                new("grant_type", "client_credentials"), new("client_id", options.ClientId),
                new("client_secret", options.Secret!.Value.Value),
            ]);
            token = new(await SendAsync(
                "oauth/token", form, text => JsonNode.Parse(text)?["access_token"]?.GetValue<string>(), cancellationToken));
        }

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Value.Value);
        isSignedIn = true;
    }

    private async Task<T> SendAsync<T>(string path, HttpContent content, Func<string, T?> read, CancellationToken cancellationToken)
        where T : class
    {
        var sent = $"POST {options.Address}{path}";
        try
        {
            using var response = await http.PostAsync(path, content, cancellationToken);
            var text = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode
                ? read(text) ?? throw new HttpRequestException($"{sent} was not answered as expected. Is --url a server of this version?")
                : throw Refused(sent, response.StatusCode, text);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw new HttpRequestException($"{sent} was not answered as expected. Is --url a server of this version?", broken);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new HttpRequestException($"{sent} was not answered within {Timeout.TotalSeconds} s.", late);
        }
        catch (HttpRequestException away) when (away.HttpRequestError != HttpRequestError.Unknown)
        {
            throw new HttpRequestException(
                $"{sent} failed: {away.Message.TrimEnd('.')}. Check that the server runs and that --url is its base URL.", away);
        }
    }

    /// <summary>Returns the error of a response. What the operator can correct has exit code 2.</summary>
    private static Exception Refused(string sent, HttpStatusCode status, string text)
    {
        var problem = ProblemOf(text);
        return (status, problem?.Code) switch
        {
            (HttpStatusCode.BadRequest, "invalid_file") when problem!.Errors?.GetValueOrDefault("file") is { } errors => Unusable(errors),
            (HttpStatusCode.BadRequest, not null) or (HttpStatusCode.Conflict, "connection_exists" or "own_credential") =>
                InitCommand.Refused(problem!),
            (HttpStatusCode.BadRequest or HttpStatusCode.Unauthorized, _) => new UnusableSetting(
                $"{sent} was answered {(int)status}: the token, or the client id and secret, are not those of an API client of this "
                + "server."),
            (HttpStatusCode.Forbidden, _) => new UnusableSetting(
                $"{sent} was answered 403: {problem?.Detail ?? "forbidden."} It needs an API client of role management."),
            (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed, _)
                or ( >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest, _) => new UnusableSetting(
                $"{sent} was answered {(int)status}: --url must be the base URL of a Latchkey server of this version."),
            (HttpStatusCode.RequestEntityTooLarge, _) => new UnusableSetting(
                $"{sent} was answered 413: the file is too large for the API."),
            _ => new HttpRequestException($"{sent} was answered {(int)status}: {problem?.Detail ?? "no reason was given."}"),
        };
    }

    private static ProblemBody? ProblemOf(string text)
    {
        try
        {
            return JsonSerializer.Deserialize(text, ManagementJson.Default.ProblemBody) is { Code: not null, Detail: not null } problem
                ? problem
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
