using System.Collections;

namespace Latchkey.Server.Tests.Cli;

/// <summary>Command line over environment over latchkey.settings.yaml over appsettings.json.</summary>
public sealed class Sources_of_settings : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lksources");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Override_each_other_in_their_order()
    {
        Write(
            "appsettings.json",
            """{"Latchkey": {"MaxConnections": 1, "RateLimits": {"Enabled": false, "FailuresPerMinute": 1, "RegistrationsPerHour": 1}}}""");
        Write(
            "latchkey.settings.yaml",
            "Latchkey:\n  RateLimits:\n    FailuresPerMinute: 2\n    RegistrationsPerHour: 2\n    AuthorizationsPerMinute: 2\n");
        var environment =
            new Hashtable { ["latchkey__ratelimits__registrationsperhour"] = "3", ["Latchkey__RateLimits__AuthorizationsPerMinute"] = "3" };
        var settings = Valid(environment, "--Latchkey:RateLimits:AuthorizationsPerMinute=4");

        Assert.Equal(
            (1, 2, 3, 4),
            (settings.MaxConnections, settings.FailuresPerMinute, settings.RegistrationsPerHour, settings.AuthorizationsPerMinute));
        Assert.False(settings.RateLimitsEnabled);
    }

    [Theory]
    [InlineData("appsettings.json", """{"Latchkey": {"Colour": "red"}}""", "Unknown setting Latchkey:Colour;")]
    [InlineData("appsettings.json", """{"Latchkey": {"Tls": {"Key": {"File": "x"}}}}""", "Unknown setting Latchkey:Tls:Key:File;")]
    [InlineData("appsettings.json", """{"Latchkey": """, "appsettings.json cannot be read:")]
    [InlineData("latchkey.settings.yaml", "Latchkey:\n  Colour: red\n", "Unknown setting Latchkey:Colour;")]
    [InlineData(
        "latchkey.settings.yaml", "Latchkey:\n  MaxConnections: 1\n  MaxConnections: 2\n",
        "latchkey.settings.yaml, line 3: Latchkey.MaxConnections")]
    [InlineData(
        "latchkey.settings.yaml", "Kestrel:\n  Endpoints: {}\n", "latchkey.settings.yaml, line 1: Kestrel is not a section of this file")]
    [InlineData(
        "latchkey.settings.yaml", "Logging:\n  LogLevel:\n    Default: Loud\n", "Logging:LogLevel:Default is 'Loud'; it must be Trace,")]
    [InlineData(
        "latchkey.settings.yaml", "Logging:\n  Console:\n    FormatterName: xml\n",
        "Logging:Console:FormatterName is 'xml'; it must be simple, json or systemd.")]
    [InlineData(
        "latchkey.settings.yaml", "Logging:\n  Console:\n    FormatterOptions:\n      UseUtcTimestamp: often\n",
        "Failed to convert configuration value 'often'")]
    public void Are_refused_with_the_key_or_the_line(string file, string content, string error)
    {
        Write(file, content);
        var answer = Settings.Read(new Hashtable(), folder.FullName);

        Assert.StartsWith(error, Assert.Single(Assert.IsType<SettingsAnswer.Invalid>(answer).Errors), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing\n")]
    [InlineData("Latchkey:\n")]
    public void May_be_empty(string file)
    {
        Write("latchkey.settings.yaml", file);

        Assert.Equal(new Settings().BaseUrl, Valid(new Hashtable()).BaseUrl);
    }

    [Fact]
    public void Have_a_section_for_logging()
    {
        Write("latchkey.settings.yaml", "Logging:\n  LogLevel:\n    Microsoft.AspNetCore: Debug\n");
        var logging = Valid(new Hashtable { ["Logging__Console__FormatterName"] = "json" }).Logging;

        Assert.Equal(
            ("Debug", "Warning", "json"),
            (logging["LogLevel:Microsoft.AspNetCore"], logging["LogLevel:Grpc"], logging["Console:FormatterName"]));
    }

    private Settings Valid(IDictionary environment, params string[] arguments) =>
        Assert.IsType<SettingsAnswer.Valid>(Settings.Read(environment, folder.FullName, arguments)).Settings;

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder.FullName, name), content);
}
