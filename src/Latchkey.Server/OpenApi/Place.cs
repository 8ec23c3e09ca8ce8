using Latchkey.Server.Management;

namespace Latchkey.Server.OpenApi;

/// <summary>A path parameter or filter that is an id.</summary>
/// <param name="Kind">The name of the kind in errors.</param>
/// <param name="Pattern">Null for an id that the caller chooses.</param>
internal sealed record Place(string Kind, string Words, string? Pattern, string Example)
{
    private static readonly Place ApiClient = new("API client", "The id of an API client.", "^skc_[0-9A-Za-z_-]{1,28}$", Samples.ApiClient);

    /// <summary>By the name in braces.</summary>
    private static readonly Dictionary<string, Place> All = new(StringComparer.Ordinal)
    {
        ["resource"] = new("resource", "The id of a resource.", Id(ResourceId.Prefix), Samples.Resource),
        ["connection"] = new("connection", "The id of a connection.", Id(ConnectionId.Prefix), Samples.Connection),
        ["client"] = new(
            "client", "The id of an OAuth client. A URL must be percent-encoded.", $"{Id(ClientId.Prefix)}|^https://", Samples.Client),
        ["organization"] = new("organization", "Your own id of the customer, percent-encoded.", Pattern: null, Samples.Organization),
        ["secret"] = new("secret", "The id of a secret.", Id(SecretId.Prefix), Samples.Secret),
        ["token"] = new(
            "initial access token", "The id of an initial access token.", Id(InitialAccessTokenId.Prefix), Samples.InitialAccessToken),
        ["consent"] = new("consent", "The id of a consent.", Id(ConsentId.Prefix), Samples.Consent),
        ["grant"] = new("grant", "The id of a grant.", Id(GrantId.Prefix), Samples.Grant),
        ["webhook"] = new("webhook endpoint", "The id of a webhook endpoint.", Id(WebhookEndpointId.Prefix), Samples.Webhook),
        ["delivery"] = new("delivery", "The id of a delivery.", Id(WebhookDeliveryId.Prefix), Samples.Delivery),
        ["id"] = new(
            "login request", "The login_request_id in the redirect to your login page.", Id(LoginRequestId.Prefix), Samples.LoginRequest),
        ["key"] = new(
            "auth request", "The id of an auth request or of a login request, or the reference on an error page.", Pattern: null,
            Samples.Authorization),
    };

    /// <summary>Returns the parameter for a name in braces.</summary>
    public static Place Of(string name, string path) =>
        name == "client" && path.StartsWith("/api/v1/clients/{client}", StringComparison.Ordinal)
            && !path.Contains("consent", StringComparison.Ordinal)
                ? ApiClient
        : All.GetValueOrDefault(name) ?? throw new InvalidOperationException($"{{{name}}} of {path} has no description.");

    /// <summary>Returns the id that a filter takes, or null when it takes another value.</summary>
    public static Place? OfFilter(string name) =>
        name is "resource_id" or "client_id" or "connection_id" ? Of(name[..^"_id".Length], "") : null;

    private static string Id(string prefix) => $"^{prefix}[0-9A-Za-z]{{{Ids.RandomLength}}}$";
}
