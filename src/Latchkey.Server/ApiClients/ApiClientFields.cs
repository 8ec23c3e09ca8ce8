using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Network;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.ApiClients.ApiClient, Latchkey.Server.ApiClients.ApiClientContext>;

namespace Latchkey.Server.ApiClients;

/// <summary>The context of the fields of an API client.</summary>
/// <param name="SeenFrom">The addresses from which it was used. Null when responses omit them.</param>
internal sealed record ApiClientContext(IReadOnlyDictionary<string, DateTimeOffset> SecretUses, IReadOnlyList<SeenAddress>? SeenFrom)
{
    public static readonly ApiClientContext None = new(Credentials.SecretUses.None, SeenFrom: null);
}

/// <summary>The fields of an API client.</summary>
internal static class ApiClientFields
{
    private static readonly FieldTable<SeenAddress, ApiClientContext> SeenAddresses = new(
        "SeenAddress",
        "",
        new("", default),
        [
            FieldsOf<SeenAddress, ApiClientContext>.Shown("address", FieldKinds.Shown, a => a.Address),
            FieldsOf<SeenAddress, ApiClientContext>.Shown("first_seen_time", FieldKinds.ShownTime, a => a.FirstSeenAt),
        ]);

    public static readonly FieldTable<ApiClient, ApiClientContext> Table = new(
        "ApiClient",
        "A machine credential of your backend for Latchkey's API.",
        new() { Id = default, Name = "", Role = ApiRole.ReadOnly, CreatedAt = default, UpdatedAt = default },
        [
            Declare.Shown("client_id", FieldKinds.Shown, c => c.Id.Value),
            Declare.Stored("name", FieldKinds.Name(ApiClient.MaxNameLength), c => c.Name, (c, v) => c with { Name = v },
                "The name in logs, the audit log and lists.") with { IsRequired = true, Example = "\"Login page\"" },
            Declare.Stored("role",
                FieldKinds.Choice(
                    "must be management, read-only or login", isRequired: true, ("management", ApiRole.Management),
                    ("read-only", ApiRole.ReadOnly), ("login", ApiRole.Login)),
                c => c.Role, (c, v) => c with { Role = v },
                "management: every operation. read-only: every GET. login: only the login hand-off of its connections.")
                with { IsRequired = true, Example = "\"login\"" },
            Declare.Stored("connection_ids", FieldKinds.Texts(ApiClient.MaxConnections, 64),
                c => [.. c.ConnectionIds.Select(id => id.Value)],
                (c, v) => c with { ConnectionIds = [.. v.Select(text => new ConnectionId(text))] },
                "The connections of a client of role login, which requires them."),
            Declare.Shown("secrets", FieldKinds.ShownParts(SecretFields.Table), (c, at) => SecretFields.Write(c.Secrets, at.SecretUses)),
            Declare.Stored("jwks", NewKeys, c => c.Keys, (c, v) => c with { Keys = v },
                "The client's public keys (RSA, EC), for private_key_jwt instead of a secret.")
                with { Use = FieldUse.Create },
            Declare.Stored("jwks", ChangedKeys, c => c.Keys, (c, v) => c with { Keys = v },
                "Replaces the keys of a client that was created with keys. For a rotation, list the old and the new key.")
                with { Use = FieldUse.All & ~FieldUse.Create, NullLeaves = true },
            Declare.Stored("allowed_addresses", FieldKinds.TextsIfAny(ApiClient.MaxAddresses, 64), c => c.AllowedAddresses,
                (c, v) => c with { AllowedAddresses = v is { Count: > 0 } ? [.. v.Select(Normalized)] : null },
                "The addresses and networks (192.0.2.0/24) from which the client can call. null: any.",
                (texts, at) => texts!.Select(t => NetworkList.Validate(t, out _)).OfType<string>().Select(OAuthError.Printable).ToList()
                    is { Count: > 0 } wrong ? string.Join("; ", wrong) : null)
                with { Example = """["192.0.2.0/24"]""" },
            Declare.Shown("seen_addresses", FieldKinds.ShownParts(SeenAddresses) with { IsOptional = true },
                (_, at) => at.SeenFrom is null ? null : new([.. at.SeenFrom.Select(a => SeenAddresses.Write(a, at))]),
                "Addresses from which it was used. Only in responses with a single API client."),
            Declare.Stored("enabled", FieldKinds.Boolean, c => c.IsEnabled, (c, v) => c with { IsEnabled = v },
                "false disables it: the client and its tokens are refused at once."),
            Declare.Shown("create_time", FieldKinds.ShownTime, c => c.CreatedAt),
            Declare.Shown("update_time", FieldKinds.ShownTime, c => c.UpdatedAt),
        ]);

    private static FieldKind<ClientKeys?> NewKeys =>
        new(ReadKeys, Write, _ => FieldKinds.Schema("""{"type":["object","null"]}"""), "{}") { IsOptional = true };

    private static FieldKind<ClientKeys?> ChangedKeys =>
        new(ReadChangedKeys, Write, _ => FieldKinds.Schema("""{"type":"object"}"""), "{}") { IsOptional = true };

    private static JsonNode? Write(ClientKeys? keys, FieldUse use) => keys?.Jwks is { } jwks ? JsonNode.Parse(jwks) : null;

    private static FieldValue<ClientKeys?>? ReadKeys(JsonBody body, string name, ClientKeys? former)
    {
        if (body.Element(name, JsonValueKind.Object, "must be a JWK set") is not { } jwks)
        {
            return null;
        }

        if (ClientKeys.Validate(jwks) is { } why)
        {
            body.Wrong(
                name, $"must be a JWK set of one or more public RSA or EC keys, without private or symmetric keys. {why.TrimEnd('.')}");
        }
        else if (ClientKeys.Usable(jwks).Count == 0)
        {
            body.Wrong(name, "must be a JWK set of one or more public RSA or EC keys, without private or symmetric keys");
        }

        return new(new(jwks.GetRawText(), JwksUri: null));
    }

    private static FieldValue<ClientKeys?>? ReadChangedKeys(JsonBody body, string name, ClientKeys? former)
    {
        if (former is null)
        {
            body.Wrong(name, "is only for a client that was created with it; this one has secrets");
            return null;
        }

        if (ReadKeys(body, name, former) is { } keys)
        {
            return keys;
        }

        // Null would leave the client without any credential.
        body.WrongIfNull(name, "must contain the client's keys");
        return null;
    }

    private static string Normalized(string text) => NetworkList.Validate(text, out var network) is null ? network.ToString() : text;
}

/// <summary>An API client as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<ApiClientBody>))]
internal sealed class ApiClientBody(ApiClient client, ApiClientContext context)
    : FieldBody<ApiClient, ApiClientContext>(ApiClientFields.Table, client, context);
