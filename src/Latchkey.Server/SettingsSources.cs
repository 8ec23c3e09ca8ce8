using System.Collections;
using Latchkey.Server.ConfigurationFile;
using Microsoft.Extensions.Logging.Console;

namespace Latchkey.Server;

/// <summary>
/// The sources of settings, each over the next: the command line (<c>--Latchkey:Key=value</c>), the environment (<c>Latchkey__Key</c>),
/// <c>latchkey.settings.yaml</c> and <c>appsettings.json</c> in the working directory. They also have the section <c>Logging</c>.
/// </summary>
internal static class SettingsSources
{
    public const string Section = "Latchkey";
    public const string LoggingSection = "Logging";

    private const string JsonFile = "appsettings.json";
    private static readonly string[] Sections = [Section, LoggingSection];

    private static readonly Dictionary<string, string?> LoggingDefaults = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",
        ["Logging:LogLevel:Microsoft.Hosting"] = "Warning",
        ["Logging:LogLevel:Grpc"] = "Warning",

        // The gRPC interceptor logs exceptions of handlers. The framework would also log a stack trace for every malformed message.
        ["Logging:LogLevel:Grpc.AspNetCore.Server.ServerCallHandler"] = "None",

        // These log every failed probe and every request without a valid token.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",
        [$"Logging:LogLevel:{typeof(Management.ManagementAuthentication).FullName}"] = "Warning",
        ["Logging:Console:FormatterName"] = ConsoleFormatterNames.Simple,
        ["Logging:Console:FormatterOptions:SingleLine"] = "true",
        ["Logging:Console:FormatterOptions:TimestampFormat"] = "yyyy-MM-ddTHH:mm:ss.fffZ ",
        ["Logging:Console:FormatterOptions:UseUtcTimestamp"] = "true",
    };

    /// <summary>The logging configuration when nothing is set.</summary>
    public static IConfiguration DefaultLogging { get; } = new ConfigurationBuilder().AddInMemoryCollection(LoggingDefaults).Build()
        .GetSection(LoggingSection);

    /// <summary>Splits the command line into settings and the rest, which is the command with its own options.</summary>
    public static (IReadOnlyList<string> Settings, IReadOnlyList<string> Command) Split(IEnumerable<string> arguments)
    {
        var parts = arguments.ToLookup(
            argument => Array.Exists(Sections, section => argument.StartsWith($"--{section}:", StringComparison.OrdinalIgnoreCase)));
        return ([.. parts[true]], [.. parts[false]]);
    }

    /// <summary>Reads all sources, and adds a sentence to <paramref name="errors"/> for each that cannot be read.</summary>
    public static LoadedSettings Load(
        IDictionary environment, string workingDirectory, IReadOnlyList<string> arguments, List<string> errors)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection(LoggingDefaults);
        var names = new List<string> { "default" };
        var json = Path.Combine(workingDirectory, JsonFile);
        if (File.Exists(json))
        {
            names.Add(JsonFile);
            builder.AddJsonFile(source =>
            {
                source.Path = json;
                source.ResolveFileProvider();
                source.OnLoadException = failed =>
                {
                    errors.Add($"{JsonFile} cannot be read: {failed.Exception.InnerException?.Message ?? failed.Exception.Message}");
                    failed.Ignore = true;
                };
            });
        }

        builder.Add(new YamlConfigurationSource(workingDirectory, Sections, errors));
        builder.AddInMemoryCollection(OfEnvironment(environment, errors));
        errors.AddRange(arguments.Where(argument => !argument.Contains('=', StringComparison.Ordinal))
            .Select(argument => $"{argument} has no value; write {argument}=<value>."));
        builder.AddCommandLine([.. arguments.Where(argument => argument.Contains('=', StringComparison.Ordinal))]);
        names.AddRange([YamlConfigurationSource.FileName, "environment", "command line"]);
        var configuration = builder.Build();
        UseFormat(configuration.GetSection(LoggingSection), errors);
        return new(configuration, Origins(configuration, names));
    }

    /// <summary>The name of the source of each setting: the last provider that has a value.</summary>
    /// <param name="names">One for each provider.</param>
    private static Dictionary<string, string> Origins(IConfigurationRoot configuration, List<string> names)
    {
        var origins = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var key in SettingsTable.All.Select(setting => setting.Key))
        {
            foreach (var (provider, name) in configuration.Providers.Zip(names).Reverse())
            {
                if (provider.TryGet(ConfigurationPath.Combine(Section, key), out var value) && value is not null)
                {
                    if (value.Length > 0)
                    {
                        origins[key] = name;
                    }

                    break;
                }
            }
        }

        return origins;
    }

    /// <summary><c>Logging:Format</c> is the short form of the framework's name for the formatter.</summary>
    private static void UseFormat(IConfigurationSection logging, List<string> errors)
    {
        switch (logging["Format"])
        {
            case null or "":
                break;
            case "text":
                logging["Console:FormatterName"] = ConsoleFormatterNames.Simple;
                break;
            case "json":
                logging["Console:FormatterName"] = ConsoleFormatterNames.Json;
                break;
            case var other:
                errors.Add($"Logging:Format is '{other}'; it must be text or json.");
                break;
        }
    }

    /// <summary>Returns a sentence for each value of the section <c>Logging</c> that would make the framework throw later.</summary>
    public static IEnumerable<string> LoggingErrors(IConfiguration logging)
    {
        foreach (var (key, value) in logging.AsEnumerable(makePathsRelative: true))
        {
            if ($":{key}".Contains(":LogLevel:", StringComparison.OrdinalIgnoreCase) && value is { Length: > 0 }
                && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            {
                yield return $"Logging:{key} is '{value}'; it must be {string.Join(", ", Enum.GetNames<LogLevel>())}.";
            }
        }

        if (logging["Console:FormatterName"] is var formatter
            and not (ConsoleFormatterNames.Simple or ConsoleFormatterNames.Json or ConsoleFormatterNames.Systemd))
        {
            yield return $"Logging:Console:FormatterName is '{formatter}'; it must be simple, json or systemd.";
        }

        if (BindingError(logging) is { } error)
        {
            yield return error;
        }
    }

    private static string? BindingError(IConfiguration logging)
    {
        try
        {
            _ = logging.GetSection("Console").Get<ConsoleLoggerOptions>();
            _ = logging.GetSection("Console:FormatterOptions").Get<SimpleConsoleFormatterOptions>();
            _ = logging.GetSection("Console:FormatterOptions").Get<JsonConsoleFormatterOptions>();
            return null;
        }
        catch (InvalidOperationException unreadable)
        {
            return unreadable.Message;
        }
    }

    private static Dictionary<string, string?> OfEnvironment(IDictionary environment, List<string> errors)
    {
        var names = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry entry in environment)
        {
            var name = (string)entry.Key;
            if (Array.Exists(Sections, section => name.StartsWith($"{section}__", StringComparison.OrdinalIgnoreCase)))
            {
                var key = name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal);
                if (!names.TryAdd(key, name))
                {
                    errors.Add($"The environment has both {names[key]} and {name}, which are the same setting. Remove one of them.");
                }

                values[key] = (string?)entry.Value ?? "";
            }
        }

        return values;
    }
}

/// <param name="Origins">The source of each setting that has a value, by key.</param>
internal sealed record LoadedSettings(IConfiguration Configuration, IReadOnlyDictionary<string, string> Origins);

/// <summary><c>latchkey.settings.yaml</c> as a source of configuration, read by the parser of the configuration file.</summary>
internal sealed class YamlConfigurationSource(string directory, IReadOnlyList<string> sections, List<string> errors) : IConfigurationSource
{
    public const string FileName = "latchkey.settings.yaml";

    public IConfigurationProvider Build(IConfigurationBuilder builder) => new Provider(this);

    private Dictionary<string, string?> Read()
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
        {
            return values;
        }

        var found = new FileErrors(FileName);
        try
        {
            if (FileParser.Parse(
                FileParser.ReadBytes(path), found, $"it must be a mapping with the keys {string.Join(" and ", sections)}", mayBeEmpty: true)
                is { } root)
            {
                foreach (var member in root.Members)
                {
                    Read(member, sections, found, values);
                }
            }
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{FileName} cannot be read: {unreadable.Message}");
        }

        errors.AddRange(found.All);
        return values;
    }

    private static void Read(FileMember member, IReadOnlyList<string> sections, FileErrors found, Dictionary<string, string?> values)
    {
        if (!sections.Contains(member.Name, StringComparer.Ordinal))
        {
            found.Add(
                member.Line, FileParser.Join("", member.Name), $"is not a section of this file; it has {string.Join(" and ", sections)}");
        }
        else if (member.Value is FileNode.Mapping section)
        {
            Flatten(section, member.Name, found, values);
        }
        else if (member.Value is not FileNode.Scalar { Text: "", IsPlain: true })
        {
            found.Add(member.Line, member.Name, "must be a mapping");
        }
    }

    private static void Flatten(FileNode.Mapping mapping, string path, FileErrors found, Dictionary<string, string?> values)
    {
        foreach (var member in mapping.Members)
        {
            var key = ConfigurationPath.Combine(path, member.Name);
            switch (member.Value)
            {
                case FileNode.Mapping inner:
                    Flatten(inner, key, found, values);
                    break;

                case FileNode.Scalar scalar:
                    values[key] = scalar.Text;
                    break;

                case FileNode.List:
                    found.Add(member.Line, FileParser.Join("", key), "must be a single value");
                    break;
            }
        }
    }

    private sealed class Provider(YamlConfigurationSource source) : ConfigurationProvider
    {
        public override void Load() => Data = source.Read();
    }
}
