using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>
/// The column <c>login</c> of a grant: the facts of the login, and the spellings of the resource that the client used. Rows of an older
/// version have the facts only.
/// </summary>
internal sealed record GrantFacts(
    string? Acr = null, IReadOnlyList<string>? Amr = null, DateTimeOffset? AuthTime = null, string? SessionId = null,
    IReadOnlyList<string>? ResourceSpellings = null)
{
    [JsonIgnore]
    public LoginFacts Login => new(Acr, Amr, AuthTime, SessionId);

    public static string Write(Grant grant) => JsonSerializer.Serialize(
        new GrantFacts(
            grant.Login.Acr, grant.Login.Amr, grant.Login.AuthTime, grant.Login.SessionId,
            grant.ResourceSpellings is { Count: > 0 } spellings ? spellings : null),
        GrantFactsJson.Default.GrantFacts);

    public static GrantFacts Read(string id, string document)
    {
        try
        {
            return JsonSerializer.Deserialize(document, GrantFactsJson.Default.GrantFacts)
                ?? throw new CorruptRow("grants", id, "empty document");
        }
        catch (JsonException broken)
        {
            throw new CorruptRow("grants", id, broken.Message);
        }
    }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(GrantFacts))]
internal sealed partial class GrantFactsJson : JsonSerializerContext;
