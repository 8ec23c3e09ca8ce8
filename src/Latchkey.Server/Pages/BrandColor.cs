using System.Globalization;

namespace Latchkey.Server.Pages;

/// <summary>
/// The colour of a resource on its pages. The stylesheet is made of six hexadecimal digits and nothing else. Texts are lightened or
/// darkened until they can be read: a contrast of at least 4.5 (WCAG 2.2, 1.4.3), in light and dark.
/// </summary>
internal static class BrandColor
{
    private const double Readable = 4.5;
    private const double Visible = 3;
    private const string HexDigits = "0123456789abcdefABCDEF";
    private const string Folder = "/brand/";
    private const string Extension = ".css";

    /// <summary>The backgrounds of tokens.css.</summary>
    private static readonly Rgb[] Light = [Rgb.Of(0xffffff), Rgb.Of(0xf6f8fb), Rgb.Of(0xf3f5f8)];
    private static readonly Rgb[] Dark = [Rgb.Of(0x191e25), Rgb.Of(0x20262f), Rgb.Of(0x0f1216)];
    private static readonly Rgb White = Rgb.Of(0xffffff);
    private static readonly Rgb Black = Rgb.Of(0x000000);

    public static void Map(IEndpointRouteBuilder app) => app.MapGet(Folder + "{name}", Get);

    /// <summary>True for <c>#</c> and six hexadecimal digits.</summary>
    public static bool IsOne(string text) => text.Length == 7 && text[0] == '#' && text.AsSpan(1).IndexOfAnyExcept(HexDigits) < 0;

    /// <param name="color">A valid colour.</param>
    public static string PathOf(string color) => Folder + color[1..].ToLowerInvariant() + Extension;

    private static IResult Get(string name, HttpResponse response)
    {
        if (!name.EndsWith(Extension, StringComparison.Ordinal) || "#" + name[..^Extension.Length] is not { } color || !IsOne(color))
        {
            return TypedResults.NotFound();
        }

        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Text(StylesheetOf(color), "text/css; charset=utf-8");
    }

    public static string StylesheetOf(string color)
    {
        var given = Rgb.Of(int.Parse(color.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
        return $":root {{{Variables(given, Light, Black)}}}\n"
            + $"@media (prefers-color-scheme: dark) {{ :root {{{Variables(given, Dark, White)}}} }}\n";
    }

    /// <param name="sheets">The backgrounds, the sheet of the page first.</param>
    /// <param name="pole">Away from the backgrounds.</param>
    private static string Variables(Rgb given, Rgb[] sheets, Rgb pole)
    {
        var accent = Towards(given, pole, candidate => candidate.ContrastTo(sheets[0]) >= Visible);
        var on = accent.ContrastTo(White) >= accent.ContrastTo(Black) ? White : Black;
        var soft = sheets[0].Mix(accent, pole == Black ? 0.1 : 0.2);
        var strong = Towards(accent, pole, candidate => sheets.Append(soft).All(sheet => candidate.ContrastTo(sheet) >= Readable));
        return $" --accent: {accent}; --on-accent: {on}; --accent-hover: {accent.Mix(on == White ? Black : White, 0.15)}; "
            + $"--accent-strong: {strong}; --accent-soft: {soft}; ";
    }

    /// <summary>The nearest colour on the way to the pole that fits.</summary>
    private static Rgb Towards(Rgb from, Rgb pole, Func<Rgb, bool> fits)
    {
        const int Steps = 50;
        for (var step = 0; step < Steps; step++)
        {
            if (from.Mix(pole, (double)step / Steps) is var candidate && fits(candidate))
            {
                return candidate;
            }
        }

        return pole;
    }

    /// <summary>A colour of 24 bits. Contrast as in WCAG 2.2, "contrast ratio".</summary>
    private sealed record Rgb(byte Red, byte Green, byte Blue)
    {
        public static Rgb Of(int hex) => new((byte)(hex >> 16), (byte)(hex >> 8), (byte)hex);

        private double Luminance => (0.2126 * Linear(Red)) + (0.7152 * Linear(Green)) + (0.0722 * Linear(Blue));

        public double ContrastTo(Rgb other)
        {
            var (a, b) = (Luminance, other.Luminance);
            return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
        }

        public Rgb Mix(Rgb other, double share)
        {
            return new(Part(Red, other.Red), Part(Green, other.Green), Part(Blue, other.Blue));

            byte Part(byte from, byte to) => (byte)Math.Round(from + ((to - from) * share));
        }

        public override string ToString() => $"#{Red:x2}{Green:x2}{Blue:x2}";

        private static double Linear(byte part) =>
            part / 255.0 is var value && value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
    }
}
