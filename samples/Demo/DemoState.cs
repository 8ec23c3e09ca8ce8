using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Demo;

/// <summary>The state that is kept between runs in <c>demo.json</c>. The file holds secrets, so it is readable by its owner only.</summary>
internal sealed record DemoState
{
    private const string FileName = "demo.json";

    public required string ApiClientId { get; init; }

    public required string ApiClientSecret { get; init; }

    public string? KeyEncryptionKey { get; init; }

    public string? LoginConnectionId { get; init; }

    public string? LoginClientId { get; init; }

    public string? LoginClientSecret { get; init; }

    public static DemoState New() => new() { ApiClientId = "skc_demo" + NewText(18), ApiClientSecret = "lks_" + NewText(43) };

    public DemoState WithKeyEncryptionKey() =>
        KeyEncryptionKey is null ? this with { KeyEncryptionKey = Convert.ToBase64String(NewBytes(32)) } : this;

    public static bool Exists(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>Loads the state of an earlier run. Returns null if there was none.</summary>
    public static DemoState? Load(string directory)
    {
        var file = Path.Combine(directory, FileName);
        if (!File.Exists(file))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(file), DemoJson.Default.DemoState);
        }
        catch (JsonException)
        {
            throw new DemoException($"{file} cannot be read. Start with --fresh to delete the state of the earlier run.");
        }
    }

    /// <summary>Writes the file atomically: a new file replaces the old one.</summary>
    public void Save(string directory)
    {
        var file = Path.Combine(directory, FileName);
        var next = file + ".next";
        File.Delete(next);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(next, options))
        {
            JsonSerializer.Serialize(stream, this, DemoJson.Default.DemoState);
        }

        File.Move(next, file, overwrite: true);
    }

#pragma warning disable RS0030 // The ban keeps the server's randomness in one file. This program is not the server.
    private static string NewText(int length) =>
        RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", length);

    private static byte[] NewBytes(int count) => RandomNumberGenerator.GetBytes(count);
#pragma warning restore RS0030
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DemoState))]
internal sealed partial class DemoJson : JsonSerializerContext;
