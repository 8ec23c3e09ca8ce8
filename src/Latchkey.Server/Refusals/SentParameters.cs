using System.Globalization;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Refusals;

/// <summary>The parameters of a request as facts. Never a code, token, verifier or secret; of <c>state</c> the length.</summary>
internal static class SentParameters
{
    public const string Missing = "(missing)";

    private static readonly string[] Names =
    [
        FactNames.ClientId, FactNames.RedirectUri, FactNames.Resource, FactNames.Scope, FactNames.ResponseType, FactNames.ResponseMode,
        FactNames.CodeChallengeMethod, FactNames.GrantType,
    ];

    /// <param name="expected">Facts of the same name come first, so that the log shows them beside each other.</param>
    public static IReadOnlyList<Fact> Of(RequestParameters? request, IReadOnlyList<Fact> expected)
    {
        if (request is null)
        {
            return expected;
        }

        var sent = Names.Where(name => !expected.Any(fact => fact.Kind == FactKind.Sent && fact.Name == name))
            .SelectMany(name => request.All(name).Select(value => Fact.Sent(name, value)));
        var state = request[FactNames.State] is { } text
            && !expected.Any(fact => fact is { Kind: FactKind.Sent, Name: FactNames.State })
            ? [Fact.Sent(FactNames.State, Length(text))]
            : Array.Empty<Fact>();
        return [.. sent, .. expected, .. state];
    }

    /// <summary>Stands in the place of a value that must not be recorded.</summary>
    public static string Length(string value) => string.Create(CultureInfo.InvariantCulture, $"{value.Length} characters");
}
