using System.Text.RegularExpressions;

namespace Conventions.Tests;

public sealed partial class Published_files
{
    [Fact]
    public void No_file_contains_a_path_of_one_machine() => Violations.None(FilesWith(MachinePath()), "a file with a path of one machine");

    [Fact]
    public void No_file_names_a_package_registry() => Violations.None(FilesWith(Registry()), "a file that names a package registry");

    [Fact]
    public void No_file_contains_a_secret() => Violations.None(FilesWith(SecretMaterial()), "a file with text that looks like a secret");

    [Fact]
    public void Lock_files_have_hashes_and_no_URLs() =>
        Violations.None(
            Repository.Files.Where(file =>
                file.Name is "packages.lock.json" or "package-lock.json" or "yarn.lock" or "pnpm-lock.yaml" && file.Matches(Address()))
                .Select(file => file.Path),
            "a lock file with a URL");

    // The samples are concatenated so that this file does not match its own patterns.
    [Fact]
    public void The_patterns_match_their_samples()
    {
        Assert.Matches(MachinePath(), $"see {"/home"}/ada/notes.txt");
        Assert.Matches(MachinePath(), $"see {"C:"}\\Users\\ada");
        Assert.DoesNotMatch(MachinePath(), "https://acme.example/home/ada");
        Assert.Matches(Registry(), $"https://api.{"nuget"}.org/v3/index.json");
        Assert.Matches(SecretMaterial(), $"-----BEGIN {"EC"} PRIVATE KEY-----");
        Assert.Matches(SecretMaterial(), $"{"AKIA"}ABCDEFGHIJKLMNOP");
        Assert.Matches(Address(), """  "resolved": "https://packages.example/a-1.0.0.tgz",""");
        Assert.Matches(Address(), "  resolved \"https://packages.example/a-1.0.0.tgz#0a1b\"");
        Assert.DoesNotMatch(Address(), """  "resolved": "10.0.3",""");
        Assert.DoesNotMatch(Address(), """  "url": "https://example.com/sponsors/ada",""");
    }

    private static IEnumerable<string> FilesWith(Regex pattern) =>
        from file in Repository.Files
        where file.IsText
        from line in file.Lines.Index()
        where pattern.IsMatch(line.Item)
        select $"{file.Path}:{line.Index + 1}";

    // Not within a URL, where the same text is a path on a web server.
    [GeneratedRegex(@"(?<![\w.:/-])/(?:work|home|root|Users)/|\bC:\\", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex MachinePath();

    [GeneratedRegex(
        @"nuget\.org|npmjs\.(?:org|com)|yarnpkg\.com|pypi\.org|pythonhosted\.org|crates\.io"
        + @"|proxy\.golang\.org|rubygems\.org|repo1?\.maven|pkgs\.dev\.azure",
        RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Registry();

    [GeneratedRegex(
        @"-{5}BEGIN [A-Z ]*PRIVATE KEY-{5}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}"
        + @"|\bgithub_pat_\w{22}|\bxox[abpr]-\w{10}|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex SecretMaterial();

    [GeneratedRegex(@"\b(?:resolved|tarball)""?:?\s*""?[^""\s]*://", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Address();
}
