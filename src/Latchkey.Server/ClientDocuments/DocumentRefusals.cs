using Latchkey.Server.Limits;
using Latchkey.Server.Pages;

namespace Latchkey.Server.ClientDocuments;

/// <summary>Refusals of clients that describe themselves: always a page, for nobody knows yet where an answer might go.</summary>
internal static class DocumentRefusals
{
    private const string StartAgain = "Go back to the program you came from and connect again. If it happens again, tell whoever runs it the reference below.";

    public static readonly PageRefusal NotAccepted = new(
        400, "client_documents_off", "This service does not accept unknown programs", "The service you want to reach accepts only programs its operator has set up.", "Ask the operator of the service to add the program.",
        "The resource does not accept client ID metadata documents (enable_cimd). Register at the registration_endpoint of its metadata, or ask the operator for a client.");

    public static readonly PageRefusal Blocked = new(
        400, "client_blocked", "This program is not accepted here", "The operator of the service has shut this program out.", "Ask the operator of the service; there is nothing you can do here.");

    public static readonly PageRefusal Busy = new(
        429, "too_many_clients", "One moment", "More programs than usual are introducing themselves here.", "Wait a few seconds and reload this page; nothing was lost.",
        "Too many client ID metadata documents are being fetched from this host, this address or in all.")
    {
        RetryAfterSeconds = (int)DocumentFetcher.MaxDuration.TotalSeconds,
    };

    public static PageRefusal TooManyFetches(TooMany tooMany) => new(
        429, "too_many_clients", "One moment", "More programs than usual are introducing themselves from your network.", $"Wait {tooMany.RetryAfterSeconds} s and reload this page; nothing was lost.",
        "More client ID metadata documents had to be fetched for this address than one may ask for; the operator sets how many (RateLimits:DocumentFetchesPerMinute).")
    {
        RetryAfterSeconds = tooMany.RetryAfterSeconds,
    };

    public static PageRefusal HostNotAccepted(string host) => new(
        400, "client_host_not_accepted", "This program is not accepted here", $"The service you want to reach does not accept programs of {host}.", "Ask the operator of the service to accept the program.",
        "The resource's cimd_allowed_hosts or cimd_denied_hosts decide which hosts may vouch for clients.");

    public static PageRefusal Unavailable(string why) => new(
        400, "client_document_unavailable", "This program could not introduce itself", "The program that sent you here has a description on the internet that could not be read.", StartAgain, why);

    public static PageRefusal Invalid(string why) => new(
        400, "client_document_invalid", "This program describes itself wrongly", "The program that sent you here has a description on the internet that cannot be used.", StartAgain, why);
}
