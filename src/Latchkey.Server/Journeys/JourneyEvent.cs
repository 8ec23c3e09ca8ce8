using System.Security.Cryptography;
using System.Text;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Journeys;

/// <summary>One thing that happened to an auth request. Never holds a secret: names, ids and plain words only.</summary>
/// <param name="Name">Stable: <c>part.what</c>, listed in docs/wire.md.</param>
/// <param name="Detail">A sentence for whoever has to explain what happened, with what to change where something can be changed.</param>
internal sealed record JourneyEvent(AuthRequestId AuthRequestId, LoginRequestId? LoginRequestId, DateTimeOffset At, string Name, string Detail);

/// <summary>An auth request's events in their order.</summary>
internal sealed record Journey(AuthRequestId AuthRequestId, string Reference, DateTimeOffset StartedAt, IReadOnlyList<JourneyEvent> Events);

/// <summary>The short form of an auth request's id that a person can read out: 8 characters without look-alikes, derived, so that every page can show it.</summary>
internal static class JourneyReference
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string Of(AuthRequestId id)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(id.Value));
        return string.Create(9, hash, static (text, bytes) =>
        {
            var bits = ((ulong)bytes[0] << 32) | ((ulong)bytes[1] << 24) | ((ulong)bytes[2] << 16) | ((ulong)bytes[3] << 8) | bytes[4];
            for (var i = 8; i >= 0; i--)
            {
                if (i == 4)
                {
                    text[i] = '-';
                    continue;
                }

                text[i] = Alphabet[(int)(bits & 31)];
                bits >>= 5;
            }
        });
    }

    /// <summary>What a person typed, in the form stored: upper case, with its dash, look-alikes corrected; null when it cannot be a reference.</summary>
    public static string? Parse(string text)
    {
        var bare = text.Trim().ToUpperInvariant().Replace("-", "", StringComparison.Ordinal).Replace('O', '0').Replace('I', '1').Replace('L', '1');
        return bare.Length == 8 && bare.All(c => Alphabet.Contains(c, StringComparison.Ordinal)) ? $"{bare[..4]}-{bare[4..]}" : null;
    }
}
