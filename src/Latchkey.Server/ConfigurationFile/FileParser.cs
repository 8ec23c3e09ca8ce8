using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// Reads the YAML of a configuration or settings file: one document with a mapping at the top. Aliases and tags are refused, because they
/// hide the value and nested aliases can make a small file huge. Duplicate keys are refused, because only one would count.
/// </summary>
internal sealed class FileParser(Parser events, FileErrors errors, string rootError, bool mayBeEmpty)
{
    public const int MaxLength = 1024 * 1024;
    private const int MaxDepth = 16;

    private const string KeysOfTheConfiguration = "it must be a mapping with the keys resources, api_clients and webhooks";

    /// <summary>Reads a file, up to one byte more than the maximum length.</summary>
    public static byte[] ReadBytes(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        var bytes = new byte[MaxLength + 1];
        return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
    }

    /// <param name="rootError">The error when the document is not a mapping.</param>
    /// <param name="mayBeEmpty">A file without a document is not an error.</param>
    /// <returns>Null when there are errors, which are added to <paramref name="errors"/>, or when the file is empty and may be.</returns>
    public static FileNode.Mapping? Parse(
        ReadOnlySpan<byte> utf8, FileErrors errors, string rootError = KeysOfTheConfiguration, bool mayBeEmpty = false)
    {
        if (utf8.Length > MaxLength)
        {
            errors.Add(0, "", $"it may have at most {MaxLength / 1024} KiB");
            return null;
        }

        if (!System.Text.Unicode.Utf8.IsValid(utf8))
        {
            errors.Add(0, "", "it is not UTF-8");
            return null;
        }

        try
        {
            // YAML allows a byte order mark (§5.2), but the library treats it as a character.
            using var text = new StringReader(
                Encoding.UTF8.GetString(utf8.StartsWith(Encoding.UTF8.Preamble) ? utf8[Encoding.UTF8.Preamble.Length..] : utf8));
            var root = new FileParser(new Parser(text), errors, rootError, mayBeEmpty).Document();
            return errors.Any ? null : root;
        }
        catch (YamlException broken)
        {
            errors.Add(Line(broken.Start), "", $"it is not YAML: {OAuthError.Printable(broken.Message).TrimEnd('.')}");
            return null;
        }
        catch (Exception broken) when (broken is InvalidOperationException or InvalidCastException or ArgumentException or FormatException)
        {
            // The library throws various exceptions for text that is not YAML.
            errors.Add(0, "", $"it is not YAML: {OAuthError.Printable(broken.Message).TrimEnd('.')}");
            return null;
        }
    }

    private FileNode.Mapping? Document()
    {
        if (Next() is not StreamStart || Next() is not DocumentStart)
        {
            if (!mayBeEmpty)
            {
                errors.Add(0, "", "it is empty");
            }

            return null;
        }

        var start = Next();
        var root = Node(start, "", depth: 0);
        if (root is not FileNode.Mapping)
        {
            errors.Add(Line(start.Start), "", rootError);
        }

        // The end of the document, then the end of the file.
        _ = Next();
        if (Next() is DocumentStart second)
        {
            errors.Add(Line(second.Start), "", "it must be one document; a second one begins here");
        }

        return root as FileNode.Mapping;
    }

    private FileNode Node(ParsingEvent at, string key, int depth)
    {
        var line = Line(at.Start);
        if (at is NodeEvent { Tag.IsEmpty: false } tagged && !tagged.Tag.IsNonSpecific)
        {
            errors.Add(line, key, "must not have a tag");
        }

        switch (at)
        {
            case YamlDotNet.Core.Events.Scalar scalar:
                return new FileNode.Scalar(scalar.Value, scalar.Style == ScalarStyle.Plain) { Line = line };

            case SequenceStart or MappingStart when depth == MaxDepth:
                throw new YamlException(at.Start, at.End, $"more than {MaxDepth} levels");

            case SequenceStart:
                var entries = new List<FileNode>();
                while (Next() is var entry and not SequenceEnd)
                {
                    entries.Add(Node(entry, string.Create(CultureInfo.InvariantCulture, $"{key}[{entries.Count}]"), depth + 1));
                }

                return new FileNode.List(entries) { Line = line };

            case MappingStart:
                return Mapping(key, line, depth);

            case AnchorAlias:
                errors.Add(line, key, "must not be an alias; write the value itself");
                return new FileNode.Scalar("", IsPlain: true) { Line = line };

            default:
                throw new YamlException(at.Start, at.End, $"unexpected {at.GetType().Name}");
        }
    }

    private FileNode.Mapping Mapping(string key, int line, int depth)
    {
        var members = new List<FileMember>();
        while (Next() is var at and not MappingEnd)
        {
            // An invalid key is skipped with its value, so that the errors in the rest of the file are found.
            var name = at is YamlDotNet.Core.Events.Scalar scalar ? scalar.Value : null;
            if (name is null)
            {
                _ = Node(at, key, depth + 1);
                errors.Add(Line(at.Start), key, "has a key that is not a string");
            }
            else if (members.Find(m => m.Name == name) is { } first)
            {
                errors.Add(
                    Line(at.Start),
                    Join(key, name),
                    string.Create(CultureInfo.InvariantCulture, $"occurs twice; the first is in line {first.Line}"));
            }

            var value = Node(Next(), Join(key, name ?? "?"), depth + 1);
            if (name is not null)
            {
                members.Add(new(name, Line(at.Start), value));
            }
        }

        return new(members) { Line = line };
    }

    /// <summary>Returns the next event that is not a comment.</summary>
    private ParsingEvent Next()
    {
        do
        {
            if (!events.MoveNext())
            {
                return new StreamEnd();
            }
        }
        while (events.Current is Comment);

        return events.Current!;
    }

    public static string Join(string key, string name) =>
        key.Length > 0 ? $"{key}.{OAuthError.Printable(name)}" : OAuthError.Printable(name);

    private static int Line(in Mark mark) => (int)mark.Line;
}
