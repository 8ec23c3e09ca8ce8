using Latchkey.Server.SignIns;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>The words of a cause are made from its facts when they are shown.</summary>
public sealed class Words_of_a_cause
{
    [Theory]
    [InlineData("The client {client_id} failed.", "The client c1 failed.")]
    [InlineData("{reason}", "sent first")]
    [InlineData("It lasts {seconds_allowed} s.", "It lasts 60 s.")]
    [InlineData("At {network}.", "At (unknown).")]
    [InlineData("No placeholder, and an open brace {.", "No placeholder, and an open brace {.")]
    public void A_placeholder_becomes_the_sent_value_or_else_the_seen_or_expected_one(string text, string expected) => Assert.Equal(
        expected,
        CauseText.Render(
            text,
            [
                Fact.Sent("client_id", "c1"), Fact.Expected("reason", "expected"), Fact.Seen("reason", "seen"),
                Fact.Sent("reason", "sent first"), Fact.Expected("seconds_allowed", "60"),
            ]));

    /// <summary>A value is never read as a template.</summary>
    [Fact]
    public void Braces_in_a_value_stay() =>
        Assert.Equal("A {scope} B", CauseText.Render("A {reason} B", [Fact.Sent("reason", "{scope}"), Fact.Sent("scope", "x")]));

    [Theory]
    [InlineData("https://a.example/cb/", "https://a.example/cb", "has more at the end: /")]
    [InlineData("https://a.example/cb", "https://a.example/cb/", "lacks at the end: /")]
    [InlineData("http://a.example/cb", "https://a.example/cb", "lacks: s")]
    [InlineData("https://b.example/cb", "https://a.example/cb", "differs: b instead of a")]
    [InlineData("x", "y", "differs: x instead of y")]
    [InlineData("same", "same", "is the same")]
    public void A_difference_is_told_in_words(string sent, string expected, string where)
    {
        var difference = Assert.Single(
            CauseText.Differences([Fact.Sent("redirect_uri", sent), Fact.Expected("redirect_uri", expected), Fact.Seen("network", "n")]));
        Assert.Equal(new("redirect_uri", sent, expected, where), difference);
    }

    [Fact]
    public void The_nearest_expected_value_is_compared()
    {
        var difference = Assert.Single(CauseText.Differences(
        [
            Fact.Sent("redirect_uri", "https://a.example/callback/"), Fact.Expected("redirect_uri", "http://127.0.0.1/x"),
            Fact.Expected("redirect_uri", "https://a.example/callback"),
        ]));
        Assert.Equal("https://a.example/callback", difference.Expected);
        Assert.Equal(["ab", "xb", "zzzz"], CauseText.NearestFirst(["zzzz", "xb", "ab"], "ab"));
    }

    /// <summary>Of several declared pairs, the one that differs is compared.</summary>
    [Fact]
    public void A_cause_compares_the_pair_that_differs()
    {
        var cause = RenewCauses.RefreshTokenOfAnotherClient;
        Assert.Equal(
            new("token_endpoint_auth_method", "none", "private_key_jwt", "differs: none instead of private_key_jwt"),
            CauseText.Compare(
                cause,
                [
                    Fact.Sent("client_id", "c"), Fact.Expected("client_id", "c"), Fact.Sent("token_endpoint_auth_method", "none"),
                    Fact.Expected("token_endpoint_auth_method", "private_key_jwt"),
                ]));
        Assert.Equal("is the same", CauseText.Compare(cause, [Fact.Sent("client_id", "c"), Fact.Expected("client_id", "c")])!.Where);
        Assert.Null(CauseText.Compare(cause, [Fact.Sent("client_id", "c")]));
        Assert.Null(CauseText.Compare(ConsentCauses.Denied, [Fact.Sent("client_id", "c"), Fact.Expected("client_id", "d")]));
        Assert.Equal(
            new("seconds_late", "5", "60", Where: null),
            CauseText.Compare(TokenCauses.CodeTooLate, [Fact.Seen("seconds_late", "5"), Fact.Expected("seconds_allowed", "60")]));
    }

    [Fact]
    public void A_value_that_nothing_stands_beside_has_no_difference()
    {
        var differences = CauseText.Differences([Fact.Sent("scope", "a"), Fact.Expected("resource", "r")]);
        Assert.Equal([new("scope", "a", null, null), new("resource", null, "r", null)], differences);
    }
}
