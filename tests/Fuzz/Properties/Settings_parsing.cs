using System.Collections;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Latchkey.Server;

namespace Fuzz.Properties;

public sealed partial class Settings_parsing
{
    private static readonly string[] Known = [.. SettingsTable.All.Select(setting => setting.Key)];

    private static readonly Gen<string> Value = Gen.OneOf<string>(
        Texts.Any,
        UrlParts.Texts,
        Gen.OneOf(
            "https://auth.example.com", "http://localhost:5480", "00:10:00", "-1", "1e9", "10675199.02:48:05.4775807", "true", "maybe",
            "skc_operator", "operator-secret-of-32-characters-or-more", "sqlite:x.db", "postgres:Host=x", "file:kek"));

    [Fact]
    public void Environment_settings_are_read_or_refused_and_unknown_ones_named() =>
        Gen.Select(Gen.OneOf(Known), Value).Array[0, 6].SelectMany(
            known =>
                Gen.Select(Texts.Nearly(Gen.OneOf(Known)), Value).Array[0, 3].Select(unknown => known.Concat(unknown).ToArray())).Sample(
                variables =>
                {
                    var environment = new Hashtable(StringComparer.Ordinal);
                    foreach (var (key, value) in variables)
                    {
                        environment[$"Latchkey__{key.Replace(":", "__", StringComparison.Ordinal)}"] = value;
                    }

                    var outcome = Settings.Read(environment, "/nowhere");
                    foreach (var key in environment.Keys.Cast<string>()
                        .Select(k => k["Latchkey__".Length..].Replace("__", ":", StringComparison.Ordinal))
                        .Where(k => !Known.Contains(k, StringComparer.OrdinalIgnoreCase)))
                    {
                        Assert.Contains(Assert.IsType<SettingsAnswer.Invalid>(outcome).Errors, error =>
                            error.Contains($"Latchkey:{key};", StringComparison.OrdinalIgnoreCase));
                    }

                    Check(outcome);
                },
                iter: RunOptions.Properties);

    [Fact]
    public void A_base_URL_is_an_origin_in_canonical_form() => UrlParts.Texts.Sample(
        text => Check(Settings.Read(new Hashtable { ["Latchkey__BaseUrl"] = text }, "/nowhere")), iter: RunOptions.Properties);

    [Fact]
    public void A_settings_file_is_read_or_refused_with_messages()
    {
        var folder = Directory.CreateTempSubdirectory("lkwords");
        var first = Gen.Frequency((8, "Latchkey:"), (1, "Latchkey: &a"), (1, "Latchkey: {Tls: &a {Key: *a}}"), (1, "Latchkey: &a [*a]"));
        var line = Gen.OneOf<string>(
            Gen.Select(Gen.OneOf("  ", "", "    ", "\t"), Gen.OneOf(Known), Value, (indent, key, value) =>
                $"{indent}{key.Split(':')[^1]}: {value}"),
            Gen.OneOf(
                "Latchkey:", "Latchkey: &a", "  Self: *a", "  Tls: {CertificateFile: a, KeyFile: b}", "  Tls: [a, b]", "  ? {a: b}",
                "  - x", "---", "...", "  <<: *a", "  BaseUrl: |", "  BaseUrl: !!int 5", "Other: 1", "%YAML 9.9", "  \"", "  'x",
                "  &b *b"),
            Texts.Any);
        try
        {
            Gen.Select(first, line.Array[0, 8], (head, lines) => string.Join('\n', lines.Prepend(head))).Sample(
                text =>
                {
                    File.WriteAllBytes(Path.Combine(folder.FullName, "latchkey.settings.yaml"), Encoding.UTF8.GetBytes(text));
                    Check(Settings.Read(new Hashtable(), folder.FullName));
                },
                iter: RunOptions.Properties / 3,
                threads: 1);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Valid settings are usable; invalid ones have error messages.</summary>
    private static void Check(SettingsAnswer outcome)
    {
        switch (outcome)
        {
            case SettingsAnswer.Valid { Settings: var settings }:
                Assert.Matches(Origin(), settings.BaseUrl);
                Assert.True(settings.IsHttps || settings.IsLoopback, settings.BaseUrl);
                Assert.All(
                    [settings.LoginRequestLifetime, settings.ReportLifetime, settings.ConsentLifetime, settings.AuthorizationCodeLifetime,
                        settings.RefreshReuseWindow, settings.CodeReplayGrace, settings.SettleTime],
                    duration => Assert.InRange(duration, TimeSpan.Zero, TimeSpan.FromDays(365)));
                Assert.True(settings.BootstrapApiClientSecret is null or { Length: >= 32 });
                break;

            case SettingsAnswer.Invalid invalid:
                Assert.NotEmpty(invalid.Errors);
                Assert.DoesNotContain(invalid.Errors, string.IsNullOrWhiteSpace);
                break;
        }
    }

    [GeneratedRegex(
        @"\Ahttps?://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:[1-9][0-9]{0,4})?\z", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Origin();
}
