using Latchkey.Server.Connections;

namespace Latchkey.Server.Management.Connections;

/// <summary>Reads the body of a create or change of a connection; each wrong member is named.</summary>
internal static class ConnectionReader
{
    /// <summary>The members of a connection; null: not said, or wrong.</summary>
    public static (string? LoginUrl, CallbackVerification? Verification, bool? IsEnabled) Read(JsonBody body)
    {
        var loginUrl = body.Text("login_url", Connection.MaxUrlLength);
        if (loginUrl is not null && Connection.WhyNotLoginUrl(loginUrl) is { } what)
        {
            body.Wrong("login_url", what);
        }

        CallbackVerification? verification = null;
        switch (body.Text("callback_verification", 32))
        {
            case null:
                verification = body.Has("callback_verification") ? CallbackVerification.Required : null;
                break;
            case "required":
                verification = CallbackVerification.Required;
                break;
            case "state_only":
                verification = CallbackVerification.DangerousStateOnly;
                break;
            default:
                body.Wrong("callback_verification", "must be required or state_only");
                break;
        }

        return (loginUrl, verification, body.Has("enabled") ? body.YesNo("enabled") ?? true : null);
    }
}
