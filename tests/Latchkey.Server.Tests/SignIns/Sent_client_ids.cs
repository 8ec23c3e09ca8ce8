using Latchkey.Server.SignIns;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>A program that sends a secret as its client id must not bring it into a log.</summary>
public sealed class Sent_client_ids
{
    [Theory]
    [InlineData("m2m_39LF2wzltmYYLDKb091fdL")]
    [InlineData("skc_operator")]
    [InlineData("https://client.example/metadata.json")]
    [InlineData("another-server-s-client")]
    public void What_has_the_form_of_a_client_id_is_recorded_whole(string sent) =>
        Assert.Equal(sent, Fact.Sent(FactNames.ClientId, sent).Value);

    [Theory]
    [InlineData("lks_xIgjxdq41r2cVT70ZB6cwiYpgiQZXi90b2PjOa6u_Ug", "lks_xIgj… (47 characters)")]
    [InlineData("a-secret-that-an-operator-has-chosen", "a-secret… (36 characters)")]
    [InlineData("m2m_39LF2wzltmYYLDKb091fdL client_secret=lks_mpkHj1AIaRz", "m2m_39LF… (56 characters)")]
    public void Of_anything_else_only_the_beginning_is(string sent, string recorded) =>
        Assert.Equal(recorded, Fact.Sent(FactNames.ClientId, sent).Value);
}
