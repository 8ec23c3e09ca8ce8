using Latchkey.Server.Management.ApiClients;

namespace Latchkey.Server.Management.Secrets;

/// <summary>The secrets of one kind of client: their path, and how their operations are described.</summary>
/// <param name="Kind">The kind in operation ids.</param>
/// <param name="Client">The phrase in operation summaries.</param>
internal sealed record SecretRoute(string Kind, string Tag, string Client, string Path, Func<HttpRequest, SecretOwner> Holder)
{
    public static readonly IReadOnlyList<SecretRoute> All =
    [
        new("ApiClient", OperationTags.ApiClients, "an API client", "/api/v1/clients/{client}/secrets", http =>
            new SecretOwner.Api(Value(http, "client")))
        {
            Problems = [ApiClientAdministration.OwnCredential, Problem.Overtaken],
        },
        new("Client", OperationTags.Clients, "a client", "/api/v1/resources/{resource}/clients/{client}/secrets", http =>
            new SecretOwner.OfResource(Value(http, "resource"), Value(http, "client"))),
        new(
            "OrganizationClient", OperationTags.Organizations, "an organization's client",
            "/api/v1/organizations/{organization}/clients/{client}/secrets", http =>
                new SecretOwner.OfOrganization(RawPathSegment.Organization(http, Value(http, "organization")), Value(http, "client"))),
    ];

    /// <summary>The errors of changing and deleting a secret.</summary>
    public IReadOnlyList<Problem> Problems { get; private init; } = [Problem.Overtaken];

    private static string Value(HttpRequest http, string parameter) => (string)http.RouteValues[parameter]!;
}
