using Latchkey.Server.Network;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.Find;

/// <summary>What a text in the find box is, by its form alone.</summary>
internal abstract record FindForm
{
    private const int MaxLength = 2_000;

    private FindForm() { }

    /// <summary>The reference on an error page, or in an <c>error_description</c>, with look-alikes corrected.</summary>
    internal sealed record Reference(string Value) : FindForm;

    /// <summary>The id of an authorization or of a login request: both lead to a sign-in.</summary>
    internal sealed record SignInId(string Value) : FindForm;

    internal sealed record Grant(GrantId Id) : FindForm;

    internal sealed record Server(ResourceId Id) : FindForm;

    internal sealed record LoginPage(ConnectionId Id) : FindForm;

    /// <summary>A client id that was issued here.</summary>
    internal sealed record Client(ClientId Id) : FindForm;

    internal sealed record Machine(ApiClientId Id) : FindForm;

    /// <summary>A URL: of a client's document, of an MCP server, or of a login page.</summary>
    internal sealed record Url(string Value) : FindForm;

    internal sealed record Email(string Value) : FindForm;

    /// <summary>The network of an IP address.</summary>
    internal sealed record Address(string Network) : FindForm;

    /// <summary>The id of a person, or a name.</summary>
    internal sealed record Words(string Value) : FindForm;

    /// <summary>Returns null when nothing can be called like that.</summary>
    public static FindForm? Of(string? sent)
    {
        var text = sent?.Trim() ?? "";
        if (text.Length is 0 or > MaxLength || text.Any(char.IsControl))
        {
            return null;
        }

        // A pasted proof is ignored: the id is the part before the dot.
        var id = text.Split('.')[0];
        return AuthorizationId.Parse(id) is { } authorization ? new SignInId(authorization.Value)
            : LoginRequestId.Parse(id) is { } loginRequest ? new SignInId(loginRequest.Value)
            : GrantId.Parse(text) is { } grant ? new Grant(grant)
            : ResourceId.Parse(text) is { } resource ? new Server(resource)
            : ConnectionId.Parse(text) is { } connection ? new LoginPage(connection)
            : ApiClientId.Parse(text) is { } machine ? new Machine(machine)
            : text.Contains("://", StringComparison.Ordinal) ? new Url(text)
            : ClientId.Parse(text) is { } client ? new Client(client)
            : ClientAddress.Read(text.Split('/')[0]) is { } address ? new Address(SiteNetwork.Of(address))
            : IsEmail(text) ? new Email(text)
            : SignInReference.Parse(text) is { } reference ? new Reference(reference)
            : new Words(text);
    }

    private static bool IsEmail(string text) =>
        text.Split('@') is [{ Length: > 0 }, { Length: > 0 } host] && host.Contains('.', StringComparison.Ordinal)
        && !text.Any(char.IsWhiteSpace);
}
