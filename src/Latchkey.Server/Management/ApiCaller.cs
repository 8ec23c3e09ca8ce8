using System.Net;
using System.Security.Claims;
using Latchkey.Server.ApiClients;

namespace Latchkey.Server.Management;

/// <summary>The API client behind a request, as it is configured now: its token proves only its id.</summary>
/// <param name="Address">The address of the caller, after trusted proxies.</param>
internal sealed record ApiCaller(ApiClient Client, IPAddress Address)
{
    public Actor Actor => new Actor.Backend(Client.Id);

    public bool IsAtAllowedAddress => Client.AllowsAddress(Address);

    public static ApiCaller? Of(HttpContext http) => Of(http.User);

    public static ApiCaller? Of(ClaimsPrincipal user) => (user.Identity as Identity)?.Caller;

    /// <summary>Binds the parameter of a handler.</summary>
    public static ValueTask<ApiCaller?> BindAsync(HttpContext context) => ValueTask.FromResult(Of(context));

    public ClaimsPrincipal Principal(string scheme) => new(new Identity(this, scheme));

    private sealed class Identity(ApiCaller caller, string scheme)
        : ClaimsIdentity([new(ClaimTypes.NameIdentifier, caller.Client.Id.Value), new(ClaimTypes.Role, caller.Client.Role.Name())], scheme)
    {
        public ApiCaller Caller => caller;
    }
}
