namespace Latchkey.Server.Account;

/// <summary>The paths of the pages.</summary>
internal static class AccountPaths
{
    public const string List = "/account";
    public const string SignIn = List + "/sign-in";
    public const string Arrival = SignIn + "/{id}";
    public const string Program = List + "/programs/{grant}";
    public const string Change = Program + "/change";
    public const string Disconnect = Program + "/disconnect";
    public const string Report = Program + "/report";
    public const string DisconnectAll = List + "/disconnect-all";
    public const string AskAgain = List + "/remembered/{consent}";
    public const string SignOut = List + "/sign-out";

    /// <summary>Fills the one parameter of a path.</summary>
    public static string Of(string path, string value)
    {
        var (open, close) = (path.IndexOf('{', StringComparison.Ordinal), path.IndexOf('}', StringComparison.Ordinal));
        return $"{path[..open]}{value}{path[(close + 1)..]}";
    }
}
