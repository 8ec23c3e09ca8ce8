using System.Collections;
using System.Globalization;
using Latchkey.Server.Cli;

namespace Latchkey.Server.Tests.Cli;

/// <summary>Rules that hold for every line of the settings table, so that a new setting is inside by default.</summary>
public sealed class Settings_in_the_table : IDisposable
{
    private const string NoFolder = "/nowhere";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lktable");

    public static TheoryData<string> Keys => [.. SettingsTable.All.Select(setting => setting.Key)];

    public static TheoryData<string> Durations => [.. SettingsTable.All.Where(IsDuration).Select(setting => setting.Key)];

    public static TheoryData<string> Secrets => [.. SettingsTable.All.Where(setting => setting.IsSecret).Select(setting => setting.Key)];

    public static TheoryData<string> Files =>
        [.. SettingsTable.All.Where(setting => setting.Type.StartsWith("path, ", StringComparison.Ordinal)).Select(setting => setting.Key)];

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_setting_is_read_from_each_source_and_the_stronger_one_wins(string key)
    {
        var samples = SamplesOf(key);
        Write("appsettings.json", $$"""{"Latchkey": {{Nested(key, samples[0])}}}""");
        Assert.Equal((samples[0], "appsettings.json"), Read(key));
        Write("latchkey.settings.yaml", $"Latchkey: {Nested(key, samples[1])}\n");
        Assert.Equal((samples[1], "latchkey.settings.yaml"), Read(key));
        var environment = new Hashtable { [SettingOf(key).EnvironmentVariable] = samples[0] };
        Assert.Equal((samples[0], "environment"), Read(key, environment));
        Assert.Equal((samples[1], "command line"), Read(key, environment, $"--Latchkey:{key}={samples[1]}"));
    }

    /// <summary>Many tools can set a variable to nothing, but not remove it.</summary>
    [Theory]
    [MemberData(nameof(Keys))]
    public void An_empty_value_is_the_default(string key)
    {
        var settings = Assert.IsType<SettingsAnswer.Valid>(
            Settings.Read(new Hashtable { [SettingOf(key).EnvironmentVariable] = "" }, NoFolder)).Settings;

        Assert.Equal(SettingOf(key).Shown(new Settings()), SettingOf(key).Shown(settings));
        Assert.DoesNotContain(key, settings.Origins.Keys);
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public void A_bare_number_is_seconds(string key)
    {
        Assert.Equal("00:00:05", SettingOf(key).Shown(Valid(new() { [SettingOf(key).EnvironmentVariable] = "5" })));
        Assert.Equal("00:00:05", SettingOf(key).Shown(Valid(new() { [SettingOf(key).EnvironmentVariable] = "00:00:05" })));
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public void A_duration_that_is_ambiguous_or_too_long_is_refused_with_what_to_write(string key)
    {
        string[] wrong =
        [
            "5m", "5s", "PT5M", "00:05", "24:00:00", "1.24:00:00", "00:60:00", "00:00:60", "-5", "-00:00:05", "1e3", "5.5", " 5", "5 ",
            "5d",
            "99999.00:00:00", "9999999999", "999999999", "", "\u0665", "0x5",
        ];
        foreach (var text in wrong.Where(text => text.Length > 0))
        {
            var error = Assert.Single(ErrorsOf(key, text));
            Assert.StartsWith($"{key} is '", error, StringComparison.Ordinal);
            Assert.Contains("it must be a number of seconds such as 90, or [d.]hh:mm:ss", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public void A_duration_has_an_upper_bound_that_its_reference_names(string key)
    {
        var type = SettingOf(key).Type.Split(' ');
        var bound = TimeSpan.Parse(type[^1], CultureInfo.InvariantCulture);

        Assert.InRange(bound, TimeSpan.FromSeconds(10), TimeSpan.FromDays(3650));
        Assert.Empty(ErrorsOf(key, bound.ToString("c")));
        Assert.Single(ErrorsOf(key, ((long)bound.TotalSeconds + 1).ToString(CultureInfo.InvariantCulture)));
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void A_secret_may_be_in_a_file_whose_path_is_relative_to_the_data_directory(string key)
    {
        var sample = SamplesOf(key)[0];
        Write("secret.txt", sample + "\n");
        var settings = Valid(With(key, "file:secret.txt"));

        // Of a secret whose file is needed again, the absolute path is kept.
        var file = Path.Combine(folder.FullName, "secret.txt");
        var value = SettingOf(key).KeepsFile ? $"file:{file}" : sample;
        Assert.Equal(value, SettingOf(key).SecretOf(settings));
        Assert.Equal(value, SettingOf(key).SecretOf(Valid(With(key, $"file:{file}"))));
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void A_file_of_a_secret_that_cannot_be_read_is_an_error_that_names_setting_and_file(string key)
    {
        folder.CreateSubdirectory("directory");
        Write("empty.txt", "\n");
        foreach (var (path, cause) in new[] { ("none.txt", "does not exist"), ("directory", "is a directory"), ("empty.txt", "is empty") })
        {
            var error = Assert.Single(Errors(With(key, $"file:{path}")));
            Assert.StartsWith($"{key} names ", error, StringComparison.Ordinal);
            Assert.Contains(Path.Combine(folder.FullName, path), error, StringComparison.Ordinal);
            Assert.Contains(cause, error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void A_secret_is_never_shown(string key)
    {
        var sample = SamplesOf(key)[0];
        var settings = Valid(With(key, sample));

        Assert.DoesNotContain(Hidden(sample), SettingOf(key).Shown(settings), StringComparison.Ordinal);
        Assert.DoesNotContain(Hidden(sample), SettingOf(key).ShowInApi(settings)?.ToString() ?? "", StringComparison.Ordinal);
        Assert.NotEmpty(SettingOf(key).Shown(settings));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void The_list_of_settings_has_the_value_in_force_its_source_and_the_default(string key)
    {
        string[] Listed(Settings settings) => Assert.Single(SettingsCommand.Rows(settings), row => row[0] == $"Latchkey:{key}");

        var unset = Listed(Assert.IsType<SettingsAnswer.Valid>(Settings.Read(new Hashtable(), NoFolder)).Settings);
        var sample = SamplesOf(key)[0];
        var settings = Valid(With(key, sample));
        var set = Listed(settings);

        Assert.Equal("default", unset[2]);
        Assert.Equal((SettingOf(key).IsSecret ? SettingOf(key).Shown(settings) : sample, "environment"), (set[1], set[2]));
        Assert.Equal(unset[3], set[3]);
        Assert.NotEmpty(set[3]);
        if (SettingOf(key).IsSecret)
        {
            Assert.DoesNotContain(
                Hidden(sample), string.Join('\n', SettingsCommand.Rows(settings).SelectMany(row => row)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_relative_path_is_below_the_data_directory(string key)
    {
        Assert.Equal(Path.Combine(folder.FullName, "a", "b.pem"), SettingOf(key).Shown(Valid(With(key, "a/b.pem"))));
        Assert.Equal("/etc/b.pem", SettingOf(key).Shown(Valid(With(key, "/etc/b.pem"))));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_misspelled_or_misplaced_key_gets_its_nearest_one(string key)
    {
        var last = key.Split(':')[^1];
        string[] wrong =
        [
            key[..^1], key + "s", key.Replace(":", "", StringComparison.Ordinal) + "x", $"Server:{key}", $"Tls:Extra:{last}",
            .. key.Contains(':', StringComparison.Ordinal) ? new[] { last, key.Replace(":", "_", StringComparison.Ordinal) } : [],
        ];
        foreach (var misspelled in wrong.Where(name => SettingsTable.All.All(s => !s.Key.Equals(name, StringComparison.OrdinalIgnoreCase))))
        {
            var error = Assert.Single(ErrorsOf(misspelled, "x"));
            Assert.StartsWith($"Unknown setting Latchkey:{misspelled}; did you mean Latchkey:", error, StringComparison.Ordinal);
            Assert.Contains($"{last}?", error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Secrets))]
    public void The_suffix_FILE_of_other_programs_gets_the_prefix_of_this_one(string key)
    {
        foreach (var suffix in new[] { "_FILE", "File", ":File" })
        {
            Assert.Contains(
                $"write Latchkey:{key} with the value file:<path>.", Assert.Single(ErrorsOf(key + suffix, "/run/secrets/x")),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_variable_with_a_wrong_prefix_or_separator_is_pointed_out(string key)
    {
        var underscored = key.Replace(":", "_", StringComparison.Ordinal);
        foreach (var name in new[]
        {
            $"LATCHKEY_{underscored}".ToUpperInvariant(), $"Latchkey_{underscored}", $"latchkey_{underscored}".ToLowerInvariant(),
            $"Latchkey:{key}", $"Latchkey.{key.Replace(':', '.')}", $"Latchkey{key.Replace(":", "", StringComparison.Ordinal)}",
        })
        {
            var answer = Assert.IsType<SettingsAnswer.Valid>(Settings.Read(new Hashtable { [name] = "x" }, NoFolder));
            Assert.Contains(SettingOf(key).EnvironmentVariable, Assert.Single(answer.Hints), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("LATCHKEY_PORT")]
    [InlineData("LATCHKEY_SERVICE_HOST")]
    [InlineData("LATCHKEY_PORT_5480_TCP_ADDR")]
    [InlineData("LATCHKEY")]
    [InlineData("LATCHKEY_HOME")]
    [InlineData("Path")]
    public void A_variable_of_another_program_is_not_pointed_out(string name) =>
        Assert.Empty(Assert.IsType<SettingsAnswer.Valid>(Settings.Read(new Hashtable { [name] = "x" }, NoFolder)).Hints);

    [Fact]
    public void A_setting_that_the_environment_has_twice_is_refused() =>
        Assert.Contains(
            "MaxConnections",
            Assert.Single(Errors(new() { ["Latchkey__MaxConnections"] = "5", ["LATCHKEY__MAXCONNECTIONS"] = "6" })),
            StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Keys))]
    public void A_NUL_character_is_refused(string key)
    {
        Write("appsettings.json", $$"""{"Latchkey": {{Nested(key, "a\\u0000b")}}}""");
        var answer = Assert.IsType<SettingsAnswer.Invalid>(Settings.Read(new Hashtable(), folder.FullName));

        Assert.Contains($"{key} contains a NUL character. Remove it.", answer.Errors);
    }

    /// <summary>The documented default, written out, must not move the database out of the data directory.</summary>
    [Fact]
    public void A_relative_database_file_is_in_the_data_directory()
    {
        var settings = Valid(With("Storage", "sqlite:latchkey.db"));

        Assert.Equal(Path.Combine(folder.FullName, "latchkey.db"), settings.InDataDirectory("latchkey.db"));
        Assert.Equal(settings.StorageOrDefault, new Settings().StorageOrDefault);
    }

    private static bool IsDuration(Setting setting) => setting.Type.StartsWith("duration", StringComparison.Ordinal);

    private static Setting SettingOf(string key) => SettingsTable.All.Single(setting => setting.Key == key);

    /// <summary>Two different valid values, as they are shown.</summary>
    private static string[] SamplesOf(string key) => key switch
    {
        "BaseUrl" => ["https://a.example.com", "https://b.example.com"],
        "Storage" => ["postgres:Host=a;Password=p4ssword-a", "postgres:Host=b;Password=p4ssword-b"],
        "Bootstrap:ApiClientId" => ["skc_a", "skc_b"],
        "Bootstrap:OperatorEmail" => ["a@acme.example", "b@acme.example"],
        "SignIns:Addresses" => ["network", "none"],
        "Cimd:Probe" => ["https://a.example.com/a", "https://b.example.com/b"],
        "DefaultLanguage" => ["de", "he"],
        "Cimd:Advertise" => ["always", "never"],
        "Metrics:Listen" => ["http://127.0.0.1:9464", "http://127.0.0.1:9465"],
        _ when SettingOf(key) is var setting => setting.Type switch
        {
            var type when type.StartsWith("duration", StringComparison.Ordinal) => ["00:00:05", "00:00:06"],
            var type when type.StartsWith("integer", StringComparison.Ordinal) => ["5", "6"],
            "boolean" => ["true", "false"],
            var type when type.StartsWith("addresses", StringComparison.Ordinal) => ["192.0.2.1/32", "192.0.2.2/32"],
            _ when setting.IsSecret =>
                ["a-secret-of-at-least-32-characters", "b-secret-of-at-least-32-characters"],
            _ => ["/a", "/b"],
        },
        _ => throw new ArgumentOutOfRangeException(nameof(key), key, "no setting"),
    };

    private static string Hidden(string sample) => sample.Split("Password=")[^1];

    private static string Nested(string key, string value) =>
        key.Split(':').Reverse().Aggregate($"\"{value}\"", (inner, part) => $$"""{"{{part}}": {{inner}}}""");

    private (string? Value, string? Origin) Read(string key, Hashtable? environment = null, params string[] arguments)
    {
        environment ??= [];
        string[] pair = [.. arguments, .. PairOf(key)];
        var settings = Assert.IsType<SettingsAnswer.Valid>(Settings.Read(environment, folder.FullName, pair)).Settings;
        return (SettingOf(key).IsSecret ? SettingOf(key).SecretOf(settings) : SettingOf(key).Shown(settings),
            settings.Origins.GetValueOrDefault(key));
    }

    /// <summary>The setting without which this one is refused.</summary>
    private static string[] PairOf(string key) => key switch
    {
        "Bootstrap:ApiClientId" => ["--Latchkey:Bootstrap:ApiClientSecret=c-secret-of-at-least-32-characters"],
        "Bootstrap:ApiClientSecret" => ["--Latchkey:Bootstrap:ApiClientId=skc_c"],
        "Bootstrap:OperatorEmail" => ["--Latchkey:Bootstrap:OperatorPassword=c-password-of-an-operator"],
        "Bootstrap:OperatorPassword" => ["--Latchkey:Bootstrap:OperatorEmail=c@acme.example"],
        "Tls:CertificateFile" => ["--Latchkey:Tls:KeyFile=/c"],
        "Tls:KeyFile" => ["--Latchkey:Tls:CertificateFile=/c"],
        _ => [],
    };

    private Hashtable With(string key, string value) => new()
    {
        ["Latchkey__DataDirectory"] = folder.FullName,
        [SettingOf(key).EnvironmentVariable] = value,
    };

    private static Settings Valid(Hashtable environment)
    {
        var answer = Settings.Read(environment, NoFolder, [.. environment.Keys.Cast<string>().SelectMany(name =>
            PairOf(name["Latchkey__".Length..].Replace("__", ":", StringComparison.Ordinal)))]);
        return Assert.IsType<SettingsAnswer.Valid>(answer).Settings;
    }

    private static IReadOnlyList<string> Errors(Hashtable environment) =>
        Assert.IsType<SettingsAnswer.Invalid>(Settings.Read(environment, NoFolder, [.. environment.Keys.Cast<string>().SelectMany(name =>
            PairOf(name["Latchkey__".Length..].Replace("__", ":", StringComparison.Ordinal)))])).Errors;

    private static IReadOnlyList<string> ErrorsOf(string key, string value) =>
        Settings.Read(new Hashtable { [$"Latchkey__{key.Replace(":", "__", StringComparison.Ordinal)}"] = value }, NoFolder)
            is SettingsAnswer.Invalid invalid ? invalid.Errors : [];

    private void Write(string name, string content) => File.WriteAllText(Path.Combine(folder.FullName, name), content);
}
