using System.Net;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>
/// Each cause that a request can have is provoked, and the reference in the answer finds it in the sign-in log: no reference leads nowhere.
/// </summary>
public sealed class Causes_of_refused_requests(WithClientHost host) : IClassFixture<WithClientHost>
{
    /// <summary>Causes that need an outage, a flood, a race, another network or a wait, and the class that tests each.</summary>
    private static readonly Dictionary<string, string> TestedElsewhere = new(StringComparer.Ordinal)
    {
        ["preflight_refused"] = nameof(Preflights_and_log_lines),
        ["unreadable_request"] = nameof(Preflights_and_log_lines),
        ["too_many_requests"] = "Budget_of_a_network",
        ["too_many_authorizations"] = "Rate_limits_per_network",
        ["too_many_registrations"] = "Rate_limits_per_network",
        ["too_many_document_fetches"] = "Outbound_fetches",
        ["document_fetches_busy"] = "Outbound_fetches",
        ["too_many_failures"] = "Rate_limits_of_failed_credentials",
        ["server_busy"] = "Database_outage",
        ["server_error"] = "no request is known that causes it",
        ["client_document_address_not_public"] = nameof(A_host_with_a_private_address_is_told_from_one_that_is_away),
        ["registration_no_longer_accepted"] = "Dynamic_client_registration_management",
        ["registration_change_refused"] = "Dynamic_client_registration_management",
        ["redirect_uri_not_allowed"] = "Redirect_URI_policy",
        ["grant_type_not_registered"] = "no client without the grant type can have a redirect URI",
        ["nothing_left_to_offer"] = "Policy_changes_during_a_login",
        ["report_of_another_connection"] = nameof(Reports_of_another_connection_are_recorded_in_the_sign_in),
        ["code_not_issued"] = "Revocation_of_consents_and_grants",
        ["keys_unavailable"] = "Client_authentication_by_private_key_jwt",
        ["key_id_required"] = "Client_authentication_by_private_key_jwt",
        ["refresh_token_from_elsewhere"] = "Refresh_token_theft",
        ["client_deleted"] = "Dynamic_client_registration_management",
        ["client_expired"] = "Expiry_of_unused_registrations",
        ["client_changed"] = "Dynamic_client_registration_management",
        ["ended_by_restore"] = "Backup_and_restore",
        ["other_resource_server"] = "Token_introspection",
        ["login_never_reported"] = "closer",
        ["login_left"] = "closer",
        ["never_came_back"] = "closer",
        ["consent_left"] = "closer",
        ["code_never_redeemed"] = "closer",
    };

    private static readonly Dictionary<string, Func<WithClientHost, Task<string>>> Provocations = new(
        [.. AskProvocations.All, .. LogInProvocations.All, .. TokenProvocations.All], StringComparer.Ordinal);

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
