namespace Latchkey.Server.OAuth;

/// <summary>Who did it. Everything that changes something takes one, so that journeys, logs and the audit record have their source.</summary>
internal abstract record Actor
{
    private Actor() { }

    /// <summary>The company's backend, by its API client.</summary>
    public sealed record Backend(ApiClientId Id) : Actor
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>An OAuth client acting for itself (registration, token, revocation).</summary>
    public sealed record OAuthClient(ClientId Id) : Actor
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>Somebody without a name yet: a registration by a stranger.</summary>
    public sealed record Stranger : Actor
    {
        public override string ToString() => "stranger";
    }

    /// <summary>The program itself, at start-up, or whoever runs its command line on the machine.</summary>
    public sealed record Machine(string Verb) : Actor
    {
        public override string ToString() => "latchkey " + Verb;
    }
}
