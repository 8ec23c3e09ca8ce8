namespace Storage.Tests.Steps;

/// <summary>The stages of a login request.</summary>
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

/// <summary>The steps of the protocol: each is one conditional write of one store.</summary>
public enum Step
{
    Report,
    Refuse,
    Return,
    Burn,
    BurnWithGrant,
    Allow,
    Deny,
    StartOver,
    Exchange,
}
