using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>
/// A consent that the person does not want to be asked for again (column <c>remembered</c> of the consent). It is used only while every
/// member is the same, so it is asked again after any change of what the page said.
/// </summary>
internal sealed record RememberedConsent
{
    /// <summary>The host that gets the response.</summary>
    public required string RedirectHost { get; init; }

    /// <summary>The scopes that the client asked for.</summary>
    public required string Offered { get; init; }

    /// <summary>The scopes that the person allowed.</summary>
    public required string Granted { get; init; }

    /// <summary>The claims about the person that the page named, as the form sent them.</summary>
    public required string Claims { get; init; }

    /// <summary>The external id of the organisation. Null when the resource did not ask for one.</summary>
    public string? Organization { get; init; }

    /// <summary>A hash of everything that the page said.</summary>
    public required string Told { get; init; }
    public required DateTimeOffset At { get; init; }

    public static string HashOf(string told) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told)));

    public static string Write(RememberedConsent consent) =>
        JsonSerializer.Serialize(consent, RememberedConsentJson.Default.RememberedConsent);

    /// <param name="consent">For the error of a corrupt row.</param>
    public static RememberedConsent Read(string consent, string document)
    {
        try
        {
            return JsonSerializer.Deserialize(document, RememberedConsentJson.Default.RememberedConsent)
                ?? throw new CorruptRow("consents", consent, "empty document");
        }
        catch (JsonException broken)
        {
            throw new CorruptRow("consents", consent, broken.Message);
        }
    }
}

[JsonSourceGenerationOptions(
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(RememberedConsent))]
internal sealed partial class RememberedConsentJson : JsonSerializerContext;
