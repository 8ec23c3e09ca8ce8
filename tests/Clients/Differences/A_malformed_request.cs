namespace Clients.Differences;

/// <summary>
/// node-oidc-provider as an oracle: where it and Latchkey answer a request differently, one of them is wrong, or <c>docs/conformance.md</c> says why both may be right.
/// </summary>
public sealed class A_malformed_request(TwoServers servers) : IClassFixture<TwoServers>
{
    private const int FewestRequests = 60;

    public static TheoryData<string> Starts => [.. Requests.Starts.Select(start => start.Name)];

    public static TheoryData<string> Names => [.. Requests.All.Select(request => request.Name)];

    /// <summary>Else every row below would be refused alike, for another reason than the one it is there for.</summary>
    [Theory]
    [MemberData(nameof(Starts))]
    public async Task Is_accepted_by_both_before_it_is_bent(string request)
    {
        var (ours, theirs) = await AskBothAsync(Requests.Starts.Single(start => start.Name == request));

        Assert.Contains(ours, (string[])["accepted", "200"]);
        Assert.Equal(ours, theirs);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_answered_as_the_other_server_does_or_the_difference_is_listed(string request)
    {
        var (ours, theirs) = await AskBothAsync(Requests.All.Single(row => row.Name == request));

        Assert.DoesNotMatch("^5", ours);
        var listed = ListedDifference.All.SingleOrDefault(difference => difference.Request == request);
        var expected = listed is null ? "no difference" : $"{listed.Ours}, and there {listed.Theirs}";
        var found = ours == theirs ? "no difference" : $"{ours}, and there {theirs}";
        Assert.True(expected == found, $"docs/conformance.md says: {expected}. Found: {found}.");
    }

    [Fact]
    public void Is_one_of_many_in_the_table() => Assert.InRange(Requests.All.Select(request => request.Name).Distinct(StringComparer.Ordinal).Count(), FewestRequests, int.MaxValue);

    [Fact]
    public void Is_in_the_table_when_a_difference_is_listed_and_the_list_says_why()
    {
        Assert.NotEmpty(ListedDifference.All);
        Assert.Empty(ListedDifference.All.Select(difference => difference.Request).Except(Requests.All.Select(request => request.Name), StringComparer.Ordinal));
        Assert.All(ListedDifference.All, difference => Assert.InRange(difference.Why.Length, 20, int.MaxValue));
    }

    private async Task<(string Ours, string Theirs)> AskBothAsync(Request request)
    {
        var ours = servers.Ours.AnswerAsync(request);
        var theirs = servers.Theirs.AnswerAsync(request);
        return (await ours, await theirs);
    }
}
