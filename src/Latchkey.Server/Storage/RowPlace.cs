using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Latchkey.Server.Storage;

/// <summary>Where a page of rows ended. The order is a time and then the id, so added and deleted rows do not shift the pages.</summary>
internal readonly record struct RowPlace(DateTimeOffset At, string Id)
{
    private const int MaxLength = 4_096;

    /// <summary>The page token of the URL.</summary>
    public string Token => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{At.ToUnixTimeMilliseconds()} {Id}"));

    /// <summary>Returns null when the text is not a page token.</summary>
    public static RowPlace? Parse(string token)
    {
        if (token.Length > MaxLength || !Base64Url.IsValid(token))
        {
            return null;
        }

        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)).Split(' ', 2);
        return parts is [var time, { Length: > 0 } id]
            && !id.Contains('\0', StringComparison.Ordinal)
            && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            && at <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? new(DateTimeOffset.FromUnixTimeMilliseconds(at), id)
                : null;
    }
}
