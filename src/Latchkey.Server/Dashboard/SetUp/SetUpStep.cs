namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>A step of the guided set-up. The address of the page names it (<c>?step=</c>).</summary>
internal enum SetUpStep
{
    /// <summary>Name and address of the MCP server.</summary>
    Name,

    /// <summary>Its permissions.</summary>
    Permissions,

    /// <summary>The MCP server refuses requests without a token, and names this server.</summary>
    Guard,

    /// <summary>The login page gets a secret and reports who signed in.</summary>
    Join,

    /// <summary>The login page is tested.</summary>
    Test,

    /// <summary>The first client connects.</summary>
    Client,

    /// <summary>A client is connected.</summary>
    Done,
}

/// <summary>The names of the steps in the address of the page.</summary>
internal static class SetUpSteps
{
    public static string Name(this SetUpStep step) => step.ToString().ToLowerInvariant();

    public static SetUpStep? Parse(string? name) =>
        Array.Find(Enum.GetValues<SetUpStep>(), step => step.Name() == name) is var found && found.Name() == name ? found : null;
}

/// <summary>
/// Which steps are done and which one comes next. Computed from what exists each time, and never stored, so an operator can leave and come
/// back, and what was set up in another way counts too.
/// </summary>
internal sealed record SetUpState(bool HasScopes, bool HasLoginPage, bool IsTested, bool IsConnected)
{
    public SetUpStep Next => IsConnected ? SetUpStep.Done
        : IsTested ? SetUpStep.Client
        : HasLoginPage ? SetUpStep.Test
        : HasScopes ? SetUpStep.Guard
        : SetUpStep.Permissions;

    public bool IsDone(SetUpStep step) => step switch
    {
        SetUpStep.Name => true,
        SetUpStep.Permissions => HasScopes || HasLoginPage,
        SetUpStep.Guard => IsConnected,
        SetUpStep.Join => HasLoginPage,
        SetUpStep.Test => IsTested,
        SetUpStep.Client or SetUpStep.Done => IsConnected,
        _ => throw new ArgumentOutOfRangeException(nameof(step), step, message: null),
    };
}
