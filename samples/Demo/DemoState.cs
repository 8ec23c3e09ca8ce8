using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Demo;

/// <summary>What a second start must know again. Kept in <c>demo.json</c>, readable by its owner only, because it holds secrets.</summary>
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

    public DemoState WithKeyEncryptionKey() => KeyEncryptionKey is null ? this with { KeyEncryptionKey = Convert.ToBase64String(NewBytes(32)) } : this;

    public static bool Exists(string directory) => File.Exists(Path.Combine(directory, FileName));

    /// <summary>The state of an earlier run, or null: there was none.</summary>
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
            throw new DemoStopped($"{file} cannot be read. Start with --fresh to forget the earlier run.");
        }
    }

    /// <summary>Written whole or not at all.</summary>
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

#pragma warning disable RS0030 // The ban's reason is the server's one file for randomness; this program is not the server and has this one place.
    private static string NewText(int length) => RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", length);

    private static byte[] NewBytes(int count) => RandomNumberGenerator.GetBytes(count);
#pragma warning restore RS0030
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DemoState))]
internal sealed partial class DemoJson : JsonSerializerContext;
