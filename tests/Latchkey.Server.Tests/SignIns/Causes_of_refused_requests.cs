using System.Net;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>
/// Each cause that a request can have is provoked, and the reference in the answer finds it in the sign-in log: no reference leads nowhere.
/// An operator who knows only the name of the client and the minute finds it in one list, with the party that can remove it, the fix and
/// the two values that differ.
/// </summary>
public sealed class Causes_of_refused_requests(WithClientHost host) : IClassFixture<WithClientHost>
{
    /// <summary>Causes that need an outage, a flood, a race, another network or a wait, and the class that tests each.</summary>
    private static readonly Dictionary<string, string> TestedElsewhere = new(StringComparer.Ordinal)
    {
        ["too_many_requests"] = nameof(Causes_of_rate_limits),
        ["too_many_authorizations"] = nameof(Causes_of_rate_limits),
        ["too_many_registrations"] = nameof(Causes_of_rate_limits),
        ["too_many_document_fetches"] = nameof(Causes_of_rate_limits),
        ["document_fetches_busy"] = "Outbound_fetches",
        ["too_many_failures"] = nameof(Causes_of_rate_limits),
        ["server_busy"] = "Database_outage",
        ["server_error"] = "no request is known that causes it",
        ["client_document_address_not_public"] = nameof(A_host_with_a_private_address_is_told_from_one_that_is_away),
        ["grant_type_not_registered"] = "no client without the grant type can have a redirect URI",
        ["client_deleted"] = "Dynamic_client_registration_management",
        ["client_expired"] = "Expiry_of_unused_registrations",
        ["ended_by_restore"] = "Backup_and_restore",
        ["login_never_reported"] = nameof(Ends_of_sign_ins),
        ["login_left"] = nameof(Ends_of_sign_ins),
        ["never_came_back"] = nameof(Ends_of_sign_ins),
        ["consent_left"] = nameof(Ends_of_sign_ins),
        ["code_never_redeemed"] = nameof(Ends_of_sign_ins),
    };

    private static readonly Dictionary<string, Func<WithClientHost, Task<string>>> Provocations = new(
        [.. AskProvocations.All, .. LogInProvocations.All, .. TokenProvocations.All, .. ChangeProvocations.All], StringComparer.Ordinal);

    /// <summary>The names of clients of provocations that are not "Inspector". Null where the server does not know the client.</summary>
    private static readonly Dictionary<string, string?> Clients = new(StringComparer.Ordinal)
    {
        ["assertion_refused"] = "Signing",
        ["client_address_not_allowed"] = "elsewhere",
        ["client_blocked"] = "Back office",
        ["client_document_invalid"] = "https://client.example/invalid",
        ["client_document_unavailable"] = "https://client.example/absent",
        ["client_documents_off"] = "https://client.example/off",
        ["client_host_not_accepted"] = "https://client.example/host",
        ["consent_cookie_missing"] = null,
        ["foreign_origin"] = null,
        ["framed"] = null,
        ["initial_access_token_missing"] = null,
        ["invalid_bearer"] = null,
        ["key_id_required"] = "Signing",
        ["keys_unavailable"] = "Signing",
        ["management_token_not_revocable"] = null,
        ["may_not_revoke"] = "reader",
        ["missing_client"] = null,
        ["missing_redirect_uri"] = "Back office",
        ["missing_secret"] = "Back office",
        ["no_target"] = "no-target",
        ["no_target_of_client"] = "Back office",
        ["not_a_navigation"] = null,
        ["not_a_resource_server"] = "Back office",
        ["nothing_of_scope"] = "Back office",
        ["other_resource_server"] = "The MCP server",
        ["prefetch_refused"] = null,
        ["preflight_refused"] = null,
        ["push_required"] = "Pushes",
        ["registered_redirect_uri_refused"] = null,
        ["registration_change_refused"] = "Changing",
        ["registration_closed"] = null,
        ["registration_no_longer_accepted"] = "Late",
        ["registration_refused"] = null,
        ["registration_too_large"] = null,
        ["repeated_client"] = null,
        ["report_forbidden"] = null,
        ["report_of_unknown_login"] = null,
        ["secret_in_query"] = null,
        ["two_methods"] = null,
        ["unknown_client"] = "m2m_0000",
        ["unknown_connection"] = null,
        ["unknown_path"] = null,
        ["unknown_resource"] = null,
        ["unknown_state"] = null,
        ["unreadable_credentials"] = null,
        ["unreadable_parameters"] = null,
        ["unreadable_request"] = null,
        ["wrong_http_method"] = null,
        ["wrong_initial_access_token"] = null,
        ["wrong_registration_access_token"] = null,
        ["wrong_secret"] = "Back office",
    };

    /// <summary>Refusals that belong to no sign-in are in the list of unattributed events.</summary>
    private static readonly string[] WithoutSignIn =
    [
        "client_address_not_allowed", "initial_access_token_missing", "invalid_bearer", "management_token_not_revocable",
        "may_not_revoke", "no_code", "no_refresh_token", "no_target_of_client", "no_token", "not_a_resource_server", "nothing_of_scope",
        "other_resource_server", "preflight_refused", "registered_redirect_uri_refused", "registration_blocked",
        "registration_change_refused", "registration_closed", "registration_no_longer_accepted", "registration_refused",
        "registration_too_large", "secret_in_query", "two_methods", "unknown_code", "unknown_path", "unknown_refresh_token",
        "unreadable_credentials", "unreadable_request", "wrong_http_method", "wrong_initial_access_token",
        "wrong_registration_access_token",
    ];

    public static TheoryData<string> Codes => new(Provocations.Keys);

    [Theory]
    [MemberData(nameof(Codes))]
    public async Task The_reference_of_the_answer_finds_the_cause(string code)
    {
        // A network has a number of events without a sign-in per minute that keep their own cause.
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        var reference = await Provocations[code](host);

        var found = await EventsAsync(reference);
        Assert.Contains(found, e => e.Cause == code);
        await Explained.FindAsync(
            host, code, Clients.GetValueOrDefault(code, "inspect") is { } name ? $"client={Uri.EscapeDataString(name)}" : "",
            WithoutSignIn.Contains(code, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_cause_is_provoked_here_or_has_a_test_elsewhere() => Assert.Equal(
        Causes.All.Select(cause => cause.Code).Order(StringComparer.Ordinal),
        Provocations.Keys.Concat(TestedElsewhere.Keys).Order(StringComparer.Ordinal));

    [Fact]
    public async Task A_host_with_a_private_address_is_told_from_one_that_is_away()
    {
        using var fetcher = new DocumentFetcher(
            new Settings { BaseUrl = host.BaseUrl, DataDirectory = "unused" }, (_, _) => Task.FromResult(new[] { IPAddress.Loopback }));
        var fetched = await fetcher.FetchAsync(
            new Uri("https://internal.example/client"), isListed: false, "network", CancellationToken.None);

        Assert.True(fetched is Fetch.Failed { IsNotPublic: true, IsInvalid: false });
    }

    [Fact]
    public async Task Reports_of_another_connection_are_recorded_in_the_sign_in()
    {
        using var login = await LoginFlow.BeginAsync(host);
        var other = await host.NewCompanyAsync();
        await References.OfProblemAsync(host.TrySendAsync(
            HttpMethod.Post, $"/api/v1/connections/{other.ConnectionId}/auth-requests/{login.Redirect.LoginRequestId}/user", Company.Ada));

        Assert.Contains(await EventsAsync(login.Redirect.LoginRequestId), e => e.Cause == "report_of_another_connection");
    }

    /// <summary>The events of a sign-in, or the one event that belongs to none.</summary>
    private async Task<List<(string Name, string? Cause)>> EventsAsync(string key)
    {
        var found = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}")).GetProperty("auth_request");
        return found.TryGetProperty("journey", out var events)
            ? [.. events.EnumerateArray().Select(e => (e.GetProperty("name").GetString()!, Text(e, "cause")))]
            : [("", found.GetProperty("cause").GetProperty("code").GetString())];
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var text) ? text.GetString() : null;
}
