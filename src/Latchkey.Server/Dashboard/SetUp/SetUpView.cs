using Latchkey.Server.Connections;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Dashboard.TestLogins;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>One permission in the form of the set-up.</summary>
/// <param name="IsTicked">Whether it is offered when a client asks for none.</param>
internal sealed record PermissionRow(string Name, string Description, string Access, bool IsTicked)
{
    public static readonly PermissionRow Blank = new("", "", "read", IsTicked: false);
}

/// <summary>The data of the set-up: what exists, the step that is shown, and what its form contains.</summary>
internal sealed record SetUpView
{
    /// <summary>Null before the first step.</summary>
    public Resource? Resource { get; init; }
    public Connection? Connection { get; init; }
    public IntegrationBody? Values { get; init; }
    public required SetUpStep Step { get; init; }
    public required SetUpState State { get; init; }
    public required LogState Log { get; init; }
    public IReadOnlyDictionary<string, string> Errors { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What was typed, by the name of the field.</summary>
    public IReadOnlyDictionary<string, string> Typed { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
    public IReadOnlyList<PermissionRow> Permissions { get; init; } = [];

    /// <summary>How the MCP server answers without a token.</summary>
    public ServerAnswer? Answer { get; init; }

    /// <summary>The tab that is shown.</summary>
    public string? Tab { get; init; }

    /// <summary>The API client of the login page. Null before there is one.</summary>
    public string? LoginClientId { get; init; }

    /// <summary>The secret that this request made. It is shown once.</summary>
    public string? Secret { get; init; }
    public TestLoginView? Test { get; init; }

    /// <summary>Since when the page waits for a client.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>The newest sign-in of the server since then.</summary>
    public SignIn? Newest { get; init; }

    /// <summary>The newest connected sign-in of the server.</summary>
    public SignInSummary? Connected { get; init; }
    public required DateTimeOffset Now { get; init; }

    /// <summary>A minute without any sign-in.</summary>
    public bool IsSilent => Newest is null && Now - Since >= TimeSpan.FromMinutes(1);

    public string Name => Resource?.Name ?? "your MCP server";

    public string? TypedOr(string field, string? present) => Typed.GetValueOrDefault(field, present ?? "");

    public string PathOf(SetUpStep step) =>
        Resource is null ? SetUpPages.Start.Pattern : $"{SetUpPages.Connect.Path(Resource.Id.Value)}?step={step.Name()}";

    /// <summary>The address of the page that waits, with the time since which it does.</summary>
    public string WaitingPath =>
        $"{PathOf(Step)}{(Tab is null ? "" : $"&tab={Uri.EscapeDataString(Tab)}")}&since={Since.ToUnixTimeSeconds()}";
}
