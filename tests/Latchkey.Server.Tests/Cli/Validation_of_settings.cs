using System.Collections;

namespace Latchkey.Server.Tests.Cli;

public sealed class Validation_of_settings
{
    /// <summary>Clients compare the issuer byte by byte, and browsers send the Origin in one canonical form.</summary>
    [Theory]
    [InlineData("HTTPS://auth.example.com")]
    [InlineData("https://Auth.example.com")]
    [InlineData("https://auth.example.com:443")]
    [InlineData("https://auth.example.com:0")]
    [InlineData("https://auth.example.com/a/..")]
    [InlineData("https://auth.example.com#x")]
    [InlineData("https://user@auth.example.com")]
    [InlineData("https://bücher.example")]
    [InlineData("http://127.1:5480")]
    [InlineData("//\u202e")]
    public void A_base_URL_that_is_not_in_canonical_form_is_refused(string baseUrl) =>
        Assert.Contains(ErrorsOf(baseUrl), error => error.StartsWith("BaseUrl ", StringComparison.Ordinal));

    /// <summary>Codes and secrets would be sent unencrypted (OAuth 2.1 §1.5). Loopback traffic does not leave the machine.</summary>
    [Theory]
    [InlineData("http://auth.example.com")]
    [InlineData("http://auth.example.com:5480")]
    [InlineData("http://192.168.1.2:5480")]
    [InlineData("http://localhost.example:5480")]
    [InlineData("http://0.0.0.0:5480")]
    [Spec("OAuth 2.1 §1.5", "https-only")]
    public void A_base_URL_without_TLS_is_refused_unless_it_is_loopback(string baseUrl) =>
        Assert.Contains(ErrorsOf(baseUrl), error => error.Contains("Use https", StringComparison.Ordinal));

    [Theory]
    [InlineData("https://auth.example.com")]
    [InlineData("https://auth.example.com:8443")]
    [InlineData("http://localhost:5480")]
    [InlineData("http://[::1]:5480")]
    [InlineData("https://xn--bcher-kva.example")]
    public void A_base_URL_in_canonical_form_is_accepted(string baseUrl) => Assert.Empty(ErrorsOf(baseUrl));

    /// <summary>With a wrong network or one that contains every address, any client could forge its address with X-Forwarded-For.</summary>
    [Theory]
    [InlineData("proxy.example")]
    [InlineData("10.0.0.0/8;x")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/255.0.0.0")]
    [InlineData("10.1")]
    [InlineData("010.0.0.1")]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("2001:db8::1/32")]
    [InlineData("2001:db8::/129")]
    [InlineData("::ffff:0:0/64")]
    [InlineData("::ffff:10.0.0.1/104")]
    [InlineData("fe80::1%eth0")]
    [InlineData("[::1]")]
    [InlineData("127.0.0.1:80")]
    [InlineData("*")]
    public void A_trusted_proxy_or_known_network_that_is_not_a_network_is_refused(string networks)
    {
        Assert.Contains(
            ErrorsOf("TrustedProxies", networks), error => error.StartsWith("TrustedProxies contains '", StringComparison.Ordinal));
        Assert.Contains(ErrorsOf("RateLimits__KnownNetworks", networks), error =>
            error.StartsWith("RateLimits:KnownNetworks contains '", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", "127.0.0.2")]
    [InlineData("10.0.0.0/8; 192.0.2.7 ,2001:db8::/32;", "192.0.2.7", "192.0.2.8")]
    [InlineData("10.0.0.0/8", "10.255.255.255", "11.0.0.0")]
    [InlineData("10.0.0.0/9", "10.127.255.255", "10.128.0.0")]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3")]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1")]
    [InlineData("::1", "::1", "127.0.0.1")]
    public void Trusted_proxies_are_read_as_addresses_and_networks(string networks, string inside, string outside)
    {
        var settings = Assert.IsType<SettingsAnswer.Valid>(
            Settings.Read(new Hashtable { ["Latchkey__TrustedProxies"] = networks }, AppContext.BaseDirectory)).Settings;
        Assert.True(settings.TrustedProxies.Contains(System.Net.IPAddress.Parse(inside)));
        Assert.False(settings.TrustedProxies.Contains(System.Net.IPAddress.Parse(outside)));
    }

    [Theory]
    [InlineData("RegistrationsPerHour")]
    [InlineData("AuthorizationsPerMinute")]
    [InlineData("DocumentFetchesPerMinute")]
    [InlineData("FailuresPerMinute")]
    public void A_rate_limit_that_is_zero_too_large_or_not_a_number_is_refused(string limit)
    {
        foreach (var value in new[] { "0", "-1", "1000001", "1e3", "many", " 5", "99999999999" })
        {
            Assert.Contains(
                ErrorsOf($"RateLimits__{limit}", value), error => error.StartsWith($"RateLimits:{limit} is '", StringComparison.Ordinal));
        }

        Assert.Empty(ErrorsOf($"RateLimits__{limit}", "1000000"));
    }

    [Theory]
    [InlineData("Latchkey: &a\n  Self: *a\n", "Self")]
    [InlineData("Latchkey:\n  Tls: &a\n    Self: *a\n", "line 3: Latchkey.Tls.Self must not be an alias")]
    [InlineData("Latchkey:\n  Listen: [a, b]\n", "line 2: Latchkey:Listen must be a single value")]
    [InlineData("Latchkey:\n  ? {a: b}\n  : c\n", "has a key that is not a string")]
    [InlineData("Latchkey:\n  {s|N#\n  F5?7oFk)G@", "latchkey.settings.yaml")]
    [InlineData("--- !x\n", "latchkey.settings.yaml")]
    public void A_settings_file_that_is_not_a_mapping_of_settings_is_refused(string file, string said)
    {
        var folder = Directory.CreateTempSubdirectory("lksettings");
        File.WriteAllText(Path.Combine(folder.FullName, "latchkey.settings.yaml"), file);
        var answer = Settings.Read(new Hashtable(), folder.FullName);
        folder.Delete(recursive: true);

        Assert.Contains(Assert.IsType<SettingsAnswer.Invalid>(answer).Errors, error => error.Contains(said, StringComparison.Ordinal));
    }

    [Fact]
    public void Are_all_named_at_once()
    {
        var environment = new Hashtable
        {
            ["Latchkey__BaseUrl"] = "example",
            ["Latchkey__MaxConnections"] = "none",
            ["Latchkey__Colour"] = "red",
            ["Latchkey__Tls__KeyFile"] = "key.pem",
            ["Logging__LogLevel__Default"] = "Loud",
        };
        var errors = Assert.IsType<SettingsAnswer.Invalid>(
            Settings.Read(environment, AppContext.BaseDirectory, ["--Latchkey:SettleTime=soon", "--Latchkey:Storage"])).Errors;

        Assert.Equal(
            ["--Latchkey:Storage", "BaseUrl", "MaxConnections", "SettleTime", "Unknown", "Tls:CertificateFile", "Logging:LogLevel:Default"],
            errors.Select(error => error.Split(' ')[0]));
        Assert.All(errors, error => Assert.EndsWith(".", error, StringComparison.Ordinal));
    }

    /// <summary>A message of the start-up ends up in log files and tickets.</summary>
    [Fact]
    public void Do_not_repeat_a_secret()
    {
        const string Value = "\u202ehunter2";
        var errors = SettingsTable.All.Where(setting => setting.IsSecret)
            .SelectMany(setting => ErrorsOf(setting.Key.Replace(":", "__", StringComparison.Ordinal), Value)).ToList();

        Assert.NotEmpty(errors);
        Assert.DoesNotContain(errors, error => error.Contains(Value, StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> ErrorsOf(string baseUrl) => ErrorsOf("BaseUrl", baseUrl);

    private static IReadOnlyList<string> ErrorsOf(string key, string value) =>
        Settings.Read(new Hashtable { [$"Latchkey__{key}"] = value }, AppContext.BaseDirectory) is SettingsAnswer.Invalid invalid
            ? invalid.Errors
            : [];
}
