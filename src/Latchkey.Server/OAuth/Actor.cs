namespace Latchkey.Server.OAuth;

/// <summary>The origin of a change. Every operation that changes something takes one, for the logs and the audit log.</summary>
internal abstract record Actor
{
    private Actor() { }

    /// <summary>A backend of the operator, by its API client.</summary>
    public sealed record Backend(ApiClientId Id) : Actor
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>A person at the dashboard.</summary>
    /// <param name="Reason">Why, in the words of the operator. The audit log keeps it.</param>
    public sealed record Operator(OperatorId Id, string? Reason = null) : Actor
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>A person at the page of connected programs. What people do is in the sign-in log only.</summary>
    public sealed record Person(string Subject) : Actor
    {
        public override string ToString() => "person";
    }

    /// <summary>An OAuth client acting for itself (registration, token, revocation).</summary>
    public sealed record OAuthClient(ClientId Id) : Actor
    {
        public override string ToString() => Id.Value;
    }

    /// <summary>An unauthenticated caller, for example of a registration.</summary>
    public sealed record Stranger : Actor
    {
        public override string ToString() => "stranger";
    }

    /// <summary>The program itself at start-up, or its command line.</summary>
    public sealed record Machine(string Verb) : Actor
    {
        public override string ToString() => "latchkey " + Verb;
    }
}
