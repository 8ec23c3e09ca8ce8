using System.Globalization;
using Latchkey.Server.Languages;

namespace Latchkey.Server.Account;

/// <summary>A day in the words of the language, with the exact time for programs.</summary>
internal static class Day
{
    public static Slot Of(DateTimeOffset time, AccountTexts texts) => new(texts.Date(time), builder =>
    {
        builder.OpenElement(0, "time");
        builder.AddAttribute(1, "datetime", time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        builder.AddContent(2, texts.Date(time));
        builder.CloseElement();
    });
}
