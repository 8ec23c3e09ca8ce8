using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.ClientMetadata;

/// <summary>Error pages for clients with metadata documents. Without a valid document there is no redirect URI for errors.</summary>
internal static class ClientMetadataErrors
{
    private const string StartAgain =
        "Go back to the program you came from and connect again. If this happens again, send the reference below to its support.";

    public static readonly ErrorPage NotAccepted = new(
        AskCauses.DocumentsOff, 400, "client_documents_off", "This service does not accept this program",
        "The service you want to reach only accepts programs that its operator has added.",
        "Ask the operator of the service to add the program.",
        "The resource does not accept client ID metadata documents (enable_cimd). Register at the registration_endpoint of its metadata, "
        + "or ask the operator for a client.");

    public static readonly ErrorPage Blocked = new(
        AskCauses.ClientBlocked, 400, "client_blocked", "This program is blocked", "The operator of the service has blocked this program.",
        "If you need this program, ask the operator of the service.");

    public static readonly ErrorPage Busy = new(
        AskCauses.DocumentFetchesBusy,
        429, "too_many_clients", "Please try again", "The server is checking too many new programs at the moment.",
        "Wait a few seconds and reload this page.",
        "Too many client ID metadata documents are being fetched from this host, from this address or in total.")
    {
        RetryAfterSeconds = (int)DocumentFetcher.MaxDuration.TotalSeconds,
    };

    public static ErrorPage TooManyFetches(RateLimitExceeded exceeded) => new(
        AskCauses.TooManyDocumentFetches,
        429, "too_many_clients", "Please try again",
        exceeded.IsOfServer ? "Many new programs were used at this service in a short time."
            : "Many new programs were used from your network in a short time.",
        $"Wait {exceeded.RetryAfterSeconds} s and reload this page.",
        exceeded.IsOfServer
            ? "The server has reached its ceiling of stored data (settings RateLimits:StoredMegabytesInTotal and "
                + "RateLimits:StoredRowsInTotal)."
            : "This network exceeded the rate limit of document and key set fetches (setting RateLimits:DocumentFetchesPerMinute).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };

    public static ErrorPage HostNotAccepted(string host) => new(
        AskCauses.DocumentHostNotAccepted, 400, "client_host_not_accepted", "This service does not accept this program",
        $"The service you want to reach does not accept programs of {host}.", "Ask the operator of the service to accept the program.",
        "The resource's cimd_allowed_hosts or cimd_denied_hosts decide from which hosts client documents are accepted.")
    {
        Facts = [Fact.Seen(FactNames.Host, host)],
    };

    /// <summary>
    /// One text for every outbound failure: which names resolve, which ports answer and with what status is for the operator only (a fact
    /// of the refusal).
    /// </summary>
    public static readonly ErrorPage Unavailable = new(
        AskCauses.DocumentUnavailable, 400, "client_document_unavailable", "This program could not be verified",
        "The description that the program publishes on the internet could not be read.", StartAgain,
        "The client ID metadata document could not be fetched. Its host must be public, "
        + $"and the URL must answer on port {HostMap.HttpsPort} within {Texts.Limit(DocumentFetcher.MaxDuration)} "
        + $"with status 200, a JSON content type and at most {DocumentFetcher.MaxBytes / 1024} KiB, without a redirect. "
        + "The operator of this server can see the reason.");

    /// <summary>The same, naming the URL, and the cause where it is this server's own network, which tells a caller nothing else.</summary>
    public static ErrorPage UnavailableAt(string url, bool isClosed) => Unavailable with
    {
        Explanation = isClosed
            ? $"The description that the program publishes at {url} could not be read. This server cannot reach the internet."
            : $"The description that the program publishes at {url} could not be read.",
        ForDevelopers = isClosed
            ? "This server cannot reach the internet and does not advertise client ID metadata documents. Register at the "
                + "registration_endpoint. The operator can set Cimd:Proxy or Cimd:HostMap."
            : Unavailable.ForDevelopers,
    };

    /// <summary>Shown like every other outbound failure.</summary>
    public static readonly ErrorPage NotPublic = Unavailable with { Cause = AskCauses.DocumentAddressNotPublic };

    public static ErrorPage Invalid(string why) => new(
        AskCauses.DocumentInvalid, 400, "client_document_invalid", "This program could not be verified",
        "The description that the program publishes on the internet is invalid.", StartAgain, why)
    {
        Facts = [Fact.Seen(FactNames.Reason, why)],
    };
}
