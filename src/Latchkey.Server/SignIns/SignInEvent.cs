using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.SignIns;

/// <summary>One event of a sign-in. Never contains a secret: names, ids and plain words only.</summary>
/// <param name="Name">
/// Stable: <c>part.what</c>, listed in docs/wire.md. Its sentence is made when it is shown (<see cref="EventSentences"/>).
/// </param>
/// <param name="Facts">The values that the sentence consists of.</param>
internal sealed record SignInEvent(
    AuthorizationId AuthorizationId, LoginRequestId? LoginRequestId, DateTimeOffset At, string Name, IReadOnlyList<Fact> Facts)
{
    /// <summary>The code of the cause, when the event is a refusal or an end.</summary>
    public string? CauseCode { get; init; }

    /// <summary>The party that caused the event. Null for the browser.</summary>
    public string? Actor { get; init; }

    /// <summary>Not stored with the event.</summary>
    public SignInChange? Change { get; init; }

    /// <summary>
    /// The event that has the facts of a cause: its last refusal. The end of a sign-in whose time ran out repeats the cause without them.
    /// </summary>
    public static SignInEvent? Decisive(string? cause, IReadOnlyList<SignInEvent> events)
    {
        var ofCause = events.Where(e => cause is not null && e.CauseCode == cause).ToList();
        return ofCause.FindLast(e => e.Name != SignInCloser.EventName) ?? ofCause.LastOrDefault();
    }

    /// <summary>A sentence that explains what happened and, where possible, what to change.</summary>
    public string Detail => EventSentences.Of(this);
}

/// <summary>One sign-in with its events, in order.</summary>
internal sealed record SignIn(SignInSummary Summary, IReadOnlyList<SignInEvent> Events)
{
    public AuthorizationId AuthorizationId => Summary.AuthorizationId;

    public string Reference => Summary.Reference;

    public DateTimeOffset StartedAt => Summary.StartedAt;
}

/// <summary>The reference of a sign-in: 8 characters without look-alikes, derived from the authorization's id.</summary>
internal static class SignInReference
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    public static string Of(AuthorizationId id) => Of(id.Value);

    public static string Of(string id)
    {
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(id));
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

    /// <summary>Normalizes a typed reference: case, dash and look-alikes. Returns null when it cannot be a reference.</summary>
    public static string? Parse(string text)
    {
        var bare = text.Trim().ToUpperInvariant().Replace("-", "", StringComparison.Ordinal).Replace('O', '0')
            .Replace('I', '1').Replace('L', '1');
        return bare.Length == 8 && bare.All(c => Alphabet.Contains(c, StringComparison.Ordinal)) ? $"{bare[..4]}-{bare[4..]}" : null;
    }
}
