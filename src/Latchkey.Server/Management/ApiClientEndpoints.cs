using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management;

/// <summary>API clients over REST: the machine credentials of the company's own backend.</summary>
internal static class ApiClientEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/clients", CreateAsync).WithMetadata(Roles.Write);
        app.MapGet("/api/v1/clients", List).WithMetadata(Roles.Read);
        app.MapGet("/api/v1/clients/{client}", Get).WithMetadata(Roles.Read);
        app.MapDelete("/api/v1/clients/{client}", DeleteAsync).WithMetadata(Roles.Write);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest http, ApiCaller caller, ConfigurationStore store, ConfigurationCache configuration, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var name = body.Name("name", 128, required: true) ?? "";
        var role = Role(body);
        var connections = Connections(body, role, configuration.Current);
        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        var now = clock.GetUtcNow();
        var secret = Secret.New(Secret.ClientSecretPrefix);
        var client = new ApiClient(ApiClientId.New(), name, role, connections, [ClientSecret.Of(secret, now)], IsEnabled: true, now, now);
        await store.InsertAsync(client, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        ResourceEndpoints.Changed(logger, caller.Actor, $"created API client of role {ApiAuthentication.RoleName(role)}", client.Id.Value);
        return Answers.Created(new ApiClientAnswer(ApiClientBody.Of(client), secret.Value), ManagementJson.Default.ApiClientAnswer);
    }

    private static IResult List(HttpRequest http, ConfigurationCache configuration)
    {
        var clients = configuration.Current.ApiClients;
        return Page.Read(http, clients, c => c.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new ApiClientListAnswer(clients.Count, page.NextToken, [.. page.Items.Select(ApiClientBody.Of)]), ManagementJson.Default.ApiClientListAnswer);
    }

    private static IResult Get(string client, ConfigurationCache configuration) => ApiClientId.Parse(client) is { } id && configuration.Current.Find(id) is { } found
        ? Answers.Ok(new ApiClientAnswer(ApiClientBody.Of(found), PlainSecret: null), ManagementJson.Default.ApiClientAnswer)
        : Problem.NotFound("API client", client);

    private static async Task<IResult> DeleteAsync(
        string client, ApiCaller caller, ConfigurationStore store, ConfigurationCache configuration, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ApiClientId.Parse(client) is not { } id || configuration.Current.Find(id) is null)
        {
            return Problem.NotFound("API client", client);
        }

        // Nobody is left who could undo it: the last way in must not close itself.
        if (id == caller.Client.Id)
        {
            return new Problem(409, "own_credential", "An API client cannot delete itself; use another one of role management.");
        }

        await store.DeleteAsync(id, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        ResourceEndpoints.Changed(logger, caller.Actor, "deleted API client", id.Value);
        return Answers.Nothing;
    }

    private static ApiRole Role(JsonBody body)
    {
        switch (body.Text("role", 32, required: true))
        {
            case "management":
                return ApiRole.Management;
            case "login":
                return ApiRole.Login;
            case "read-only":
                return ApiRole.ReadOnly;
            case null:
                return ApiRole.ReadOnly;
            default:
                body.Wrong("role", "must be management, read-only or login");
                return ApiRole.ReadOnly;
        }
    }

    private static List<ConnectionId> Connections(JsonBody body, ApiRole role, ConfigurationSnapshot configuration)
    {
        var connections = new List<ConnectionId>();
        foreach (var text in body.Texts("connection_ids", ApiClient.MaxConnections, 64) ?? [])
        {
            if (ConnectionId.Parse(text) is { } id && configuration.Find(id) is not null)
            {
                connections.Add(id);
            }
            else
            {
                body.Wrong("connection_ids", $"holds {OAuthError.Printable(text)}: {Problem.NotFound("connection", text).Detail.TrimEnd('.')}");
            }
        }

        if (role == ApiRole.Login && connections.Count == 0)
        {
            body.Wrong("connection_ids", "must name the connections a login credential works for");
        }
        else if (role != ApiRole.Login && connections.Count > 0)
        {
            body.Wrong("connection_ids", "belongs to the role login");
        }

        return connections;
    }
}
