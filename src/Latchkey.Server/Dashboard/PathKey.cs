using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// Any text as one segment of a path: the id of a person, or a client id that is a URL. Servers and proxies decode, normalize and cut
/// segments, so a text with other characters than those of ids is written in base64url behind a tilde.
/// </summary>
internal static class PathKey
{
    private const char Mark = '~';
    private const int MaxLength = 4_096;
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-");

    public static string Of(string text) => text.Length > 0 && text.AsSpan().IndexOfAnyExcept(Plain) < 0
        ? text
        : Mark + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    /// <summary>Returns the text of a segment, or null when it is none.</summary>
    public static string? Read(string segment) =>
        segment is not [Mark, ..] ? segment.Length > 0 && segment.AsSpan().IndexOfAnyExcept(Plain) < 0 ? segment : null
        : segment.Length <= MaxLength && Base64Url.IsValid(segment.AsSpan(1))
            && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(segment.AsSpan(1))) is var text
            && !text.Contains('\0', StringComparison.Ordinal)
            ? text
        : null;
}
