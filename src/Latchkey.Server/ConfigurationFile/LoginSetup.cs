using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Management.Connections;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// The configuration of one MCP server with one login page: 1. the resource with this URI, or a new one; 2. its connection, or the one that
/// has the login URL, so that a person is the same at both resources, or a new one; 3. the API client of role login of this connection, or
/// a new one with a secret. What exists is never changed, so a second request finds everything.
/// </summary>
internal sealed class LoginSetup
{
    private readonly ConfigurationSnapshot present;
    private readonly JsonBody body;
    private readonly string baseUrl;
    private readonly DateTimeOffset now;
    private readonly List<string> notes = [];

    private LoginSetup(JsonBody body, ConfigurationSnapshot present, string baseUrl, DateTimeOffset now) =>
        (this.body, this.present, this.baseUrl, this.now) = (body, present, baseUrl, now);

    /// <summary>What is to be stored. The connection and the resource refer to each other by their ids.</summary>
    /// <param name="Secret">The new secret, or null when the API client keeps those that it has.</param>
    public sealed record Result(Plan Plan, ConfigurationSnapshot After, Resource Resource, ApiClient Client, Secret? Secret,
        IReadOnlyList<string> Notes)
    {
        public SetupResponse Show(string baseUrl) =>
            new(IntegrationBody.Of(Resource, After, baseUrl), Client.Id.Value, Secret?.Value, Plan.Shown, Notes);
    }

    public static Outcome<Result> Read(JsonBody body, ConfigurationSnapshot present, string baseUrl, DateTimeOffset now) =>
        new LoginSetup(body, present, baseUrl, now).Read();

    private Outcome<Result> Read()
    {
        var uri = body.Text("resource_uri", ResourceUri.MaxLength, required: true);
        var loginUrl = body.Text("login_url", Connection.MaxUrlLength, required: true);
        var newSecret = body.YesNo("new_secret") ?? false;
        if (loginUrl is not null && Connection.ValidateLoginUrl(loginUrl) is { } what)
        {
            body.Wrong("login_url", what);
        }

        var resource = ReadResource(uri);
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        if (ConnectionOf(resource, loginUrl!).ProblemOr(out var connection) is { } other)
        {
            return other;
        }

        resource = resource with { ConnectionId = connection.Id };
        if (Credential(connection, newSecret).ProblemOr(out var credential) is { } refused)
        {
            return refused;
        }

        var after = new ConfigurationSnapshot(
            present.Version, With(present.Resources, resource, r => r.Id == resource.Id),
            With(present.Connections, connection, c => c.Id == connection.Id),
            With(present.ApiClients, credential.Client, c => c.Id == credential.Client.Id), present.Webhooks);
        var references = credential.Client.Secrets.ToDictionary(s => s.Id, _ => "shown once");
        return new Result(
            Plan.Between(new(present, []), new(after, []), references), after, resource, credential.Client, credential.Secret, notes);
    }

    /// <summary>The name and the scopes are for a new resource. Its errors are those of the body.</summary>
    private Resource ReadResource(string? uri)
    {
        var name = body.Name("name", Resource.MaxNameLength);
        var scopes = body.Texts("scopes", Resource.MaxScopes, Scope.MaxTokenLength);
        if (uri is not null && ResourceUri.Canonical(uri) is { } canonical && present.FindByUri(canonical) is { } existing)
        {
            if ((name is not null && name != existing.Name)
                || (scopes is not null && !scopes.ToHashSet(StringComparer.Ordinal).SetEquals(existing.Scopes.Select(s => s.Name))))
            {
                notes.Add($"The resource {existing.Id} exists and keeps its name and scopes. Change them with 'latchkey apply'.");
            }

            return existing;
        }

        var members = new JsonObject { ["resource_uri"] = uri, ["name"] = name ?? NameOf(uri) };
        if (scopes is not null)
        {
            members["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)JsonValue.Create(s))]);
        }

        var made = JsonBody.Of(members);
        var resource = ResourceFields.Table.Read(made, ResourceFields.New(now), FieldUse.Create, new(baseUrl, present.Find));
        foreach (var (member, sentences) in made.Validate()?.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        {
            if (!body.IsWrong(member))
            {
                body.Wrong(member, sentences[0]);
            }
        }

        return resource;
    }

    private Outcome<Connection> ConnectionOf(Resource resource, string loginUrl)
    {
        if (resource.ConnectionId is { } id && present.Find(id) is { } own)
        {
            if (own.LoginUrl != loginUrl)
            {
                return ConnectionSetup.Exists(own.Id);
            }

            NoteIfDisabled(own);
            return own;
        }

        if (present.Connections.FirstOrDefault(c => c.IsEnabled && c.LoginUrl == loginUrl) is { } shared)
        {
            notes.Add($"The login page already has the connection {shared.Id}, which the resource now uses too: a person has the same sub "
                + "at all resources of a connection.");
            return shared;
        }

        return ConnectionFields.New(now) with { LoginUrl = loginUrl };
    }

    private void NoteIfDisabled(Connection connection)
    {
        if (!connection.IsEnabled)
        {
            notes.Add($"The connection {connection.Id} is disabled: nobody can sign in until it is enabled.");
        }
    }

    private Outcome<(ApiClient Client, Secret? Secret)> Credential(Connection connection, bool newSecret)
    {
        var existing = present.ApiClients
            .Where(c => c is { Role: ApiRole.Login, IsEnabled: true } && c.ConnectionIds.Contains(connection.Id))
            .OrderBy(c => c.Keys is null ? 0 : 1).ThenBy(c => c.ConnectionIds.Count).ThenBy(c => c.CreatedAt)
            .FirstOrDefault();
        if (existing is { Keys: not null } && newSecret)
        {
            return Problem.Invalid("new_secret", $"is not possible: the API client {existing.Id} authenticates with its keys");
        }

        if (existing is not null && !newSecret)
        {
            if (existing.Keys is null && !existing.Secrets.Any(s => s.IsGood(now)))
            {
                notes.Add($"The API client {existing.Id} has no valid secret. Make one with --new-secret.");
            }

            return (existing, (Secret?)null);
        }

        if (existing is { Secrets.Count: >= ClientSecret.MaxPerClient })
        {
            return Problem.Invalid(
                "new_secret",
                $"is not possible: the API client {existing.Id} has {ClientSecret.MaxPerClient} secrets; delete one that is not used");
        }

        var secret = Secret.New(Secret.ClientSecretPrefix);
        if (existing?.Secrets.Count > 0)
        {
            notes.Add($"The former secrets of {existing.Id} stay valid until they are deleted "
                + $"(DELETE /api/v1/clients/{existing.Id}/secrets/<id>).");
        }

        var client = existing ?? ApiClientFields.Table.Blank with
        {
            Id = ApiClientId.New(),
            Name = Cut($"Login page {new Uri(connection.LoginUrl).Authority}", ApiClient.MaxNameLength),
            Role = ApiRole.Login,
            ConnectionIds = [connection.Id],
            CreatedAt = now,
        };
        return (client with { Secrets = [.. client.Secrets, ClientSecret.Of(secret, now)], UpdatedAt = now }, secret);
    }

    private static string NameOf(string? uri) =>
        Uri.TryCreate(uri, UriKind.Absolute, out var parsed) && parsed.Authority.Length > 0
            ? Cut(parsed.Authority, Resource.MaxNameLength)
            : "MCP server";

    private static string Cut(string text, int maxLength) => text[..Math.Min(text.Length, maxLength)];

    private static IReadOnlyList<T> With<T>(IReadOnlyList<T> list, T thing, Func<T, bool> isIt) =>
        list.Any(isIt) ? [.. list.Select(each => isIt(each) ? thing : each)] : [.. list, thing];
}
