using System.Collections;

namespace Latchkey.Server.Tests.Cli;

public sealed class Settings_that_cannot_be_worked_with
{
    /// <summary>Clients compare the issuer byte for byte, and browsers write the Origin in one spelling only.</summary>
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
    public void Have_a_base_URL_in_another_spelling_than_browsers_write(string baseUrl) => Assert.Contains(ErrorsOf(baseUrl), error => error.StartsWith("BaseUrl ", StringComparison.Ordinal));

    /// <summary>Codes and secrets would travel readable (OAuth 2.1 §1.5); on this machine nobody reads along.</summary>
    [Theory]
    [InlineData("http://auth.example.com")]
    [InlineData("http://auth.example.com:5480")]
    [InlineData("http://192.168.1.2:5480")]
    [InlineData("http://localhost.example:5480")]
    [InlineData("http://0.0.0.0:5480")]
    [Spec("OAuth 2.1 §1.5", "https-only")]
    public void Have_a_base_URL_without_TLS_that_leads_further_than_this_machine(string baseUrl) => Assert.Contains(ErrorsOf(baseUrl), error => error.Contains("Use https", StringComparison.Ordinal));

    [Theory]
    [InlineData("https://auth.example.com")]
    [InlineData("https://auth.example.com:8443")]
    [InlineData("http://localhost:5480")]
    [InlineData("http://[::1]:5480")]
    [InlineData("https://xn--bcher-kva.example")]
    public void Have_no_base_URL_as_browsers_write_it(string baseUrl) => Assert.Empty(ErrorsOf(baseUrl));

    /// <summary>A proxy that is not the one meant, or everybody, would let strangers say who they are.</summary>
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
    public void Name_what_is_no_network(string networks)
    {
        Assert.Contains(ErrorsOf("TrustedProxies", networks), error => error.StartsWith("TrustedProxies holds '", StringComparison.Ordinal));
        Assert.Contains(ErrorsOf("RateLimits__KnownNetworks", networks), error => error.StartsWith("RateLimits:KnownNetworks holds '", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", "127.0.0.2")]
    [InlineData("10.0.0.0/8; 192.0.2.7 ,2001:db8::/32;", "192.0.2.7", "192.0.2.8")]
    [InlineData("10.0.0.0/8", "10.255.255.255", "11.0.0.0")]
    [InlineData("10.0.0.0/9", "10.127.255.255", "10.128.0.0")]
    [InlineData("::ffff:10.0.0.0/104", "10.1.2.3", "11.1.2.3")]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1")]
    [InlineData("::1", "::1", "127.0.0.1")]
    public void Name_networks(string networks, string inside, string outside)
    {
        var settings = Assert.IsType<SettingsAnswer.Valid>(Settings.Read(new Hashtable { ["Latchkey__TrustedProxies"] = networks }, AppContext.BaseDirectory)).Settings;
        Assert.True(settings.TrustedProxies.Contains(System.Net.IPAddress.Parse(inside)));
        Assert.False(settings.TrustedProxies.Contains(System.Net.IPAddress.Parse(outside)));
    }

    [Theory]
    [InlineData("RegistrationsPerHour")]
    [InlineData("AuthorizationsPerMinute")]
    [InlineData("DocumentFetchesPerMinute")]
    [InlineData("FailuresPerMinute")]
    public void Allow_nothing_at_all_or_no_number(string limit)
    {
        foreach (var value in new[] { "0", "-1", "1000001", "1e3", "many", " 5", "99999999999" })
        {
            Assert.Contains(ErrorsOf($"RateLimits__{limit}", value), error => error.StartsWith($"RateLimits:{limit} is '", StringComparison.Ordinal));
        }

        Assert.Empty(ErrorsOf($"RateLimits__{limit}", "1000000"));
    }

    [Theory]
    [InlineData("Latchkey: &a\n  Self: *a\n", "Self")]
    [InlineData("Latchkey:\n  Tls: &a\n    Self: *a\n", "line 3: Latchkey.Tls.Self is an alias")]
    [InlineData("Latchkey:\n  Listen: [a, b]\n", "line 2: Latchkey:Listen must be a single value")]
    [InlineData("Latchkey:\n  ? {a: b}\n  : c\n", "has a key that is no name")]
    [InlineData("Latchkey:\n  {s|N#\n  F5?7oFk)G@", "latchkey.settings.yaml")]
    [InlineData("--- !x\n", "latchkey.settings.yaml")]
    public void Stand_in_a_file_that_is_no_list_of_settings(string file, string said)
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
        var errors = Assert.IsType<SettingsAnswer.Invalid>(Settings.Read(environment, AppContext.BaseDirectory, ["--Latchkey:SettleTime=soon", "--Latchkey:Storage"])).Errors;

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
        var errors = SettingsTable.All.Where(setting => setting.IsSecret).SelectMany(setting => ErrorsOf(setting.Key.Replace(":", "__", StringComparison.Ordinal), Value)).ToList();

        Assert.NotEmpty(errors);
        Assert.DoesNotContain(errors, error => error.Contains(Value, StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> ErrorsOf(string baseUrl) => ErrorsOf("BaseUrl", baseUrl);

    private static IReadOnlyList<string> ErrorsOf(string key, string value) =>
        Settings.Read(new Hashtable { [$"Latchkey__{key}"] = value }, AppContext.BaseDirectory) is SettingsAnswer.Invalid invalid ? invalid.Errors : [];
}
