namespace Storage.Tests.Steps;

/// <summary>Where a visit to the login page stands; the cases of <c>AuthRequest</c>.</summary>
public enum Stage
{
    AwaitingLogin,
    AwaitingReturn,
    Refused,
    AwaitingConsent,
    AwaitingExchange,
    Exchanged,
    Ended,
}

/// <summary>A step of the protocol: one conditional write of one store.</summary>
public enum Step
{
    Report,
    Refuse,
    Return,
    Burn,
    BurnAndWhatCameOfIt,
    Allow,
    Deny,
    StartOver,
    Exchange,
}
