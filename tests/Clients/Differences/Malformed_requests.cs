namespace Clients.Differences;

/// <summary>
/// Compares Latchkey with node-oidc-provider: where both respond differently to a request, one of them is wrong, or
/// <c>docs/conformance.md</c> explains the difference.
/// </summary>
public sealed class Malformed_requests(BothServers servers) : IClassFixture<BothServers>
{
    private const int FewestRequests = 60;

    public static TheoryData<string> Starts => [.. RequestCases.Starts.Select(start => start.Name)];

    public static TheoryData<string> Names => [.. RequestCases.All.Select(request => request.Name)];

    /// <summary>Otherwise each row below would be refused by both servers for a reason that it does not test.</summary>
    [Theory]
    [MemberData(nameof(Starts))]
    public async Task A_valid_request_is_accepted_by_both_servers(string request)
    {
        var (ours, theirs) = await SendToBothAsync(RequestCases.Starts.Single(start => start.Name == request));

        Assert.Contains(ours, (string[])["accepted", "200"]);
        Assert.Equal(ours, theirs);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_malformed_request_gets_the_same_response_from_both_servers_or_a_listed_difference(string request)
    {
        var (ours, theirs) = await SendToBothAsync(RequestCases.All.Single(row => row.Name == request));

        Assert.DoesNotMatch("^5", ours);
        var listed = ListedDifference.All.SingleOrDefault(difference => difference.Request == request);
        var expected = listed is null ? "no difference" : $"{listed.Ours}, the other server: {listed.Theirs}";
        var found = ours == theirs ? "no difference" : $"{ours}, the other server: {theirs}";
        Assert.True(expected == found, $"docs/conformance.md says: {expected}. Found: {found}.");
    }

    [Fact]
    public void The_table_has_at_least_60_requests() => Assert.InRange(
        RequestCases.All.Select(request => request.Name).Distinct(StringComparer.Ordinal).Count(), FewestRequests, int.MaxValue);

    [Fact]
    public void Each_listed_difference_is_in_the_table_and_has_a_reason()
    {
        Assert.NotEmpty(ListedDifference.All);
        Assert.Empty(ListedDifference.All.Select(difference => difference.Request)
            .Except(RequestCases.All.Select(request => request.Name), StringComparer.Ordinal));
        Assert.All(ListedDifference.All, difference => Assert.InRange(difference.Why.Length, 20, int.MaxValue));
    }

    private async Task<(string Ours, string Theirs)> SendToBothAsync(RequestCase request)
    {
        var ours = servers.Ours.SendAsync(request);
        var theirs = servers.Theirs.SendAsync(request);
        return (await ours, await theirs);
    }
}
