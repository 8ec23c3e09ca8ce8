namespace Latchkey.Server.SignIns;

/// <summary>The two facts that an operator compares to understand a cause, or why there are none.</summary>
internal abstract record Compared
{
    private Compared() { }

    /// <summary>The refusal records both facts of one of these pairs where it is decided.</summary>
    public sealed record Values(IReadOnlyList<FactPair> Pairs) : Compared;

    /// <summary>No two values differ.</summary>
    public sealed record Nothing(string Because) : Compared;

    public static readonly Nothing ByConfiguration = new("The configuration decides, not a value of the request.");
    public static readonly Nothing ByRateLimit = new("A rate limit decides, not a value of the request.");
    public static readonly Nothing Decided = new("A party of the sign-in ended it.");
    public static readonly Nothing InReason = new("The fact reason names the value and the rule that it breaks.");
    public static readonly Nothing MissingParameter = new("A parameter is missing.");
    public static readonly Nothing NothingSent = new("The next step was never made.");
    public static readonly Nothing NotInRequest = new("The request is not at fault.");
    public static readonly Nothing RepeatedParameter = new("The request contradicts itself; the facts have what was sent.");
    public static readonly Nothing Secrets = new("The values are secrets, which are never recorded.");
    public static readonly Nothing UnknownValue = new("This server has no value that the one that was sent stands for.");
    public static readonly Nothing Unreadable = new("The request cannot be read.");

    /// <summary>The values that were sent and expected under one name.</summary>
    public static Values Of(string name) => new([new(name)]);

    public static Values Of(string sent, string expected) => new([new(sent, expected)]);
}

/// <summary>The names of a fact that was sent or seen, and of the fact that it is compared with.</summary>
internal sealed record FactPair(string Sent, string Expected)
{
    public FactPair(string name)
        : this(name, name) { }
}
