using Latchkey.Server.Cli;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Tests.Cli;

/// <summary>The file of <c>--env</c>: lines of the operator stay, and nothing is overwritten silently.</summary>
public sealed class Environment_files : IDisposable
{
    private const string Uri = "https://mcp.example/mcp?a='b'&c=$d";
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkenv");

    public void Dispose() => folder.Delete(recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("PORT=3000\n")]
    [InlineData("PORT=3000\r\nNAME='no line break at the end'")]
    [InlineData("# LATCHKEY_URL=a comment\nMY_LATCHKEY_URL=x\nLATCHKEY_URL_2=y\n")]
    public void Lines_around_the_section_stay_byte_for_byte(string lines)
    {
        File.WriteAllText(Name(".env"), lines);
        Write("secret-1");
        var first = File.ReadAllText(Name(".env"));
        Assert.StartsWith(lines, first, StringComparison.Ordinal);
        Assert.EndsWith("# latchkey end\n", first, StringComparison.Ordinal);

        File.AppendAllText(Name(".env"), "AFTER=1");
        Write("secret-2");
        Assert.Equal(first.Replace("secret-1", "secret-2", StringComparison.Ordinal) + "AFTER=1", File.ReadAllText(Name(".env")));
        Assert.Equal([".env"], Directory.GetFiles(folder.FullName).Select(Path.GetFileName));
    }

    [Fact]
    public void A_secret_stays_for_the_same_API_client_alone()
    {
        Write("secret-1");
        Write(secret: null);
        Assert.Contains("LATCHKEY_CLIENT_SECRET=secret-1\n", File.ReadAllText(Name(".env")), StringComparison.Ordinal);

        Write(secret: null, client: "skc_other");
        Assert.DoesNotContain("secret-1", File.ReadAllText(Name(".env")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_stays_and_its_target_is_written_with_mode_0600()
    {
        File.WriteAllText(Name("target"), "A=1\n");
        File.CreateSymbolicLink(Name(".env"), "target");
        Write("secret-1");

        Assert.NotNull(new FileInfo(Name(".env")).LinkTarget);
        Assert.Contains("secret-1", File.ReadAllText(Name("target")), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(Name("target")).UnixFileMode);
    }

    [Theory]
    [InlineData("LATCHKEY_URL=x\n", "already has LATCHKEY_URL (line 1)")]
    [InlineData("A=1\nexport LATCHKEY_CLIENT_SECRET = x\nLATCHKEY_ISSUER=y", "LATCHKEY_CLIENT_SECRET (line 2), LATCHKEY_ISSUER (line 3)")]
    [InlineData("# latchkey begin https://mcp.example\nA=1\n", "has no line '# latchkey end'")]
    [InlineData("# latchkey begin a\n# latchkey end\n# latchkey begin b\n# latchkey end\n", "line 3: a second section")]
    public void A_file_whose_lines_would_be_overwritten_is_refused_and_unchanged(string lines, string error)
    {
        File.WriteAllText(Name(".env"), lines);

        var refused = Assert.Throws<UnusableSetting>(() => EnvFile.Open(Name(".env")));
        Assert.Contains(error, refused.Message, StringComparison.Ordinal);
        Assert.Equal(lines, File.ReadAllText(Name(".env")));
        Assert.Equal([".env"], Directory.GetFiles(folder.FullName).Select(Path.GetFileName));
    }

    [Fact]
    public void A_section_of_another_MCP_server_is_refused()
    {
        Write("secret-1");
        using var file = EnvFile.Open(Name(".env"));
        file.AssertIsFor(Uri);

        Assert.Throws<UnusableSetting>(() => file.AssertIsFor("https://other.example/mcp"));
    }

    /// <summary>Reads the file with a shell, as <c>set -a; . ./.env</c> does.</summary>
    [Fact]
    public async Task A_shell_reads_the_values_as_they_are()
    {
        Write("secret-1");
        using var shell = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "sh", ["-c", ". ./.env; printf '%s\\n' \"$LATCHKEY_AUDIENCE\" \"$LATCHKEY_REPORT_URL\""])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;

        Assert.Equal(
            $"{Uri}\nhttps://auth.example/{{{{login_request_id}}}}/user\n",
            await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
    }

    private void Write(string? secret, string client = "skc_login")
    {
        using var file = EnvFile.Open(Name(".env"));
        file.Write(IntegrationVariables.Of(
            new IntegrationBody
            {
                BaseUrl = "https://auth.example",
                ResourceId = "res_1",
                ResourceUri = Uri,
                Issuer = "https://auth.example/resources/res_1",
                Audience = Uri,
                ProtectedMetadataUri = "https://auth.example/.well-known/oauth-protected-resource/res_1",
                JwksUri = "https://auth.example/keys",
                ConnectionId = "conn_1",
                LoginUrl = "https://app.example/login",
                UserPostUrl = "https://auth.example/{{login_request_id}}/user",
                RedirectUrl = "https://auth.example/callback",
                LoginClientIds = [client],
            },
            client,
            secret));
    }

    private string Name(string name) => Path.Combine(folder.FullName, name);
}
