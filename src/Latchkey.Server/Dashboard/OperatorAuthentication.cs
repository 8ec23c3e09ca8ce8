using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard;

/// <summary>Begins, reads and ends the session of a browser.</summary>
internal sealed class OperatorAuthentication(
    OperatorSessionStore sessions, OperatorCookie cookie, ClientAddress address, RateLimits limits, Settings settings, TimeProvider clock)
{
    private const int MaxAgentLength = 200;

    /// <summary>Reads the session of a request. Its row is written at most once per minute.</summary>
    public async Task<DashboardRequest> ReadAsync(HttpContext http)
    {
        var now = clock.GetUtcNow();
        if (cookie.Read(http.Request) is not { } token
            || await sessions.FindAsync(token, http.RequestAborted) is not { } session || !session.IsLive(now))
        {
            return new(http, settings, now, session: null, token: null);
        }

        limits.GiveBackRequest(http);
        if (now - session.SeenAt >= OperatorSessionStore.SeenInterval)
        {
            await sessions.SeenAsync(session.Id, now, http.RequestAborted);
        }

        return new(http, settings, now, session, token);
    }

    /// <summary>Begins a session with a new secret, and ends the former one of this browser.</summary>
    /// <param name="by">How the operator signed in.</param>
    /// <returns>Null when the operator was removed meanwhile.</returns>
    public async Task<OperatorSession?> BeginAsync(DashboardRequest request, Operator known, string by)
    {
        var http = request.Http;
        var token = Secret.New(Secret.OperatorSessionPrefix);
        var agent = http.Request.Headers.UserAgent.ToString();
        var session = new OperatorSession
        {
            Id = OperatorSessionId.New(),
            Operator = known,
            CreatedAt = request.Now,
            SeenAt = request.Now,
            ConfirmedAt = request.Now,
            Network = SiteNetwork.Of(address.Of(http)),
            Agent = agent.Length > MaxAgentLength ? agent[..MaxAgentLength] : agent,
        };
        if (!await sessions.BeginAsync(session, token, by, http.RequestAborted))
        {
            return null;
        }

        if (request.Session is { } former)
        {
            await sessions.EndAsync(former.Id, former.Operator.Id, former.Operator.Actor, http.RequestAborted);
        }

        cookie.Set(http.Response, token);
        return session;
    }

    /// <summary>Ends the session of this browser.</summary>
    public async Task EndAsync(DashboardRequest request)
    {
        await sessions.EndAsync(request.Session!.Id, request.Operator.Id, request.Operator.Actor, request.Http.RequestAborted);
        cookie.Delete(request.Http.Response);
    }
}
