using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management.Clients;

/// <summary>Reads what a body says about the tokens a client gets for itself: for whom, how long, with which claims of the operator's.</summary>
internal static class OwnTokenReader
{
    private const int MaxAudience = 100;
    private const int MaxClaims = 50;
    private const int MaxKeyLength = 128;
    private const long MaxSeconds = 24 * 3600;

    /// <summary>The resources that <c>audience</c> names, each by its id or its URI. What is none of <paramref name="known"/> is wrong: a token for anybody else would be trusted by nobody, or by whom it should not.</summary>
    public static List<ResourceId> Audience(JsonBody body, IReadOnlyList<Resource> known)
    {
        var audience = new List<ResourceId>();
        foreach (var text in body.Texts("audience", MaxAudience, ResourceUri.MaxLength) ?? [])
        {
            var canonical = ResourceUri.Canonical(text);
            if (known.FirstOrDefault(r => r.Id.Value == text || r.CanonicalUri == canonical) is not { } found)
            {
                body.Wrong("audience", $"holds {OAuthError.Printable(text)}, which is neither the id nor the resource_uri of a resource");
            }
            else if (!audience.Contains(found.Id))
            {
                audience.Add(found.Id);
            }
        }

        return audience;
    }

    public static IReadOnlyList<CustomClaim>? CustomClaims(JsonBody body, Client former)
    {
        if (!body.Has("custom_claims"))
        {
            return former.CustomClaims;
        }

        if (body.Element("custom_claims", JsonValueKind.Array, "must be an array of {key, value}") is not { } array)
        {
            return null;
        }

        var claims = new List<CustomClaim>();
        foreach (var element in array.EnumerateArray())
        {
            var entry = JsonBody.Of(element);
            var claim = new CustomClaim(entry.Text("key", MaxKeyLength, required: true) ?? "", entry.Text("value", Resource.MaxTextLength) ?? "");
            if (entry.WhatIsWrong() is { } problem)
            {
                body.Wrong("custom_claims", problem.Detail.TrimEnd('.'));
            }
            else if (claims.Exists(c => c.Key == claim.Key))
            {
                body.Wrong("custom_claims", $"holds {OAuthError.Printable(claim.Key)} twice");
            }

            claims.Add(claim);
        }

        if (claims.Count > MaxClaims)
        {
            body.Wrong("custom_claims", $"may have at most {MaxClaims} entries");
        }

        return claims.Count > 0 ? claims : null;
    }

    /// <summary>Protobuf's JSON writes an unset number as 0: it means the default.</summary>
    public static TimeSpan? Lifetime(JsonBody body, Client former) =>
        !body.Has("expiry") ? former.TokenLifetime
        : body.Number("expiry", 0, MaxSeconds) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds)
        : null;
}
