namespace Latchkey.Server.SignIns;

/// <summary>
/// The client id of a request, as logs and the sign-in log show it. Programs that are set up wrongly send a secret in its place, so only
/// what has the form of a client id is shown whole.
/// </summary>
internal static class SentClientId
{
    /// <summary>Secrets are longer: the shortest that an operator may choose has 32 characters.</summary>
    private const int MaxShown = 23;
    private const int Kept = 8;

    public static string Shown(string sent) =>
        sent.Length <= MaxShown || ClientId.Parse(sent) is not null || ApiClientId.Parse(sent) is not null || IsUrl(sent)
            ? sent
            : $"{sent[..Kept]}… ({SentLength(sent)})";

    private static bool IsUrl(string sent) =>
        sent.StartsWith("https://", StringComparison.Ordinal) || sent.StartsWith("http://", StringComparison.Ordinal);

    private static string SentLength(string sent) => FormattableString.Invariant($"{sent.Length} characters");
}
