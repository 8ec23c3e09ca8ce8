using Latchkey.Server.Languages;
using Latchkey.Server.Network;
using Latchkey.Server.Pages;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.ClientMetadata;

/// <summary>Error pages for clients with metadata documents. Without a valid document there is no redirect URI for errors.</summary>
internal static class ClientMetadataErrors
{
    public static readonly ErrorPage NotAccepted = new(
        AskCauses.DocumentsOff, 400, "client_documents_off", texts => texts.ClientNotAdded,
        "The resource does not accept client ID metadata documents (enable_cimd). Register at the registration_endpoint of its metadata, "
        + "or ask the operator for a client.");

    public static readonly ErrorPage Blocked = new(AskCauses.ClientBlocked, 400, "client_blocked", texts => texts.ClientBlocked);

    public static readonly ErrorPage Busy = new(
        AskCauses.DocumentFetchesBusy, 429, "too_many_clients", texts => texts.TooManyFetchesAtOnce,
        "Too many client ID metadata documents are being fetched from this host, from this address or in total.")
    {
        RetryAfterSeconds = (int)DocumentFetcher.MaxDuration.TotalSeconds,
    };

    public static ErrorPage TooManyFetches(RateLimitExceeded exceeded) => new(
        AskCauses.TooManyDocumentFetches, 429, "too_many_clients",
        texts => exceeded.IsOfServer
            ? texts.TooManyFetchesOfServer(exceeded.RetryAfterSeconds)
            : texts.TooManyFetches(exceeded.RetryAfterSeconds),
        exceeded.IsOfServer
            ? "The server has reached its ceiling of stored data (settings RateLimits:StoredMegabytesInTotal and "
                + "RateLimits:StoredRowsInTotal)."
            : "This network exceeded the rate limit of document and key set fetches (setting RateLimits:DocumentFetchesPerMinute).")
    {
        RetryAfterSeconds = exceeded.RetryAfterSeconds,
        Exceeded = exceeded,
    };

    public static ErrorPage HostNotAccepted(string host) => new(
        AskCauses.DocumentHostNotAccepted, 400, "client_host_not_accepted", texts => texts.DocumentHostNotAccepted(Slot.LeftToRight(host)),
        "The resource's cimd_allowed_hosts or cimd_denied_hosts decide from which hosts client documents are accepted.")
    {
        Facts = [Fact.Seen(FactNames.Host, host)],
    };

    /// <summary>
    /// One text for every outbound failure: which names resolve, which ports answer and with what status is for the operator only (a fact
    /// of the refusal).
    /// </summary>
    public static readonly ErrorPage Unavailable = new(
        AskCauses.DocumentUnavailable, 400, "client_document_unavailable", texts => texts.DocumentUnavailable,
        "The client ID metadata document could not be fetched. Its host must be public, "
        + $"and the URL must answer on port {HostMap.HttpsPort} within {TimeAmount.Exact(DocumentFetcher.MaxDuration).InEnglish()} "
        + $"with status 200, a JSON content type and at most {DocumentFetcher.MaxBytes / 1024} KiB, without a redirect. "
        + "The operator of this server can see the reason.");

    /// <summary>The same, naming the URL, and the cause where it is this server's own network, which tells a caller nothing else.</summary>
    public static ErrorPage UnavailableAt(string url, bool isClosed) => Unavailable with
    {
        Text = texts => isClosed ? texts.DocumentUnreachable(Slot.LeftToRight(url)) : texts.DocumentUnavailableAt(Slot.LeftToRight(url)),
        ForDevelopers = isClosed
            ? "This server cannot reach the internet and does not advertise client ID metadata documents. Register at the "
                + "registration_endpoint. The operator can set Cimd:Proxy or Cimd:HostMap."
            : Unavailable.ForDevelopers,
    };

    /// <summary>Shown like every other outbound failure.</summary>
    public static readonly ErrorPage NotPublic = Unavailable with { Cause = AskCauses.DocumentAddressNotPublic };

    public static ErrorPage Invalid(string why) => new(
        AskCauses.DocumentInvalid, 400, "client_document_invalid", texts => texts.DocumentInvalid, why)
    {
        Facts = [Fact.Seen(FactNames.Reason, why)],
    };
}
