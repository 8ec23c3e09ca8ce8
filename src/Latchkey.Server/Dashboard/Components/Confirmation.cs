namespace Latchkey.Server.Dashboard.Components;

/// <summary>The data of <c>ConfirmPage</c>.</summary>
internal sealed record Confirmation
{
    public required string Title { get; init; }

    /// <summary>The name of the page above.</summary>
    public required string Parent { get; init; }
    public required string CancelPath { get; init; }

    /// <summary>What ends, in numbers: one sentence each.</summary>
    public required IReadOnlyList<string> Ends { get; init; }
    public string? Stays { get; init; }

    /// <summary>The form post that does it.</summary>
    public required DashboardRoute Route { get; init; }

    /// <summary>The value of the parameter of the route.</summary>
    public string? Id { get; init; }

    /// <summary>The values of the parameters of a route with several.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>The words of the button: a verb and the name.</summary>
    public required string Verb { get; init; }

    /// <summary>Must be typed when people lose access.</summary>
    public string? TypedName { get; init; }
    public bool AsksReason { get; init; }

    /// <summary>The code of the error, for programs.</summary>
    public string? Code { get; init; }
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
